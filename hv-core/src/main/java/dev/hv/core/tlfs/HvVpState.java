package dev.hv.core.tlfs;

/** Parts of a virtual processor's state that registers do not have, HV_GET_SET_VP_STATE_TYPE (HvCallGetVpState, HvCallSetVpState). */
public final class HvVpState {
    /** The data is in pages of the caller's, whose numbers the input has. */
    private static final int PAGES = 1 << 31;
    /** The local APIC's registers, 176 bytes. */
    public static final int LOCAL_APIC = PAGES;
    /** An XSAVE area in the compacted format. */
    public static final int XSAVE = PAGES | 1;
    /** What the SynIC's message page has. */
    public static final int MESSAGE_PAGE = PAGES | 2;
    /** What the SynIC's page of event flags has. */
    public static final int EVENT_PAGE = PAGES | 3;
    /** The synthetic timers, {@link #TIMERS_SIZE} bytes in the output or the variable part of the input. */
    public static final int TIMERS = 4;

    /** Input: partition, u64; processor, u32 at 8; trust level, u8 at 12; type, u32 at 16; of XSAVE flags, u64 at 24, and components, u64 at 32. */
    public static final int INPUT_SIZE = 40;
    public static final int TYPE = 16;
    /** Bytes of the timers: of each flags u32, reserved u32, configuration, count, adjustment and expiry, u64; a reserved word for each four behind them. */
    public static final int TIMERS_SIZE = 200;
    public static final int TIMER_SIZE = 40;
    public static final int TIMER_CONFIG = 8;
    public static final int TIMER_COUNT = 16;

    private HvVpState() {}
}
