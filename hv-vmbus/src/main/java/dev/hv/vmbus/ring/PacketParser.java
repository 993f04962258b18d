package dev.hv.vmbus.ring;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.PageRange;
import dev.hv.vmbus.memory.RangeFormat;

/** Takes a packet apart that a guest wrote; it was copied out of the ring, so it does not change meanwhile. */
public final class PacketParser {

    private PacketParser() {}

    /** Fills {@code into} with the packet of {@code length} bytes; false when it is malformed. */
    public static boolean parse(byte[] b, int length, DmaView memory, Packet into) {
        int at = LittleEndian.u16(b, PacketFormat.OFFSET) * 8;
        if (at < PacketFormat.DESCRIPTOR || at > length) {
            return false;
        }
        Packet.Type type = Packet.Type.of(LittleEndian.u16(b, PacketFormat.TYPE));
        // only the host sends transfer pages
        if (type == null || type == Packet.Type.TRANSFER_PAGES) {
            return false;
        }
        boolean completion = (LittleEndian.u16(b, PacketFormat.FLAGS) & PacketFormat.COMPLETION_REQUESTED) != 0;
        into.set(type, completion, LittleEndian.u64(b, PacketFormat.TRANSACTION), b, at, length - at);
        return type != Packet.Type.GPA_DIRECT || ranges(b, at, memory, into);
    }

    /** Ranges of a GPA-direct packet, which end before the payload. */
    private static boolean ranges(byte[] b, int end, DmaView memory, Packet into) {
        if (end < PacketFormat.GPA_RANGES) {
            return false;
        }
        int count = LittleEndian.u32(b, PacketFormat.GPA_COUNT);
        if (count < 0 || count > (end - PacketFormat.GPA_RANGES) / RangeFormat.HEAD) {
            return false;
        }
        int at = PacketFormat.GPA_RANGES;
        for (int i = 0; i < count; i++) {
            PageRange range = PageRange.parse(memory, b, at, end);
            if (range == null) {
                return false;
            }
            into.addBuffer(range);
            at += range.described();
        }
        return true;
    }
}
