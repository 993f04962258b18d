package dev.hv.devices.network;

import java.util.Arrays;

/** Large frames of TCP: one header in front of the data of several segments (large send offload, version 2). */
public final class LargeSend {

    private static final int FIN_AND_PUSH = 0x09;
    private static final int CONGESTION_REDUCED = 0x80;

    private LargeSend() {}

    /**
     * Fills in lengths and check sums of a large frame, which makes it one valid packet.
     *
     * @return false when it is not TCP
     */
    public static boolean complete(byte[] b, int offset, int length, FrameHeaders h) {
        if (!h.parse(b, offset, length, true) || h.protocol != FrameHeaders.TCP || h.end - h.network > 0xFFFF) {
            return false;
        }
        setLength(b, h);
        Checksums.completeNetwork(b, h);
        Checksums.completeTransport(b, h);
        return true;
    }

    private static void setLength(byte[] b, FrameHeaders h) {
        if (h.version == 4) {
            FrameHeaders.put16(b, h.network + FrameHeaders.IPV4_TOTAL, h.end - h.network);
        } else {
            FrameHeaders.put16(b, h.network + FrameHeaders.IPV6_PAYLOAD, h.end - h.network - FrameHeaders.IPV6_HEADER);
        }
    }

    /**
     * Cuts a large frame into segments, each a valid frame.
     *
     * @param segment bytes of data of a segment
     */
    public static void split(byte[] b, int offset, int length, int segment, FrameSink to) {
        var h = new FrameHeaders();
        if (!h.parse(b, offset, length, false) || h.protocol != FrameHeaders.TCP) {
            return;
        }
        int headers = h.payload - offset;
        int data = h.end - h.payload;
        int sequence = FrameHeaders.u16(b, h.transport + FrameHeaders.TCP_SEQUENCE) << 16
                | FrameHeaders.u16(b, h.transport + FrameHeaders.TCP_SEQUENCE + 2);
        byte flags = b[h.transport + FrameHeaders.TCP_FLAGS];
        var part = new FrameHeaders();
        for (int at = 0, n = 0; at < data || n == 0; at += segment, n++) {
            int bytes = Math.min(segment, data - at);
            byte[] f = Arrays.copyOfRange(b, offset, offset + headers + bytes);
            System.arraycopy(b, h.payload + at, f, headers, bytes);
            part.parse(f, 0, f.length, true);
            setLength(f, part);
            if (h.version == 4) {
                FrameHeaders.put16(f, part.network + FrameHeaders.IPV4_ID, FrameHeaders.u16(b, h.network + FrameHeaders.IPV4_ID) + n);
            }
            FrameHeaders.put16(f, part.transport + FrameHeaders.TCP_SEQUENCE, sequence + at >>> 16);
            FrameHeaders.put16(f, part.transport + FrameHeaders.TCP_SEQUENCE + 2, sequence + at);
            int own = flags;
            if (at + bytes < data) {
                own &= ~FIN_AND_PUSH;
            }
            if (n > 0) {
                own &= ~CONGESTION_REDUCED;
            }
            f[part.transport + FrameHeaders.TCP_FLAGS] = (byte) own;
            Checksums.completeNetwork(f, part);
            Checksums.completeTransport(f, part);
            to.frame(f, 0, f.length);
        }
    }
}
