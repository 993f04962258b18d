package dev.hv.core.machine;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.memory.PhysicalBus.CodeWatcher;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The memory of the machine: one off-heap block, of which the host commits a page when it is first touched, seen as RAM
 * below a gap that ends at 4 GiB and RAM from 4 GiB on; and small read-only memories. RAM reads as zero until it is written.
 * Besides the processor's memory path the only user of raw addresses, but for who fills a {@link ScatterList}; every address is checked here.
 */
public final class SystemMemory implements Saveable, AutoCloseable {

    /** Bytes of a page. */
    public static final int PAGE = Page.SIZE;
    /** Where RAM below 4 GiB ends unless the creator says otherwise: the low device window of a Hyper-V virtual machine is above. */
    public static final long DEFAULT_GAP = 0xF800_0000L;

    private static final int VERSION = 1;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    /** A read-only memory. */
    private record Rom(MemoryRange range, long raw, long allocation) {}

    private final long size;
    private final RamLayout layout;
    private final List<MemoryRange> ranges;
    /** The block's own memory; 0 when it was adopted. */
    private long allocation;
    private long block;
    /** One bit a page: zeroed and in use. */
    private long[] committed;
    private final CodeWatches watches;
    private Rom[] roms = {};
    private boolean closed;
    private boolean parallel;

    /** RAM of {@code size} bytes with the usual gap. */
    public SystemMemory(long size) {
        this(size, DEFAULT_GAP);
    }

    /**
     * Reserves RAM; nothing is committed.
     *
     * @param size bytes, a multiple of the page size
     * @param gap where RAM below 4 GiB ends at the latest, page-aligned; what does not fit below continues at 4 GiB
     * @throws IllegalArgumentException for a size or gap that cannot be
     * @throws OutOfMemoryError when the host has no such address range
     */
    public SystemMemory(long size, long gap) {
        layout = RamLayout.of(size, gap);
        ranges = layout.ranges();
        this.size = size;
        allocation = Raw.allocate(size + PAGE);
        block = allocation + PAGE - 1 & -PAGE;
        committed = new long[(int) (size / PAGE + 63 >>> 6)];
        watches = new CodeWatches(size / PAGE);
    }

    /** Bytes of RAM. */
    public long size() {
        return size;
    }

    /** The RAM ranges, ascending. */
    public List<MemoryRange> ranges() {
        return ranges;
    }

    /** Bytes of RAM touched so far. */
    public long committedBytes() {
        long n = 0;
        for (long word : committed) {
            n += Long.bitCount(word);
        }
        return n * PAGE;
    }

    /**
     * Adds a read-only memory; it hides RAM at the same addresses.
     *
     * @throws IllegalArgumentException when base or length is not page-aligned or another read-only memory is there
     */
    public void addRom(long base, byte[] contents) {
        MemoryRange range = new MemoryRange(base, contents.length);
        if ((base & PAGE - 1) != 0 || (contents.length & PAGE - 1) != 0) {
            throw new IllegalArgumentException("read-only memory must be page-aligned: 0x%x, length 0x%x".formatted(base, contents.length));
        }
        for (Rom r : roms) {
            if (r.range.overlaps(range)) {
                throw new IllegalArgumentException("read-only memories overlap at 0x%x".formatted(base));
            }
        }
        long memory = Raw.allocate(contents.length + PAGE);
        long raw = memory + PAGE - 1 & -PAGE;
        Raw.copyIn(contents, 0, raw, contents.length);
        List<Rom> all = new ArrayList<>(List.of(roms));
        all.add(new Rom(range, raw, memory));
        roms = all.toArray(Rom[]::new);
    }

    /** Whether RAM answers at an address. */
    public boolean isRam(long physical) {
        return offset(physical) >= 0 && rom(physical) == null;
    }

    /** Whether all of a range is RAM. */
    public boolean isRam(long physical, long length) {
        if (length <= 0 || physical < 0 || physical + length < 0) {
            return false;
        }
        boolean within = layout.contains(physical, length);
        if (within) {
            for (Rom r : roms) {
                within &= physical >= r.range.end() || physical + length <= r.range.base();
            }
        }
        return within;
    }

