package dev.hv.devices.network;

import static dev.hv.devices.network.RndisFormat.*;

import java.util.ArrayList;
import java.util.List;

/** Turns frames for the guest into RNDIS messages, with what the adapter has found out about them, and picks their channel. */
final class FrameReceiver implements FrameSink {

    /** Takes the messages of one packet. */
    @FunctionalInterface
    interface Out {
        /** Messages for the channel with an index. */
        void deliver(int channel, byte[][] messages);
    }

    private final RndisControl control;
    private final Out out;
    private final FrameHeaders headers = new FrameHeaders();
    private int sectionSize;
    private int most;

    FrameReceiver(RndisControl control, Out out) {
        this.control = control;
        this.out = out;
    }

    /** Says how long a message can be, and how many can be in one packet; 0 for none. */
    void setRoom(int newSectionSize, int newMost) {
        sectionSize = newSectionSize;
        most = newMost;
    }

    @Override
    public void frame(byte[] bytes, int offset, int length) {
        if (wanted(bytes, offset) && length <= longest()) {
            byte[] m = message(bytes, offset, length);
            out.deliver(control.scaling().channel(bytes, headers), new byte[][] {m});
        }
    }

    /** The guest may have described its buffer under another MTU: a frame must be allowed, and fit. */
    private int longest() {
        return Math.min(control.longestFrame(), sectionSize - PacketMessage.MOST_HEADER);
    }

    private boolean wanted(byte[] bytes, int offset) {
        return most > 0 && control.linkUp() && control.wants(bytes, offset);
    }

    private byte[] message(byte[] bytes, int offset, int length) {
        return PacketMessage.of(bytes, offset, length, checksums(bytes, offset, length), 0);
    }

    /** What the guest is told of the check sums; leaves the headers parsed. */
    private int checksums(byte[] bytes, int offset, int length) {
        if (!headers.parse(bytes, offset, length, false) || !control.offloads().validated(headers) || !Checksums.valid(bytes, headers)) {
            return 0;
        }
        return (headers.protocol == FrameHeaders.TCP ? RECEIVED_TCP : RECEIVED_UDP) | (headers.version == 4 ? RECEIVED_IP : 0);
    }

    /** Goes in parts of one packet to a guest that coalesces, else as segments that share packets. */
    @Override
    public boolean large(byte[] bytes, int offset, int length, int segment) {
        if (!wanted(bytes, offset)) {
            return true;
        }
        int checksums = checksums(bytes, offset, length);
        int channel = control.scaling().channel(bytes, headers);
        int partSize = sectionSize - PacketMessage.MOST_HEADER;
        int parts = Math.ceilDiv(length, partSize);
        if (parts <= most && control.coalesces(headers.version)) {
            byte[][] messages = new byte[parts][];
            for (int i = 0; i < parts; i++) {
                int flags = PART | (i == 0 ? FIRST_PART : 0) | (i == parts - 1 ? LAST_PART : 0);
                int at = i * partSize;
                messages[i] = PacketMessage.of(bytes, offset + at, Math.min(partSize, length - at), i == 0 ? checksums : 0, flags);
            }
            out.deliver(channel, messages);
            return true;
        }
        List<byte[]> segments = new ArrayList<>();
        LargeSend.split(bytes, offset, length, segment, (b, at, n) -> {
            if (n <= longest()) {
                segments.add(message(b, at, n));
            }
        });
        for (int i = 0; i < segments.size(); i += most) {
            out.deliver(channel, segments.subList(i, Math.min(i + most, segments.size())).toArray(byte[][]::new));
        }
        return true;
    }
}
