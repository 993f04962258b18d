package dev.hv.devices.video;

import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;
import static dev.hv.devices.video.VideoFormat.*;

import dev.hv.vmbus.protocol.PayloadText;

/** Packets of synthetic video in words. */
public final class VideoText implements PayloadText {

    private static final String[] NAMES = {null, "version request", "version response", "VRAM location", "VRAM location ack", "situation update", "situation update ack",
        "pointer position", "pointer shape", "feature change", "dirt", null, null, "resolution request", "resolution response"};

    /** Has no state. */
    public VideoText() {}

    @Override
    public void describe(boolean fromGuest, byte[] p, int length, boolean completion, StringBuilder out) {
        if (length < BODY) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int type = u32(p, TYPE);
        boolean known = type > 0 && type < NAMES.length && NAMES[type] != null;
        out.append(known ? NAMES[type] : "type " + type);
        int body = length - BODY;
        switch (type) {
            case VERSION_REQUEST, VERSION_RESPONSE -> {
                if (body >= VERSION_REQUEST_SIZE) {
                    out.append(" %d.%d".formatted(u32(p, VERSION) & 0xFFFF, u32(p, VERSION) >>> 16));
                }
                if (type == VERSION_RESPONSE && body >= VERSION_RESPONSE_SIZE) {
                    out.append(p[VERSION_ACCEPTED] != 0 ? " accepted" : " refused");
                }
            }
            case VRAM_LOCATION -> {
                if (body >= VRAM_LOCATION_SIZE) {
                    out.append(p[VRAM_SPECIFIED] != 0 ? " 0x%x".formatted(u64(p, VRAM_ADDRESS)) : " nowhere");
                }
            }
            case SITUATION_UPDATE -> {
                if (body >= SITUATION_SIZE) {
                    out.append(" %dx%d, %d bits, pitch %d%s".formatted(u32(p, WIDTH), u32(p, HEIGHT), p[DEPTH] & 0xFF, u32(p, PITCH), p[ACTIVE] != 0 ? "" : ", off"));
                }
            }
            case POINTER_POSITION -> {
                if (body >= POINTER_POSITION_SIZE) {
                    out.append(" %d,%d%s".formatted(u32(p, POINTER_X), u32(p, POINTER_Y), p[POINTER_VISIBLE] != 0 ? "" : ", hidden"));
                }
            }
            case POINTER_SHAPE -> {
                if (body >= SHAPE_SIZE) {
                    out.append(" %dx%d, part %d".formatted(u32(p, SHAPE_WIDTH), u32(p, SHAPE_HEIGHT), p[SHAPE_PART]));
                }
            }
            case DIRT -> {
                for (int i = 0; body >= DIRT_SIZE && i < (p[DIRT_COUNT] & 0xFF) && body >= DIRT_SIZE + (i + 1) * RECTANGLE; i++) {
                    int at = DIRT_RECTANGLES + i * RECTANGLE;
                    out.append(" %d,%d-%d,%d".formatted(u32(p, at), u32(p, at + 4), u32(p, at + 8), u32(p, at + 12)));
                }
            }
            default -> out.append(", ").append(body).append(" bytes");
        }
    }
}