    /** As {@link PhysicalBus#pageAddress}. */
    public long pageAddress(long physical) {
        Rom rom = rom(physical);
        if (rom != null) {
            return rom.raw + (physical - rom.range.base() & -PAGE);
        }
        long offset = offset(physical);
        return offset < 0 ? 0 : commit(offset) & -PAGE;
    }

    /** As {@link PhysicalBus#pageRights}. */
    public int pageRights(long physical) {
        return rom(physical) != null ? PhysicalBus.READ : offset(physical) >= 0 ? PhysicalBus.READ | PhysicalBus.WRITE : 0;
    }

    /** Reads 1, 2, 4 or 8 bytes, not crossing a page; all ones where nothing is. */
    public long read(long physical, int bytes) {
        long page = pageAddress(physical);
        if (page == 0) {
            return -1L >>> 64 - 8 * bytes;
        }
        long a = page + (physical & PAGE - 1);
        return switch (bytes) {
            case 1 -> Raw.get8(a) & 0xFFL;
            case 2 -> Raw.get16(a) & 0xFFFFL;
            case 4 -> Raw.get32(a) & 0xFFFF_FFFFL;
            case 8 -> Raw.get64(a);
            default -> throw new IllegalArgumentException("access of " + bytes + " bytes");
        };
    }

    /** Writes 1, 2, 4 or 8 bytes, not crossing a page, and tells processors that hold code from there; ROM and holes ignore it. */
    public void write(long physical, int bytes, long value) {
        if (!isRam(physical)) {
            return;
        }
        long a = commit(offset(physical));
        switch (bytes) {
            case 1 -> Raw.put8(a, (byte) value);
            case 2 -> Raw.put16(a, (short) value);
            case 4 -> Raw.put32(a, (int) value);
            case 8 -> Raw.put64(a, value);
            default -> throw new IllegalArgumentException("access of " + bytes + " bytes");
        }
        written(physical, bytes);
    }

    /**
     * Replaces 1, 2, 4 or 8 bytes of RAM, within an aligned doubleword of eight bytes, in one step if they are as expected, whatever guests
     * do at the same time.
     */
    public boolean compareAndSet(long physical, int bytes, long expected, long value) {
        if (!Raw.compareAndSet(commit(offset(physical)), bytes, expected, value)) {
            return false;
        }
        written(physical, bytes);
        return true;
    }

    /**
     * Copies memory to an array.
     *
     * @return false when part of the range is neither RAM nor ROM; nothing is copied then
     */
    public boolean copyOut(long physical, byte[] to, int offset, int length) {
        if (!present(physical, length)) {
            return false;
        }
        for (int done = 0, n; done < length; done += n) {
            long p = physical + done;
            n = Math.min(length - done, PAGE - (int) (p & PAGE - 1));
            Raw.copyOut(pageAddress(p) + (p & PAGE - 1), to, offset + done, n);
        }
        return true;
    }

    /**
     * Copies an array to memory and tells processors that hold code from there.
     *
     * @return false when part of the range is not RAM; nothing is copied then
     */
    public boolean copyIn(byte[] from, int offset, long physical, int length) {
        if (length != 0 && !isRam(physical, length)) {
            return false;
        }
        for (int done = 0, n; done < length; done += n) {
            long p = physical + done;
            n = Math.min(length - done, PAGE - (int) (p & PAGE - 1));
            Raw.copyIn(from, offset + done, commit(offset(p)), n);
            written(p, n);
        }
        return true;
    }

    /** Adds where a range is, which is about to be written over, and tells processors that hold code from there; false when part of it is not RAM, or there are too many pieces. */
    public boolean scatter(long physical, int length, ScatterList to) {
        boolean fits = isRam(physical, length);
        for (int done = 0, n; done < length && fits; done += n) {
            long p = physical + done;
            n = Math.min(length - done, PAGE - (int) (p & PAGE - 1));
            fits = to.add(commit(offset(p)), n);
            written(p, n);
        }
        return fits;
    }

