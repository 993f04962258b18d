package dev.hv.devices.network;

/**
 * Where the headers of an Ethernet frame are: IPv4 or IPv6 (RFC 791, RFC 8200), then TCP or UDP (RFC 9293, RFC 768). Fields are big-endian,
 * positions count from the start of the array. Used again for every frame.
 */
public final class FrameHeaders {

    /** Bytes of an Ethernet header. */
    public static final int ETHERNET = 14;
    /** Protocols behind IP. */
    public static final int TCP = 6;
    public static final int UDP = 17;
    /** Where the check sum is in a header. */
    static final int TCP_CHECKSUM = 16;
    public static final int UDP_CHECKSUM = 6;
    static final int IPV4_CHECKSUM = 10;
    static final int IPV4_TOTAL = 2;
    /** Where the identification is in an IPv4 header. */
    public static final int IPV4_ID = 4;
    static final int IPV6_PAYLOAD = 4;
    static final int IPV6_HEADER = 40;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_FLAGS = 13;

    private static final int ETHER_TYPE = 12;
    /** Bytes of a VLAN tag (IEEE 802.1Q). */
    public static final int VLAN_TAG = 4;
    static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88A8;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int IPV4_HEADER = 20;
    private static final int IPV4_FRAGMENT = 6;
    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3FFF;
    private static final int TCP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION = 60;

    /** 4 or 6, or 0 for anything else. */
    public int version;
    /** First byte of the IP header. */
    public int network;
    /** First byte of the TCP or UDP header. */
    public int transport;
    /** {@link #TCP}, {@link #UDP}, or 0 for anything else and for fragments. */
    public int protocol;
    /** First byte behind the TCP or UDP header. */
    public int payload;
    /** First byte behind the packet; padding of the frame may follow. */
    public int end;

    /**
     * Parses a frame.
     *
     * @param large whether the length fields are not filled in yet: the packet reaches to the end of the frame
     * @return whether {@link #protocol} is TCP or UDP, and all its header is there
     */
    public boolean parse(byte[] b, int offset, int length, boolean large) {
        int limit = offset + length;
        version = 0;
        protocol = 0;
        network = offset + ETHERNET;
        int type = length < ETHERNET ? 0 : u16(b, offset + ETHER_TYPE);
        while ((type == VLAN || type == SERVICE_VLAN) && network + VLAN_TAG <= limit) {
            type = u16(b, network + 2);
            network += VLAN_TAG;
        }
        return switch (type) {
            case IPV4 -> ipv4(b, limit, large) && upper(b);
            case IPV6 -> ipv6(b, limit, large) && upper(b);
            default -> false;
        };
    }

    private boolean ipv4(byte[] b, int limit, boolean large) {
        if (limit - network < IPV4_HEADER) {
            return false;
        }
        int header = (b[network] & 0xF) * 4;
        int total = large ? limit - network : u16(b, network + IPV4_TOTAL);
        if ((b[network] & 0xF0) != 0x40 || header < IPV4_HEADER || total < header || total > limit - network) {
            return false;
        }
        version = 4;
        transport = network + header;
        end = network + total;
        protocol = (u16(b, network + IPV4_FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) != 0 ? 0 : b[network + 9] & 0xFF;
        return true;
    }

    private boolean ipv6(byte[] b, int limit, boolean large) {
        if (limit - network < IPV6_HEADER || (b[network] & 0xF0) != 0x60) {
            return false;
        }
        int bytes = large ? limit - network - IPV6_HEADER : u16(b, network + IPV6_PAYLOAD);
        if (bytes > limit - network - IPV6_HEADER) {
            return false;
        }
        version = 6;
        end = network + IPV6_HEADER + bytes;
        transport = network + IPV6_HEADER;
        int next = b[network + 6] & 0xFF;
        while ((next == HOP_BY_HOP || next == ROUTING || next == DESTINATION) && transport + 8 <= end) {
            next = b[transport] & 0xFF;
            transport += ((b[transport + 1] & 0xFF) + 1) * 8;
        }
        protocol = next;
        return true;
    }

    private boolean upper(byte[] b) {
        int least = protocol == TCP ? TCP_HEADER : protocol == UDP ? UDP_HEADER : Integer.MAX_VALUE;
        int header = end - transport < least ? 0 : protocol == TCP ? (b[transport + 12] >> 4 & 0xF) * 4 : UDP_HEADER;
        payload = transport + header;
        if (header < least || payload > end) {
            protocol = 0;
            return false;
        }
        return true;
    }

    /** 16 bits, the highest first. */
    public static int u16(byte[] b, int at) {
        return (b[at] & 0xFF) << 8 | b[at + 1] & 0xFF;
    }

    /** Puts 16 bits, the highest first. */
    public static void put16(byte[] b, int at, int value) {
        b[at] = (byte) (value >> 8);
        b[at + 1] = (byte) value;
    }

    /** The frame with a tag of IEEE 802.1Q behind its addresses, from the array's start on. */
    public static byte[] tagged(byte[] b, int offset, int length, int control) {
        byte[] f = new byte[length + VLAN_TAG];
        System.arraycopy(b, offset, f, 0, ETHER_TYPE);
        put16(f, ETHER_TYPE, VLAN);
        put16(f, ETHER_TYPE + 2, control);
        System.arraycopy(b, offset + ETHER_TYPE, f, ETHER_TYPE + VLAN_TAG, length - ETHER_TYPE);
        return f;
    }

    /** The frame without the tag that it has, from the array's start on. */
    public static byte[] untagged(byte[] b, int offset, int length) {
        byte[] f = new byte[length - VLAN_TAG];
        System.arraycopy(b, offset, f, 0, ETHER_TYPE);
        System.arraycopy(b, offset + ETHER_TYPE + VLAN_TAG, f, ETHER_TYPE, f.length - ETHER_TYPE);
        return f;
    }
}
