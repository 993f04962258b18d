package dev.hv.devices.network;

/** NDIS_RECEIVE_SCALE_CAPABILITIES and NDIS_RECEIVE_SCALE_PARAMETERS: receive-side scaling. */
final class ScalingFormat {
    static final int CAPABILITIES_TYPE = 0x88;
    static final int REVISION_2 = 2;
    static final int CAPABILITY_FLAGS = 4;
    static final int INTERRUPTS = 8;
    static final int QUEUES = 12;
    static final int TABLE_ENTRIES = 16;
    static final int CAPABILITIES_LEAST = 16;
    static final int CAPABILITIES_SIZE = 20;
    /** Capability flags: hash by TCP over IPv4 and over IPv6; Toeplitz. */
    static final int HASHES_TCP_IPV4 = 1 << 8;
    static final int HASHES_TCP_IPV6 = 1 << 9;
    static final int HASHES_TOEPLITZ = 1;

    static final int FLAGS = 4;
    static final int HASH = 8;
    static final int TABLE_BYTES = 12;
    static final int TABLE_OFFSET = 16;
    static final int KEY_BYTES = 20;
    static final int KEY_OFFSET = 24;
    static final int PARAMETERS_LEAST = 28;
    /** Flags: what is not changed; off. */
    static final int HASH_UNCHANGED = 1 << 1;
    static final int TABLE_UNCHANGED = 1 << 2;
    static final int KEY_UNCHANGED = 1 << 3;
    static final int OFF = 1 << 4;
    /** Hash types. */
    static final int IPV4 = 1 << 8;
    static final int TCP_IPV4 = 1 << 9;
    static final int IPV6 = 1 << 10;
    static final int TCP_IPV6 = 1 << 12;

    static final int MOST_ENTRIES = 128;
    static final int MOST_KEY = 40;

    private ScalingFormat() {}
}
