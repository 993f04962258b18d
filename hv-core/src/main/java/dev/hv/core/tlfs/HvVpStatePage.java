package dev.hv.core.tlfs;

/** Pages by which a parent sees the state of a child's virtual processor (TLFS, HvCallMapVpStatePage), and the layout of the register page. */
public final class HvVpStatePage {
    /** HvVpStatePageRegisters: HV_X64_REGISTER_PAGE. */
    public static final int REGISTERS = 0;
    /** HvVpStatePageInterceptMessage: an HV_MESSAGE. */
    public static final int INTERCEPT_MESSAGE = 1;
    /** How many types there are here; the next one is of encrypted guests. */
    public static final int TYPES = 2;

    /** Flag of HvCallMapVpStatePage: the caller names the page. */
    public static final int LOCATION_PROVIDED = 1;

    /** Register page: layout version, u16. */
    public static final int VERSION = 0;
    /** Register page: what {@link #VERSION} says. */
    public static final int VERSION_1 = 1;
    /** Register page: whether the rest is what the processor has, u8. */
    public static final int VALID = 2;
    /** Register page: what the parent has changed, u32, bits of {@code DIRTY_…}. */
    public static final int DIRTY = 4;
    /** Register page: RAX to R15 in the order of their encodings, u64 each. */
    public static final int GENERAL = 8;
    public static final int RIP = 0x88;
    public static final int RFLAGS = 0x90;
    /** Register page: XMM0 to XMM5, 16 bytes each. */
    public static final int XMM = 0xA0;
    /** Register page: ES, CS, SS, DS, FS and GS, 16 bytes each. */
    public static final int SEGMENTS = 0x100;
    public static final int CR0 = 0x160;
    public static final int CR3 = 0x168;
    public static final int CR4 = 0x170;
    public static final int CR8 = 0x178;
    public static final int EFER = 0x180;
    public static final int DR7 = 0x188;
    /** Register page: as HvRegisterPendingInterruption, u64. */
    public static final int PENDING_INTERRUPTION = 0x190;
    /** Register page: {@link #STATE_SHADOW}, {@link #STATE_NMI_MASKED}; u64. */
    public static final int INTERRUPT_STATE = 0x198;
    public static final int XFEM = 0x1A8;

    public static final int XMM_COUNT = 6;
    public static final int SEGMENT_COUNT = 6;

    public static final int DIRTY_GENERAL = 1;
    public static final int DIRTY_RIP = 1 << 1;
    public static final int DIRTY_XMM = 1 << 2;
    public static final int DIRTY_SEGMENTS = 1 << 3;
    public static final int DIRTY_FLAGS = 1 << 4;

    /** Interrupt state: behind STI or a load of SS. */
    public static final int STATE_SHADOW = 1;
    /** Interrupt state: NMIs wait for IRET. */
    public static final int STATE_NMI_MASKED = 1 << 1;

    private HvVpStatePage() {}
}
