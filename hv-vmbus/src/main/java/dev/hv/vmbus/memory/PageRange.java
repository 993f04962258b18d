package dev.hv.vmbus.memory;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Guest memory by page numbers: {@code length} bytes from {@code first} in the first page on. */
public final class PageRange extends CopiedBuffer {

    /** Page numbers have no more bits: addresses have at most 52. */
    private static final int PAGE_NUMBER_BITS = 40;

    private final DmaView memory;
    private final long[] pages;
    private final int first;

    /** A range; the pages must be enough for it. */
    PageRange(DmaView memory, long[] pages, int first, long length) {
        super(length);
        this.memory = memory;
        this.pages = pages;
        this.first = first;
    }

    /**
     * The range that a guest describes: length, offset in the first page, page numbers; null when it is malformed or longer than its
     * description.
     *
     * @param end end of all that may be read
     */
    public static PageRange parse(DmaView memory, byte[] from, int at, int end) {
        if (end - at < RangeFormat.HEAD) {
            return null;
        }
        long length = LittleEndian.u32(from, at + RangeFormat.LENGTH) & 0xFFFF_FFFFL;
        long offset = LittleEndian.u32(from, at + RangeFormat.OFFSET) & 0xFFFF_FFFFL;
        long needed = (offset + length + Page.SIZE - 1) / Page.SIZE;
        int first = at + RangeFormat.HEAD;
        if (offset >= Page.SIZE || needed > (end - first) / RangeFormat.PAGE_NUMBER) {
            return null;
        }
        long[] pfns = new long[(int) needed];
        for (int i = 0; i < pfns.length; i++) {
            pfns[i] = LittleEndian.u64(from, first + i * RangeFormat.PAGE_NUMBER);
        }
        return new PageRange(memory, pfns, (int) offset, length);
    }

    /** Bytes of the range's description. */
    public int described() {
        return RangeFormat.HEAD + pages.length * RangeFormat.PAGE_NUMBER;
    }

    /** Whether all its pages are the guest's. */
    boolean present() {
        byte[] probe = new byte[1];
        for (long pfn : pages) {
            if (!possible(pfn) || !memory.read(pfn * Page.SIZE, probe, 0, 1)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a page number can be one. */
    private static boolean possible(long pfn) {
        return pfn >>> PAGE_NUMBER_BITS == 0;
    }

    /** Saves which pages it is of, not what is in them. */
    public void save(StateWriter out) {
        out.put("length", length());
        out.put("first", first);
        out.put("pages", pages);
    }

    /** A range that was saved, in the memory that the same guest has now. */
    public static PageRange restored(StateReader in, DmaView memory) {
        long length = in.take();
        int first = (int) in.take();
        long[] pages = new long[(int) in.take()];
        for (int i = 0; i < pages.length; i++) {
            pages[i] = in.take();
        }
        return new PageRange(memory, pages, first, length);
    }

    /** Offset of the first byte in the first page. */
    public int first() {
        return first;
    }

    @Override
    boolean each(long offset, int count, Step step) {
        long position = first + offset;
        int done = 0;
        while (done < count) {
            int page = (int) ((position + done) / Page.SIZE);
            int within = (int) ((position + done) % Page.SIZE);
            int run = Math.min(count - done, Page.SIZE - within);
            while (run < count - done && pages[page + 1] == pages[page] + 1) {
                page++;
                run = Math.min(count - done, run + Page.SIZE);
            }
            long pfn = pages[(int) ((position + done) / Page.SIZE)];
            long address = (pfn << 12) + within;
            if (!possible(pfn) || !step.take(memory, address, done, run)) {
                return false;
            }
            done += run;
        }
        return true;
    }
}
