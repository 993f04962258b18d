package dev.hv.devices.integration;

/** Payload of messages of the volume shadow copy component (Linux' public header include/uapi/linux/hyperv.h): operation u8, reserved, flags u32. */
final class ShadowCopyFormat {
    static final int SIZE = 12;
    static final int FLAGS = 8;

    /** Whether the guest can freeze its file systems; answers flags. */
    static final int CHECK = 2;
    /** The copy has been made. */
    static final int COMPLETE = 4;
    static final int FREEZE = 5;
    static final int THAW = 6;

    private ShadowCopyFormat() {}
}
