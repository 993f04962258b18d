package dev.hv.core.machine.vtd;

/** Offsets and bits of the registers (Intel Virtualization Technology for Directed I/O, Architecture Specification, chapter 11; offsets in bytes). */
public final class VtdRegisters {

    /** Where the machine has them: below the local APICs. */
    public static final long BASE = 0xFED9_0000L;
    /** Bytes of them. */
    public static final int LENGTH = 0x1000;
    /** Requester id of the I/O APIC's interrupts: bus 0xF0, device 0x1F, function 0. */
    public static final int IO_APIC = 0xF0F8;

    /** Version: 1.0. */
    static final int VERSION = 0x10;

    static final int VER = 0x00;
    static final int CAP = 0x08;
    static final int ECAP = 0x10;
    public static final int GCMD = 0x18;
    static final int GSTS = 0x1C;
    public static final int RTADDR = 0x20;
    static final int CCMD = 0x28;
    public static final int FSTS = 0x34;
    public static final int FECTL = 0x38;
    public static final int FEDATA = 0x3C;
    public static final int FEADDR = 0x40;
    static final int FEUADDR = 0x44;
    static final int PMEN = 0x64;
    static final int PLMBASE = 0x68;
    static final int PLMLIMIT = 0x6C;
    static final int PHMBASE = 0x70;
    static final int PHMLIMIT = 0x78;
    static final int IQH = 0x80;
    public static final int IQT = 0x88;
    public static final int IQA = 0x90;
    static final int ICS = 0x9C;
    static final int IECTL = 0xA0;
    static final int IEDATA = 0xA4;
    static final int IEADDR = 0xA8;
    static final int IEUADDR = 0xAC;
    static final int IQERCD = 0xB0;
    public static final int IRTA = 0xB8;
    static final int IVA = 0xF0;
    static final int IOTLB = 0xF8;
    public static final int FRCD = 0x220;
    public static final int FRCD_BYTES = 16;
    /** Fault recording registers. */
    public static final int RECORDS = 8;

    /** GCMD and GSTS. */
    public static final int TRANSLATION = 1 << 31;
    public static final int ROOT_POINTER = 1 << 30;
    public static final int QUEUE = 1 << 26;
    public static final int INTERRUPTS = 1 << 25;
    public static final int INTERRUPT_POINTER = 1 << 24;
    static final int COMPATIBILITY = 1 << 23;

    /** FSTS: a record was lost, records there are, the queue met an error. */
    public static final int OVERFLOW = 1;
    public static final int PENDING = 1 << 1;
    static final int QUEUE_ERROR = 1 << 4;
    public static final int FIRST_RECORD_SHIFT = 8;

    /** CAP: 65,536 domains, protected memory low and high, draining of reads and writes, page-selective invalidation. */
    private static final long CAP_FIXED = 6 | 1 << 5 | 1 << 6 | 1L << 39 | 1L << 54 | 1L << 55;
    private static final int WIDTHS_SHIFT = 8;
    private static final int MGAW_SHIFT = 16;
    private static final int LARGE_PAGES_SHIFT = 34;
    private static final int MAMV_SHIFT = 48;
    /** Largest mask of a page-selective invalidation: 1 GiB. */
    static final int MAMV = 18;
    /** ECAP: coherent walks, queued invalidation, interrupt remapping, extended interrupt mode, pass through, snoop control; masks of 15 bits. */
    private static final long ECAP_FIXED = 1 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 0xF << 20;

    private VtdRegisters() {}

    /** CAP of a unit with tables of three levels and up to {@code levels}, pages of 4 KiB, 2 MiB and 1 GiB, and no caching mode. */
    static long capabilities(int levels) {
        int widths = (1 << levels - 1) - 2;
        return CAP_FIXED | (long) widths << WIDTHS_SHIFT | (long) (width(levels) - 1) << MGAW_SHIFT | (long) (FRCD / 16) << 24 | 3L << LARGE_PAGES_SHIFT
                | (long) (RECORDS - 1) << 40 | (long) MAMV << MAMV_SHIFT;
    }

    /** ECAP. */
    static long extendedCapabilities() {
        return ECAP_FIXED | (long) (IVA / 16) << 8;
    }

    /** Bits of an address that tables with so many levels translate. */
    static int width(int levels) {
        return 12 + 9 * levels;
    }
}