    /**
     * Makes a page of RAM read as zero. A page never touched stays untouched.
     *
     * @throws IllegalArgumentException when there is no RAM
     */
    public void clearPage(long physical) {
        long offset = offset(physical & -PAGE);
        if (offset < 0) {
            throw new IllegalArgumentException("no RAM at 0x%x".formatted(physical));
        }
        if (isCommitted(offset)) {
            Raw.fill(block + offset, PAGE, 0);
            written(physical & -PAGE, PAGE);
        }
    }

    /**
     * Gives pages back to the host; they read as zero until they are written again. Who keeps raw addresses of them
     * ({@link #pageAddress}) must ask for them again afterwards.
     *
     * @param physical page address; all pages must be RAM
     * @return whether any of them was in use
     */
    public synchronized boolean discard(long physical, long pages) {
        boolean any = false;
        long start = offset(physical);
        for (long offset = start; offset < start + pages * PAGE; offset += PAGE) {
            int page = (int) (offset / PAGE);
            if (committed[page >>> 6] == 0) {
                offset |= 63L * PAGE;
            } else if (isCommitted(offset)) {
                written(physical + offset - start, PAGE);
                committed[page >>> 6] &= ~(1L << page);
                any = true;
            }
        }
        if (any) {
            Raw.discard(block + start, pages * PAGE);
        }
        return any;
    }

    /** As {@link PhysicalBus#watchCode}; code in ROM needs no watching. */
    public void watchCode(long physical, int lines, CodeWatcher watcher) {
        long offset = offset(physical);
        if (offset >= 0) {
            watches.watch(offset / PAGE, lines, watcher);
        }
    }

    /** As {@link PhysicalBus#codeWatched}. */
    public boolean codeWatched(long physical) {
        long offset = offset(physical);
        return offset >= 0 && watches.watched(offset / PAGE);
    }

    /** As {@link PhysicalBus#codeWritten}. */
    public void codeWritten(long physical, int length, CodeWatcher except) {
        long offset = offset(physical);
        if (offset >= 0) {
            watches.written(offset / PAGE, physical, length, except);
        }
    }

    /**
     * Says who must hear when code of a page is watched that was not watched before, since from then on writes to the page must be
     * reported.
     *
     * @param exclusive runs an action while no processor executes guest code
     * @param found gets the page's address
     */
    void onCode(Consumer<Runnable> exclusive, LongConsumer found) {
        watches.onFirst(exclusive, page -> found.accept(layout.physical(page * PAGE)));
    }

    /** From now on several threads use this memory at the same time. */
    void setParallel(boolean value) {
        parallel = value;
    }

    private void written(long physical, int length) {
        if (parallel) {
            // a device's flag must be seen before what it reads next of the guest's
            Raw.fullFence();
        }
        watches.written(offset(physical) / PAGE, physical, length, null);
    }

    private boolean present(long physical, int length) {
        for (long p = physical & -PAGE; p < physical + length; p += PAGE) {
            if (pageRights(p) == 0) {
                return false;
            }
        }
        return true;
    }

    private Rom rom(long physical) {
        for (Rom r : roms) {
            if (r.range.contains(physical)) {
                return r;
            }
        }
        return null;
    }

    /** Offset in the block, or -1. */
    private long offset(long physical) {
        return layout.offset(physical);
    }

    private boolean isCommitted(long offset) {
        int page = (int) (offset / PAGE);
        return (committed[page >>> 6] >>> page & 1) != 0;
    }

    /** Raw address of an offset; its page is zeroed first if it is new: the allocator may hand out used memory. */
    private long commit(long offset) {
        int page = (int) (offset / PAGE);
        if (((long) WORDS.getAcquire(committed, page >>> 6) >>> page & 1) == 0) {
            zero(offset & -PAGE, page);
        }
        return block + offset;
    }

    /** Zeroes a new page once, whichever thread touches it first. */
    private synchronized void zero(long offset, int page) {
        long word = committed[page >>> 6];
        if ((word >>> page & 1) == 0) {
            Raw.fill(block + offset, PAGE, 0);
            WORDS.setRelease(committed, page >>> 6, word | 1L << page);
        }
    }

