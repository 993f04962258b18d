package dev.hv.devices.network;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Packets of TCP and UDP, made and checked word by word as the RFCs say, without the code under test. */
public final class TestFrames {

    static final String GUEST = "00155d010203";
    static final String PEER = "00155d0a0b0c";
    /** Bytes of Ethernet, IPv4 and TCP headers without options. */
    public static final int HEADERS = 54;

    private TestFrames() {}

    /** TCP over IPv4 without check sums; the data count up. */
    public static byte[] tcp(String to, String from, int data) {
        ByteBuffer f = ByteBuffer.allocate(HEADERS + data);
        f.put(HexFormat.of().parseHex(to + from + "0800"));
        f.put(HexFormat.of().parseHex("4500")).putShort((short) (40 + data)).putShort((short) 0xFFFE).putShort((short) 0x4000);
        f.put((byte) 64).put((byte) 6).putShort((short) 0).put(HexFormat.of().parseHex("0a000001" + "0a000002"));
        f.putShort((short) 5000).putShort((short) 80).putInt(0xFFFFFF00).putInt(7).put((byte) 0x50).put((byte) 0x18);
        f.putShort((short) 1000).putShort((short) 0).putShort((short) 0);
        return count(f);
    }

    /** UDP over IPv6 without check sum. */
    static byte[] udp6(String to, String from, int data) {
        ByteBuffer f = ByteBuffer.allocate(62 + data);
        f.put(HexFormat.of().parseHex(to + from + "86dd" + "60000000")).putShort((short) (8 + data)).put((byte) 17).put((byte) 64);
        f.put(HexFormat.of().parseHex("fd000000000000000000000000000001" + "fd000000000000000000000000000002"));
        f.putShort((short) 53).putShort((short) 4000).putShort((short) (8 + data)).putShort((short) 0);
        return count(f);
    }

    private static byte[] count(ByteBuffer f) {
        for (int i = 0; f.hasRemaining(); i++) {
            f.put((byte) (i + i / 256));
        }
        return f.array();
    }

    /** Fills in the check sum of {@link #udp6}. */
    static byte[] withChecksum(byte[] udp6) {
        byte[] f = udp6.clone();
        int sum = ~pseudo(f, 22, 32, 17, 54, f.length) & 0xFFFF;
        ByteBuffer.wrap(f).putShort(60, (short) sum);
        return f;
    }

    /** Whether the check sums and lengths of a packet like {@link #tcp} are right. */
    public static boolean goodTcp(byte[] f) {
        int total = ByteBuffer.wrap(f).getShort(16) & 0xFFFF;
        return total == f.length - 14 && sum(f, 14, 34, 0) == 0xFFFF && pseudo(f, 26, 8, 6, 34, f.length) == 0xFFFF;
    }

    /** Whether the check sum of a packet like {@link #udp6} is right. */
    static boolean goodUdp6(byte[] f) {
        return pseudo(f, 22, 32, 17, 54, f.length) == 0xFFFF;
    }

    private static int pseudo(byte[] f, int addresses, int bytes, int protocol, int from, int to) {
        return sum(f, from, to, sum(f, addresses, addresses + bytes, 0) + protocol + (to - from));
    }

    private static int sum(byte[] f, int from, int to, int start) {
        int s = start;
        for (int i = from; i < to; i += 2) {
            s += (f[i] & 0xFF) << 8 | (i + 1 < to ? f[i + 1] & 0xFF : 0);
            s = (s & 0xFFFF) + (s >>> 16);
        }
        return (s & 0xFFFF) + (s >>> 16);
    }
}
