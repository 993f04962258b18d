package dev.hv.cpu.memory;

/** The smallest page, the unit of translation, of page numbers and of most structures that hardware and hypervisor keep in memory. */
public final class Page {
    /** Bytes of a page. */
    public static final int SIZE = 1 << 12;

    private Page() {}
}
