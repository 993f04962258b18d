package dev.hv.vmbus.protocol;

import static dev.hv.vmbus.ring.PacketFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.ring.Packet;
import dev.hv.vmbus.ring.PacketFormat;
import java.util.Arrays;

/** Packets of rings in words: what their descriptors say. */
public final class PacketText {

    private static final int UNIT = 8;

    private PacketText() {}

    /**
     * Describes a packet as it stands in a ring.
     *
     * @param payload describes what the packet carries; null for its size alone
     */
    public static String describe(boolean fromGuest, byte[] ring, int length, PayloadText payload) {
        var out = new StringBuilder();
        if (length < DESCRIPTOR) {
            return out.append("malformed, ").append(length).append(" bytes").toString();
        }
        int type = LittleEndian.u16(ring, PacketFormat.TYPE);
        int start = LittleEndian.u16(ring, OFFSET) * UNIT;
        int end = Math.min(length, LittleEndian.u16(ring, LENGTH) * UNIT);
        boolean completion = type == Packet.Type.COMPLETION.number();
        out.append(name(type)).append(" transaction 0x").append(Long.toHexString(LittleEndian.u64(ring, TRANSACTION)));
        if ((LittleEndian.u16(ring, PacketFormat.FLAGS) & COMPLETION_REQUESTED) != 0) {
            out.append(", answer wanted");
        }
        if (type == Packet.Type.GPA_DIRECT.number() && length >= GPA_RANGES + UNIT) {
            out.append(", ").append(LittleEndian.u32(ring, GPA_COUNT)).append(" ranges, first ").append(LittleEndian.u32(ring, GPA_RANGES) & 0xFFFF_FFFFL).append(" bytes");
        } else if (type == Packet.Type.TRANSFER_PAGES.number() && length >= TRANSFER_RANGES + UNIT) {
            out.append(", ").append(LittleEndian.u32(ring, TRANSFER_COUNT)).append(" ranges, first ").append(LittleEndian.u32(ring, TRANSFER_RANGES) & 0xFFFF_FFFFL).append(" bytes");
        }
        if (start < DESCRIPTOR || start > end) {
            return out.append(", malformed").toString();
        }
        out.append("; ");
        if (payload == null) {
            out.append(end - start).append(" bytes");
        } else {
            payload.describe(fromGuest, Arrays.copyOfRange(ring, start, end), end - start, completion, out);
        }
        return out.toString();
    }

    private static String name(int type) {
        return switch (Packet.Type.of(type)) {
            case IN_BAND -> "in-band";
            case TRANSFER_PAGES -> "transfer-pages";
            case GPA_DIRECT -> "gpa-direct";
            case COMPLETION -> "completion";
            case null -> "type " + type;
        };
    }
}
