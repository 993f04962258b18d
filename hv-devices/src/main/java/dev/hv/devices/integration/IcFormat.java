package dev.hv.devices.integration;

import dev.hv.devices.pipe.PipeHeader;

/** Messages of integration components: a pipe header, a common header, the component's payload. */
final class IcFormat {
    /** Common header; versions are major u16, minor u16. */
    static final int FRAMEWORK = PipeHeader.SIZE;
    static final int TYPE = 12;
    static final int VERSION = 14;
    static final int SIZE = 18;
    static final int STATUS = 20;
    static final int TRANSACTION = 24;
    static final int FLAGS = 25;
    static final int PAYLOAD = 28;

    static final int FLAG_TRANSACTION = 1;
    static final int FLAG_REQUEST = 2;
    static final int FLAG_RESPONSE = 4;

    static final int NEGOTIATE = 0;
    static final int HEARTBEAT = 1;
    static final int KEY_VALUE = 2;
    static final int SHUTDOWN = 3;
    static final int TIME_SYNC = 4;
    static final int SHADOW_COPY = 5;
    static final int FILE_COPY = 7;

    /** Negotiation payload: count of framework and of message versions, u16 each, reserved u32, then the versions. */
    static final int FRAMEWORK_COUNT = PAYLOAD;
    static final int MESSAGE_COUNT = PAYLOAD + 2;
    static final int VERSIONS = PAYLOAD + 8;

    static final int SUCCESS = 0;
    static final int FAIL = 0x8000_4005;
    static final int UNSUPPORTED = 0x8007_0032;
    static final int NO_MORE_ITEMS = 0x8007_0103;
    static final int NOT_FOUND = 0x8004_1002;
    /** ERROR_FILE_EXISTS. */
    static final int ALREADY_EXISTS = 0x8007_0050;
    /** ERROR_DISK_FULL. */
    static final int DISK_FULL = 0x8007_0070;
    /** ERROR_CANCELLED. */
    static final int CANCELLED = 0x8007_04C7;

    private IcFormat() {}
}
