package dev.hv.devices.network;

/** NDIS_OFFLOAD and NDIS_OFFLOAD_PARAMETERS: what an adapter can take off its driver, and what of it the driver wants. */
final class OffloadFormat {
    /** Object header: type u8, revision u8, size u16. */
    static final int REVISION = 1;
    static final int SIZE = 2;
    static final int HEADER = 4;

    static final int CAPABILITIES_TYPE = 0xA7;
    /** Encapsulation u32, then capabilities u32, for sending and receiving, IPv4 and IPv6. */
    static final int IPV4_SEND_ENCAPSULATION = 4;
    static final int IPV4_SEND = 8;
    static final int IPV4_RECEIVE_ENCAPSULATION = 12;
    static final int IPV4_RECEIVE = 16;
    static final int IPV6_SEND_ENCAPSULATION = 20;
    static final int IPV6_SEND = 24;
    static final int IPV6_RECEIVE_ENCAPSULATION = 28;
    static final int IPV6_RECEIVE = 32;
    /** Large send offload, version 2: encapsulation, longest frame, least number of segments; u32 each. */
    static final int LARGE_SEND_IPV4 = 80;
    static final int LARGE_SEND_IPV6 = 92;
    static final int LARGE_SEND_SIZE = 4;
    static final int LARGE_SEND_LEAST = 8;
    static final int LARGE_SEND_IPV6_OPTIONS = 104;
    /** Bytes of the first revision. */
    static final int LEAST = 112;
    /** Receive segment coalescing, from revision 3: u8 for IPv4, u8 for IPv6. */
    static final int COALESCE_IPV4 = 144;
    static final int COALESCE_IPV6 = 145;
    static final int REVISION_3 = 3;

    static final int ETHERNET = 2;
    /** IPv4: IP options, TCP options, TCP, UDP, IP header. IPv6: extension headers, TCP options, TCP, UDP. */
    static final int IPV4_ALL = 0x155;
    static final int IPV6_ALL = 0x055;
    static final int LARGE_SEND_IPV6_ALL = 0x005;

    /** Of parameters, u8 each: check sums of TCP and UDP, coalescing. */
    static final int TCP_IPV4 = 5;
    static final int UDP_IPV4 = 6;
    static final int TCP_IPV6 = 7;
    static final int UDP_IPV6 = 8;
    static final int WANT_COALESCE_IPV4 = 22;
    static final int WANT_COALESCE_IPV6 = 23;
    /** Values of parameters: unchanged; for check sums: off, sending, receiving, both; for the others: off, on. */
    static final int UNCHANGED = 0;
    static final int RECEIVE_ONLY = 3;
    static final int SEND_AND_RECEIVE = 4;
    static final int ON = 2;

    private OffloadFormat() {}
}
