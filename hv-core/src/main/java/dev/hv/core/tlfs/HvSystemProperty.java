package dev.hv.core.tlfs;

/** Codes of system properties, HV_SYSTEM_PROPERTY (HvCallGetSystemProperty, HvCallSetSystemProperty), and their values. */
public final class HvSystemProperty {
    /** Written: what a sleep state is on this machine. State u32, then what firmware's tables say for PM1a and PM1b, u8 each. */
    public static final int SLEEP_STATE = 3;
    /** Read: HV_SCHEDULER_TYPE. */
    public static final int SCHEDULER_TYPE = 15;
    /** Read: where the hypervisor would have a crash dump written, as a range of pages; 0 for nowhere. */
    public static final int CRASH_DUMP_AREA = 47;

    /** HvSchedulerTypeCore: the hypervisor schedules all processors. */
    public static final int SCHEDULER_CORE = 3;
    /** HvSchedulerTypeRoot: the root schedules its children's. */
    public static final int SCHEDULER_ROOT = 4;

    /** HvSleepStateS5: off. */
    public static final int S5 = 5;

    private HvSystemProperty() {}
}
