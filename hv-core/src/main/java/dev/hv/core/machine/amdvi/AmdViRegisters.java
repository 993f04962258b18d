package dev.hv.core.machine.amdvi;

/** Offsets and bits of the memory-mapped registers (AMD I/O Virtualization Technology (IOMMU) Specification, 48882, 3.4). */
public final class AmdViRegisters {

    /** Where the machine has them: below the local APICs. */
    public static final long BASE = 0xFED8_0000L;
    /** Bytes of them, without performance counters. */
    public static final int LENGTH = 0x4000;
    /** Requester id of the I/O APIC's interrupts: where systems expect the southbridge, device 0x14 function 0 of bus 0. */
    public static final int IO_APIC = 0x00A0;
    /**
     * Extended features: x2APIC destinations, INVALIDATE_IOMMU_ALL, 128-bit interrupt entries, page tables of up to six levels, accessed and dirty bits in them. Neither page
     * requests nor guest translation nor a guest's virtual APIC.
     */
    public static final long FEATURES = 1 << 2 | 1 << 6 | 1 << 7 | 2 << 10 | 1L << 49 | 1L << 52;

    public static final int DEVICE_TABLE = 0x00;
    public static final int COMMAND_BASE = 0x08;
    public static final int EVENT_BASE = 0x10;
    public static final int CONTROL = 0x18;
    static final int EXCLUSION_BASE = 0x20;
    static final int EXCLUSION_LIMIT = 0x28;
    static final int EXTENDED_FEATURES = 0x30;
    public static final int GENERAL_INTERRUPT = 0x170;
    static final int COMMAND_HEAD = 0x2000;
    public static final int COMMAND_TAIL = 0x2008;
    public static final int EVENT_HEAD = 0x2010;
    public static final int EVENT_TAIL = 0x2018;
    public static final int STATUS = 0x2020;

    /** CONTROL. */
    public static final long ENABLE = 1;
    public static final long EVENT_LOG = 1 << 2;
    public static final long EVENT_INTERRUPT = 1 << 3;
    static final long WAIT_INTERRUPT = 1 << 4;
    public static final long COMMANDS = 1 << 12;
    static final long WIDE_ENTRIES = 1 << 17;
    static final long X2APIC = 1L << 50;
    public static final long X2APIC_INTERRUPT = 1L << 51;
    static final long CONTROL_WRITABLE = 0x1FFF | WIDE_ENTRIES | X2APIC | X2APIC_INTERRUPT;

    /** STATUS. */
    public static final int OVERFLOW = 1;
    public static final int LOGGED = 1 << 1;
    static final int WAITED = 1 << 2;
    static final int LOG_RUNS = 1 << 3;
    static final int COMMANDS_RUN = 1 << 4;

    /** Bits 51:12. */
    static final long ADDRESS = 0x000F_FFFF_FFFF_F000L;

    private AmdViRegisters() {}
}
