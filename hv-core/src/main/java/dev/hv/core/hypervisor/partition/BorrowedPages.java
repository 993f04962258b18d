package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.SystemMemory;

/** Pages of system memory that are used for a moment, whatever is in them. */
final class BorrowedPages {

    private final SystemMemory memory;
    private final long[] pages;
    private final byte[] contents;

    /** The first pages of memory. */
    BorrowedPages(SystemMemory memory, int count) {
        this.memory = memory;
        pages = new long[count];
        contents = new byte[count * SystemMemory.PAGE];
        long first = memory.ranges().getFirst().base();
        for (int i = 0; i < count; i++) {
            pages[i] = first + (long) i * SystemMemory.PAGE;
            memory.copyOut(pages[i], contents, i * SystemMemory.PAGE, SystemMemory.PAGE);
        }
    }

    /** Their addresses. */
    long[] pages() {
        return pages;
    }

    /** They hold again what they held. */
    void giveBack() {
        for (int i = 0; i < pages.length; i++) {
            memory.copyIn(contents, i * SystemMemory.PAGE, pages[i], SystemMemory.PAGE);
        }
    }
}
