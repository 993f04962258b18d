package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A VHDX: two headers, a log, a region with what the disk is, and a table (BAT) with the state and the place of each block. All that changes in tables goes through the log. A block of a disk
 * without a parent is zero before it is written, so its data needs no order with its entry. [MS-VHDX].
 */
final class VhdxDisk extends BlockImage {

    private static final int ENTRIES_OF_PAGE = PAGE / 8;

    private final VhdxHeader header;
    private final VhdxRegions regions;
    private final VhdxMetadata metadata;
    private final int ratio;
    private final Space space = new Space();
    private final Map<Long, byte[]> bitmapPages = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > 1024;
        }
    };
    private long[] table;
    private long size;
    /** Where room for the next block is. */
    private long end;
    /** Null until something is written. */
    private VhdxLog log;

    VhdxDisk(ImageFile file, VhdxHeader header, VhdxRegions regions, VhdxMetadata metadata, long[] table) throws IOException {
        super(file);
        this.header = header;
        this.regions = regions;
        this.metadata = metadata;
        this.table = table;
        size = metadata.size;
        ratio = chunkRatio(metadata.sector, metadata.blockSize);
        end = roundUp(file.size());
    }

    static long roundUp(long n) {
        return (n + MIB - 1) / MIB * MIB;
    }

    private static int stateOf(long entry) {
        return (int) (entry & STATE);
    }

    private static long placeOf(long entry) {
        return entry >>> 20 << 20;
    }

    private int index(long block) {
        return (int) (block + block / ratio);
    }

    private int bitmapIndex(long block) {
        return (int) ((block / ratio + 1) * (ratio + 1) - 1);
    }

    /** What is wrong with the table; null for nothing. */
    String problem() throws IOException {
        long[] used = new long[table.length];
        int n = 0;
        boolean child = metadata.hasParent;
        for (int i = 0; i < table.length; i++) {
            int state = stateOf(table[i]);
            boolean bitmap = i % (ratio + 1) == ratio;
            String name = "BAT entry " + i;
            if ((table[i] & RESERVED) != 0) {
                return name + ": reserved bits are set in 0x%016x".formatted(table[i]);
            }
            if (bitmap ? state != NOT_PRESENT && state != FULLY_PRESENT : state == 4 || state == 5 || state == PARTIALLY_PRESENT && !child) {
                return name + " state: " + state + " is not valid there";
            }
            if (state != FULLY_PRESENT && state != PARTIALLY_PRESENT) {
                continue;
            }
            long at = placeOf(table[i]);
            long length = bitmap ? MIB : metadata.blockSize;
            if (at < MIB || at < 0 || at > file.size() - length) {
                return name + " file offset: " + Long.toUnsignedString(at) + ": the block is not in the file";
            }
            if (regions.overlap(at, length) || at < header.logOffset() + header.logLength() && header.logOffset() < at + length) {
                return name + " file offset: " + at + ": the block overlaps the log or a region";
            }
            if (state == PARTIALLY_PRESENT && stateOf(table[bitmapIndex((long) i / (ratio + 1) * ratio)]) != FULLY_PRESENT) {
                return name + " state: 7, but its sector bitmap block is not there";
            }
            // 44 bits of MiB would leave too few for the entry's number: no file has more than 2^31 of them
            if (at >>> 20 > Integer.MAX_VALUE) {
                return name + " file offset: " + at + " is behind all that a file can have";
            }
            used[n++] = at >>> 20 << 32 | i;
        }
        Arrays.sort(used, 0, n);
        for (int i = 1; i < n; i++) {
            int before = (int) used[i - 1];
            long length = before % (ratio + 1) == ratio ? 1 : metadata.blockSize >> 20;
            if ((used[i] >>> 32) - (used[i - 1] >>> 32) < length) {
                return "BAT entry " + (int) used[i] + " file offset: overlaps the block of BAT entry " + before;
            }
        }
        return null;
    }

    @Override
    public Format format() {
        return Format.VHDX;
    }

    @Override
    public Kind kind() {
        return metadata.hasParent ? Kind.DIFFERENCING : metadata.leavesAllocated ? Kind.FIXED : Kind.DYNAMIC;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return metadata.sector;
    }

    @Override
    public int physicalSectorSize() {
        return Math.max(metadata.sector, metadata.physicalSector);
    }

    @Override
    public long blockSize() {
        return metadata.blockSize;
    }

    @Override
    public String identity() {
        return "{" + header.dataWriteGuid() + "}";
    }

    @Override
    public ParentLink parentLink() {
        try {
            return metadata.hasParent ? metadata.link() : null;
        } catch (DiskException | IOException e) {
            // it could be read when this was opened
            return new ParentLink("", java.util.List.of());
        }
    }

    @Override
    public void relink(ParentLink link) throws DiskException, IOException {
        if (!metadata.hasParent) {
            throw Bad.field(file, "file parameters", "a disk without a parent has no link to one");
        }
        prepare();
        logged(metadata.relinked(link));
        log.apply();
    }

    @Override
    State state(long block) {
        return switch (stateOf(table[index(block)])) {
            case FULLY_PRESENT -> State.PRESENT;
            case PARTIALLY_PRESENT -> State.PARTIAL;
            case NOT_PRESENT -> State.ABSENT;
            // undefined and unmapped: any contents would be right
            default -> State.ZERO;
        };
    }

    @Override
    long place(long block) {
        return placeOf(table[index(block)]);
    }

    /** The byte of its chunk's bitmap that a block's bits begin at; blocks have whole bytes. */
    private long bitmapAt(long block) {
        return placeOf(table[bitmapIndex(block)]) + block % ratio * (metadata.blockSize / metadata.sector) / 8;
    }

    private byte[] bitmapPage(long at) throws IOException {
        synchronized (bitmapPages) {
            byte[] page = bitmapPages.get(at);
            if (page == null) {
                page = log == null ? null : log.page(at);
                if (page == null) {
                    page = new byte[PAGE];
                    file.read(at, page, 0, PAGE);
                }
                bitmapPages.put(at, page);
            }
            return page;
        }
    }

    @Override
    int sectors(long block, int first, int most) throws IOException {
        long bit = bitmapAt(block) * 8 + first;
        int inPage = (int) (bit % (PAGE * 8));
        return Bitmaps.run(bitmapPage(bit / (PAGE * 8) * PAGE), inPage, Math.min(most, PAGE * 8 - inPage), false);
    }

    @Override
    void mark(long block, int first, int count) throws IOException {
        SortedMap<Long, byte[]> changed = new TreeMap<>();
        for (int done = 0; done < count; ) {
            long bit = bitmapAt(block) * 8 + first + done;
            long at = bit / (PAGE * 8) * PAGE;
            int inPage = (int) (bit % (PAGE * 8));
            int n = Math.min(count - done, PAGE * 8 - inPage);
            byte[] page = bitmapPage(at).clone();
            Bitmaps.set(page, inPage, n, false);
            changed.put(at, page);
            done += n;
        }
        write(changed);
        synchronized (bitmapPages) {
            bitmapPages.putAll(changed);
        }
    }

    private void write(SortedMap<Long, byte[]> changed) throws IOException {
        try {
            log.write(changed);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Changes bytes somewhere in the file through the log, all of them or none. */
    private void logged(Map<Long, byte[]> bytes) throws IOException {
        SortedMap<Long, byte[]> changed = new TreeMap<>();
        for (Map.Entry<Long, byte[]> e : bytes.entrySet()) {
            for (int i = 0; i < e.getValue().length; i++) {
                long at = e.getKey() + i;
                byte[] page = changed.get(at / PAGE * PAGE);
                if (page == null) {
                    page = bitmapPage(at / PAGE * PAGE).clone();
                    changed.put(at / PAGE * PAGE, page);
                }
                page[(int) (at % PAGE)] = e.getValue()[i];
            }
        }
        write(changed);
        synchronized (bitmapPages) {
            bitmapPages.putAll(changed);
        }
    }

    private byte[] tablePage(int page) {
        byte[] b = new byte[PAGE];
        var longs = wrap(b).asLongBuffer();
        int first = page * ENTRIES_OF_PAGE;
        longs.put(table, first, Math.min(ENTRIES_OF_PAGE, table.length - first));
        return b;
    }

    /** Entries of the table have changed in memory: the log gets their pages. */
    private void enter(int... entries) throws IOException {
        SortedMap<Long, byte[]> changed = new TreeMap<>();
        for (int i : entries) {
            int page = i / ENTRIES_OF_PAGE;
            changed.put(regions.bat().offset() + (long) page * PAGE, tablePage(page));
        }
        write(changed);
    }

    private long room(long length) throws IOException {
        long at = length == metadata.blockSize ? space.take() : -1;
        if (at < 0) {
            at = end;
            file.resize(at + length);
            end = at + length;
        }
        return at;
    }

    @Override
    void allocate(long block, boolean partial) throws IOException {
        int i = index(block);
        int b = bitmapIndex(block);
        boolean newBitmap = partial && stateOf(table[b]) == NOT_PRESENT;
        long at = room(metadata.blockSize);
        if (newBitmap) {
            table[b] = room(MIB) | FULLY_PRESENT;
        }
        table[i] = at | (partial ? PARTIALLY_PRESENT : FULLY_PRESENT);
        if (newBitmap) {
            enter(i, b);
        } else {
            if (partial) {
                unmark(block);
            }
            enter(i);
        }
    }

    /** A block that had no room may have left bits behind. */
    private void unmark(long block) throws IOException {
        int bytes = metadata.blockSize / metadata.sector / 8;
        boolean any = false;
        for (int i = 0; i < bytes && !any; i += PAGE) {
            long at = bitmapAt(block) + i;
            byte[] page = bitmapPage(at / PAGE * PAGE);
            int from = (int) (at % PAGE);
            any = !BlockImage.zeroes(page, from, Math.min(bytes - i, PAGE - from));
        }
        if (any) {
            logged(Map.of(bitmapAt(block), new byte[bytes]));
        }
    }

    @Override
    boolean drop(long block) throws IOException {
        if (metadata.leavesAllocated) {
            return false;
        }
        int i = index(block);
        long was = table[i];
        table[i] = ZERO;
        enter(i);
        if (stateOf(was) == FULLY_PRESENT || stateOf(was) == PARTIALLY_PRESENT) {
            file.zero(placeOf(was), metadata.blockSize);
            space.giveBack(placeOf(was));
        }
        return true;
    }

    @Override
    void begin() throws IOException {
        if (end > file.size()) {
            file.resize(end);
        }
        log = new VhdxLog(file, header);
        header.begin(log.begin());
    }

    @Override
    void commit() throws IOException {
        if (log == null) {
            file.flush();
        } else {
            // entries and data are durable then; pages may come to their places later
            log.flushed();
        }
        space.flushed();
    }

    @Override
    void finish() throws IOException {
        log.apply();
        header.log(NONE);
        long last = Math.max(header.logOffset() + header.logLength(), Math.max(regions.bat().offset() + regions.bat().length(), regions.metadata().offset() + regions.metadata().length()));
        for (int i = 0; i < table.length; i++) {
            if (stateOf(table[i]) >= FULLY_PRESENT) {
                last = Math.max(last, placeOf(table[i]) + (i % (ratio + 1) == ratio ? MIB : metadata.blockSize));
            }
        }
        if (last < file.size() && !regions.overlap(last, file.size() - last)) {
            file.resize(last);
            file.flush();
        }
    }

    @Override
    public void resize(long wanted) throws DiskException, IOException {
        if (metadata.hasParent && wanted < size) {
            throw Bad.field(file, "virtual disk size", "a differencing disk can only become longer");
        }
        prepare();
        int entries = (int) batEntries(wanted, metadata.sector, metadata.blockSize, metadata.hasParent);
        long was = size;
        log.apply();
        if (entries * 8L > regions.bat().length()) {
            long length = roundUp(entries * 8L);
            long at = room(length);
            table = Arrays.copyOf(table, entries);
            for (int page = 0; page * ENTRIES_OF_PAGE < entries; page++) {
                file.write(at + (long) page * PAGE, tablePage(page), 0, PAGE);
            }
            log.flushed();
            regions.moveBat(file, new VhdxRegions.Region(at, length));
            // the log may say no more where the table was
            log.apply();
        }
        int blocks = (int) ((wanted + metadata.blockSize - 1) / metadata.blockSize);
        for (long b = blocks; b * metadata.blockSize < was; b++) {
            if (stateOf(table[index(b)]) != NOT_PRESENT) {
                drop(b);
                table[index(b)] = NOT_PRESENT;
                enter(index(b));
            }
        }
        table = Arrays.copyOf(table, Math.max(entries, table.length));
        logged(metadata.resized(wanted));
        log.apply();
        size = wanted;
        long tail = wanted % metadata.blockSize;
        if (wanted < was && tail != 0 && state(blocks - 1) == State.PRESENT) {
            file.zero(place(blocks - 1) + tail, metadata.blockSize - tail);
        }
        table = Arrays.copyOf(table, entries);
        if (metadata.leavesAllocated) {
            for (long b = 0; b < blocks; b++) {
                if (state(b) != State.PRESENT) {
                    allocate(b, false);
                }
            }
        }
        commit();
    }

    @Override
    public Map<String, String> fields() {
        Map<String, String> all = new LinkedHashMap<>();
        UUID id = metadata.id;
        all.put("virtual disk id", id.toString());
        all.put("data write GUID", header.dataWriteGuid().toString());
        all.put("header sequence number", Long.toUnsignedString(header.sequence()));
        all.put("log", header.logGuid().equals(NONE) ? "empty" : "not replayed");
        int there = 0;
        long blocks = (size + metadata.blockSize - 1) / metadata.blockSize;
        for (long b = 0; b < blocks; b++) {
            there += stateOf(table[index(b)]) >= FULLY_PRESENT ? 1 : 0;
        }
        all.put("blocks", there + " of " + blocks + " in the file");
        return all;
    }

    @Override
    public void check(Consumer<String> problem) throws IOException {
        for (String found : new String[] {VhdxHeader.problems(file), VhdxRegions.problems(file), problem()}) {
            if (found != null) {
                problem.accept(found);
            }
        }
        if (!header.logGuid().equals(NONE)) {
            problem.accept("log GUID: the log was not replayed; opening the disk for writing does that");
        }
    }
}