    /** Writes every page of RAM that is not all zero; what was touched without being changed makes no difference. */
    @Override
    public void save(StateWriter out) {
        out.begin("memory", VERSION);
        out.put("size", size);
        out.put("low-size", layout.lowSize());
        byte[] page = new byte[PAGE];
        for (long offset = 0; offset < size; offset += PAGE) {
            if (isCommitted(offset) && !isZero(offset)) {
                Raw.copyOut(block + offset, page, 0, PAGE);
                out.put("offset", offset);
                out.put("page", page, 0, PAGE);
            }
        }
        out.put(-1);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("memory", VERSION);
        long savedSize = in.take();
        long savedLow = in.take();
        if (savedSize != size || savedLow != layout.lowSize()) {
            throw new StateFormatException("memory of " + savedSize + " bytes where " + size + " were expected");
        }
        for (long offset = 0; offset < size; offset += PAGE) {
            if (isCommitted(offset)) {
                clearPage(layout.physical(offset));
            }
        }
        for (long offset = in.take(); offset != -1; offset = in.take()) {
            byte[] page = in.takeBytes();
            if (offset < 0 || offset >= size || (offset & PAGE - 1) != 0 || page.length != PAGE) {
                throw new StateFormatException("page of " + page.length + " bytes at memory offset " + offset);
            }
            copyIn(page, 0, layout.physical(offset), PAGE);
        }
        in.end();
    }

    /**
     * Replaces all contents by saved ones, without copying. Whoever keeps raw addresses must ask for them again, and decoded code is none of this
     * memory's: a processor must be restored afterwards.
     *
     * @param contents as many bytes as there is RAM, the gap left out, at a page boundary; nobody else writes them, as in a private mapping of a file;
     *     they must stay until {@link #close}
     * @param present one bit a page in words from the lowest page on: the others read as zero, whatever the contents say
     */
    public void adopt(MemorySegment contents, long[] present) {
        if (contents.byteSize() != size || (contents.address() & PAGE - 1) != 0 || present.length != committed.length) {
            throw new IllegalArgumentException("contents of %d bytes for a memory of %d".formatted(contents.byteSize(), size));
        }
        Raw.free(allocation);
        allocation = 0;
        block = contents.address();
        committed = present.clone();
    }

    /** Takes the contents of memory in pieces. */
    @FunctionalInterface
    public interface PageSink {
        /**
         * @param offset of the first of them, in bytes of RAM, the gap left out
         * @param pages their contents, to be read only, and only now
         */
        void pages(long offset, ByteBuffer pages) throws IOException;
    }

    /**
     * Gives out every page that is not all zero, in ascending order. Nobody may write to memory meanwhile. IOException is the sink's.
     *
     * @param most bytes of a run at most, a multiple of the page size; no run crosses a multiple of it
     */
    public void forEachRun(int most, PageSink sink) throws IOException {
        for (long offset = 0; offset < size; ) {
            int page = (int) (offset / PAGE);
            if (committed[page >>> 6] == 0) {
                offset = (page | 63L) * PAGE + PAGE;
                continue;
            }
            long end = offset;
            long limit = Math.min(size, offset - offset % most + most);
            while (end < limit && isCommitted(end) && !isZero(end)) {
                end += PAGE;
            }
            if (end == offset) {
                offset += PAGE;
                continue;
            }
            sink.pages(offset, MemorySegment.ofAddress(block + offset).reinterpret(end - offset).asByteBuffer().asReadOnlyBuffer());
            offset = end;
        }
    }

    private boolean isZero(long offset) {
        for (long a = block + offset; a < block + offset + PAGE; a += 64) {
            if ((Raw.get64(a) | Raw.get64(a + 8) | Raw.get64(a + 16) | Raw.get64(a + 24) | Raw.get64(a + 32) | Raw.get64(a + 40) | Raw.get64(a + 48)
                    | Raw.get64(a + 56)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Gives the memory back to the host. No processor may run on it any more. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (allocation != 0) {
                Raw.free(allocation);
            }
            for (Rom r : roms) {
                Raw.free(r.allocation);
            }
        }
    }
}
