package dev.hv.vmbus.protocol;

/** Versions of the VMBus protocol: major in bits 31:16, minor in 15:0. */
public final class VmbusVersion {
    /** Windows 8: dedicated interrupts, sub-channels. */
    public static final int V2_4 = 2 << 16 | 4;
    public static final int V3_0 = 3 << 16;
    public static final int V4_0 = 4 << 16;
    public static final int V4_1 = 4 << 16 | 1;
    /** The guest names the interrupt source; the reply names the connection for messages. */
    public static final int V5_0 = 5 << 16;
    public static final int V5_1 = 5 << 16 | 1;
    public static final int V5_2 = 5 << 16 | 2;
    /** ModifyChannel is answered. */
    public static final int V5_3 = 5 << 16 | 3;
    /** Feature flags. */
    public static final int V6_0 = 6 << 16;

    private VmbusVersion() {}

    /** Whether this bus speaks a version. */
    public static boolean supported(int version) {
        return switch (version) {
            case V2_4, V3_0, V4_0, V4_1, V5_0, V5_1, V5_2, V5_3, V6_0 -> true;
            default -> false;
        };
    }
}
