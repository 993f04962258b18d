package dev.hv.devices.memory;

import static dev.hv.devices.memory.DynamicMemoryFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.protocol.PayloadText;

/** Packets of dynamic memory in words. */
public final class MemoryText implements PayloadText {

    /** Has no state. */
    public MemoryText() {}

    @Override
    public void describe(boolean fromGuest, byte[] p, int length, boolean completion, StringBuilder out) {
        if (length < HEADER) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int type = LittleEndian.u16(p, TYPE);
        switch (type) {
            case VERSION_REQUEST -> out.append("version request").append(length < VERSION_REQUEST_SIZE ? "" : " 0x%x".formatted(LittleEndian.u32(p, VERSION)));
            case VERSION_RESPONSE -> out.append("version response");
            case CAPABILITIES -> out.append("capabilities").append(length < CAPABILITIES_SIZE ? "" : " 0x%x".formatted(LittleEndian.u64(p, CAPABILITY_BITS)));
            case CAPABILITIES_RESPONSE -> out.append("capabilities response");
            case STATUS -> {
                out.append("status");
                if (length >= STATUS_SIZE) {
                    out.append(" %d pages available, %d committed".formatted(LittleEndian.u64(p, AVAILABLE), LittleEndian.u64(p, COMMITTED)));
                }
            }
            case BALLOON_REQUEST -> out.append("balloon request").append(length < BALLOON_REQUEST_SIZE ? "" : " %d pages".formatted(LittleEndian.u32(p, HEADER) & 0xFFFF_FFFFL));
            case BALLOON_RESPONSE -> out.append("balloon response").append(length < BALLOON_RANGES ? "" : " %d ranges".formatted(LittleEndian.u32(p, BALLOON_COUNT) >>> 1));
            case UNBALLOON_REQUEST -> out.append("unballoon request").append(length < UNBALLOON_RANGES ? "" : " %d ranges".formatted(LittleEndian.u32(p, UNBALLOON_COUNT) & 0xFFFF_FFFFL));
            case UNBALLOON_RESPONSE -> out.append("unballoon response");
            case HOT_ADD_REQUEST -> {
                out.append("hot add request");
                if (length >= HOT_ADD_REQUEST_SIZE) {
                    long range = LittleEndian.u64(p, HEADER);
                    out.append(" %d pages at 0x%x".formatted(range >>> COUNT_SHIFT, (range & FIRST) << 12));
                }
            }
            case HOT_ADD_RESPONSE -> out.append("hot add response")
                    .append(length < HOT_ADD_RESPONSE_SIZE ? "" : " %d pages, result %d".formatted(LittleEndian.u32(p, ADDED_PAGES) & 0xFFFF_FFFFL, LittleEndian.u32(p, ADDED_RESULT)));
            case INFORMATION -> out.append("information");
            default -> out.append("type ").append(type);
        }
    }
}
