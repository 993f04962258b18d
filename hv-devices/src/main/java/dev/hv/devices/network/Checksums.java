package dev.hv.devices.network;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The check sum of the Internet protocols (RFC 1071): the one's complement sum of 16-bit words, highest byte first. */
public final class Checksums {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int MASK = 0xFFFF;

    private Checksums() {}

    /** Adds bytes to a sum; an odd last byte counts as the upper half of a word. */
    public static long add(long sum, byte[] b, int from, int to) {
        int i = from;
        long little = 0;
        for (; i + 8 <= to; i += 8) {
            // four words at once, in the host's order: carries between them come out the same, and so does the sum but for the order of its bytes
            long v = (long) LONG.get(b, i);
            little += (v & 0xFFFF_FFFFL) + (v >>> 32);
        }
        int folded = fold(little);
        long s = sum + ((folded & 0xFF) << 8 | folded >> 8);
        for (; i < to; i++) {
            s += (i - from & 1) == 0 ? (b[i] & 0xFFL) << 8 : b[i] & 0xFFL;
        }
        return s;
    }

    /** The 16 bits of a sum, not yet complemented. */
    public static int fold(long sum) {
        long s = (sum >>> 32) + (sum & 0xFFFF_FFFFL);
        while (s > MASK) {
            s = (s >>> 16) + (s & MASK);
        }
        return (int) s;
    }

    /** Fills in the check sum of an IPv4 header; nothing for IPv6, which has none. */
    static void completeNetwork(byte[] b, FrameHeaders h) {
        if (h.version == 4) {
            FrameHeaders.put16(b, h.network + FrameHeaders.IPV4_CHECKSUM, 0);
            FrameHeaders.put16(b, h.network + FrameHeaders.IPV4_CHECKSUM, ~fold(add(0, b, h.network, h.transport)));
        }
    }

    /** Fills in the check sum of TCP or UDP. */
    static void completeTransport(byte[] b, FrameHeaders h) {
        int at = h.transport + (h.protocol == FrameHeaders.TCP ? FrameHeaders.TCP_CHECKSUM : FrameHeaders.UDP_CHECKSUM);
        FrameHeaders.put16(b, at, 0);
        int sum = ~transport(b, h) & MASK;
        // 0 in UDP says that there is none
        FrameHeaders.put16(b, at, sum == 0 && h.protocol == FrameHeaders.UDP ? MASK : sum);
    }

    /** Whether the check sums of a packet with TCP or UDP are right. */
    static boolean valid(byte[] b, FrameHeaders h) {
        if (!networkValid(b, h)) {
            return false;
        }
        if (h.protocol == FrameHeaders.UDP && FrameHeaders.u16(b, h.transport + FrameHeaders.UDP_CHECKSUM) == 0) {
            return false;
        }
        return transportValid(b, h);
    }

    /** Whether the check sum of an IPv4 header is right; IPv6 has none. */
    public static boolean networkValid(byte[] b, FrameHeaders h) {
        return h.version != 4 || fold(add(0, b, h.network, h.transport)) == MASK;
    }

    /** Whether the check sum of TCP or UDP is right. */
    public static boolean transportValid(byte[] b, FrameHeaders h) {
        return transport(b, h) == MASK;
    }

    /** The sum over addresses, protocol and length (the pseudo header), TCP or UDP header, and data. */
    private static int transport(byte[] b, FrameHeaders h) {
        int addresses = h.network + (h.version == 4 ? 12 : 8);
        long sum = add(0, b, addresses, addresses + (h.version == 4 ? 8 : 32)) + h.protocol + (h.end - h.transport);
        return fold(add(sum, b, h.transport, h.end));
    }
}
