package dev.hv.vmbus;

import dev.hv.core.machine.DmaView;

/** Guest memory by page numbers: {@code length} bytes from {@code first} in the first page on. */
final class PageRange extends CopiedBuffer {

    /** Bytes of a page. */
    static final int PAGE = 4096;
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

    /** Pages that a range of bytes needs. */
    static long pagesFor(int offset, long length) {
        return (offset + length + PAGE - 1) / PAGE;
    }

    /** Whether a page number can be one. */
    static boolean possible(long pfn) {
        return pfn >>> PAGE_NUMBER_BITS == 0;
    }

    /** Offset of the first byte in the first page. */
    int first() {
        return first;
    }

    @Override
    boolean copy(long offset, byte[] bytes, int at, int count, boolean write) {
        long position = first + offset;
        int done = 0;
        while (done < count) {
            int page = (int) ((position + done) / PAGE);
            int within = (int) ((position + done) % PAGE);
            int run = Math.min(count - done, PAGE - within);
            // neighbouring pages are copied at once
            while (run < count - done && pages[page + 1] == pages[page] + 1) {
                page++;
                run = Math.min(count - done, run + PAGE);
            }
            long pfn = pages[(int) ((position + done) / PAGE)];
            long address = (pfn << 12) + within;
            if (!possible(pfn) || (write ? !memory.write(address, bytes, at + done, run) : !memory.read(address, bytes, at + done, run))) {
                return false;
            }
            done += run;
        }
        return true;
    }
}
