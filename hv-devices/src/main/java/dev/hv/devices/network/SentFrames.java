package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.network.RndisFormat.*;

/** Takes RNDIS packet messages of the guest apart, does what the guest left to the adapter, and sends the frames. */
final class SentFrames {

    /** Segments of one large frame: a small segment size must not make work without bounds. */
    private static final int MOST_SEGMENTS = 2048;

    /** Takes a frame that is complete. */
    @FunctionalInterface
    interface Out {
        /** A frame; {@code segment} is the size of the segments that a large one stands for, else 0. */
        void frame(byte[] bytes, int offset, int length, int segment);
    }

    private final Out out;
    private final FrameHeaders headers = new FrameHeaders();

    SentFrames(Out out) {
        this.out = out;
    }

    /**
     * Sends the frames of packet messages that stand one behind the other; the bytes are changed.
     *
     * @param longest bytes of a frame at most
     * @return false when a message is malformed; those before it have been sent
     */
    boolean send(byte[] m, int length, int longest) {
        int at = 0;
        while (length - at >= PACKET_HEADER) {
            long size = u32(m, at + LENGTH) & 0xFFFF_FFFFL;
            if (u32(m, at + TYPE) != PACKET || size < PACKET_HEADER || size > length - at || !packet(m, at, (int) size, longest)) {
                return false;
            }
            at += (int) size;
        }
        return at > 0;
    }

    private boolean packet(byte[] m, int at, int size, int longest) {
        long data = (u32(m, at + DATA_OFFSET) & 0xFFFF_FFFFL) + BODY;
        long bytes = u32(m, at + DATA_LENGTH) & 0xFFFF_FFFFL;
        if (data < PACKET_HEADER || data + bytes > size || bytes < FrameHeaders.ETHERNET) {
            return false;
        }
        int frame = at + (int) data;
        int largeSend = PacketMessage.find(m, at, size, LARGE_SEND_INFO);
        int checksums = PacketMessage.find(m, at, size, CHECKSUM_INFO);
        int tag = PacketMessage.find(m, at, size, VLAN_INFO);
        int segment = 0;
        if (largeSend >= 0) {
            segment = largeSend(m, frame, (int) bytes, u32(m, largeSend), longest);
            if (segment < 0) {
                return false;
            }
        } else if (bytes > longest) {
            return false;
        } else if (checksums >= 0) {
            complete(m, frame, (int) bytes, u32(m, checksums));
        }
        if (tag >= 0) {
            byte[] tagged = tag(m, frame, (int) bytes, u32(m, tag));
            out.frame(tagged, 0, tagged.length, segment);
        } else {
            out.frame(m, frame, (int) bytes, segment);
        }
        return true;
    }

    /** Makes a large frame a valid one; the size of its segments, 0 when there is just one, -1 when it is malformed. */
    private int largeSend(byte[] m, int frame, int bytes, int info, int longest) {
        if ((info & LARGE_SEND_V2) == 0 || !LargeSend.complete(m, frame, bytes, headers)) {
            return -1;
        }
        int segment = Math.min(info & SEGMENT_MASK, longest - FrameHeaders.VLAN_TAG - (headers.payload - frame));
        int data = headers.end - headers.payload;
        if (segment <= 0 || data > (long) segment * MOST_SEGMENTS) {
            return -1;
        }
        return data <= segment ? 0 : segment;
    }

    private void complete(byte[] m, int frame, int bytes, int info) {
        if ((info & (SEND_TCP | SEND_UDP | SEND_IP)) == 0) {
            return;
        }
        boolean upper = headers.parse(m, frame, bytes, false);
        if ((info & SEND_IP) != 0) {
            Checksums.completeNetwork(m, headers);
        }
        if (upper && (info & (headers.protocol == FrameHeaders.TCP ? SEND_TCP : SEND_UDP)) != 0) {
            Checksums.completeTransport(m, headers);
        }
    }

    /** The frame with an IEEE 802.1Q tag behind its addresses. */
    private static byte[] tag(byte[] m, int frame, int bytes, int info) {
        // priority, drop eligibility, identifier, from the highest bit down
        return FrameHeaders.tagged(m, frame, bytes, (info & 7) << 13 | (info >> 3 & 1) << 12 | info >> VLAN_ID_SHIFT & 0xFFF);
    }
}
