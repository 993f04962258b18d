package dev.hv.devices.input;

import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;

import dev.hv.vmbus.protocol.PayloadText;

/** Packets of the synthetic keyboard and mouse in words. */
public final class InputText {

    /** Those of a keyboard. */
    public static final PayloadText KEYBOARD = (fromGuest, p, length, completion, out) -> keyboard(p, length, out);
    /** Those of a mouse. */
    public static final PayloadText MOUSE = (fromGuest, p, length, completion, out) -> mouse(p, length, out);

    private InputText() {}

    private static void keyboard(byte[] p, int length, StringBuilder out) {
        if (length < KeyboardFormat.HEADER + 4) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        switch (u32(p, KeyboardFormat.TYPE)) {
            case KeyboardFormat.PROTOCOL_REQUEST -> out.append("protocol request 0x%x".formatted(u32(p, KeyboardFormat.VERSION)));
            case KeyboardFormat.PROTOCOL_RESPONSE -> out.append("protocol response ").append(u32(p, KeyboardFormat.ACCEPTED) != 0 ? "accepted" : "refused");
            case KeyboardFormat.EVENT -> {
                int flags = length >= KeyboardFormat.EVENT_SIZE ? u32(p, KeyboardFormat.FLAGS) : 0;
                out.append("key %s%s%02x".formatted((flags & KeyboardFormat.BREAK) != 0 ? "up " : "down ",
                        (flags & KeyboardFormat.E0) != 0 ? "e0 " : (flags & KeyboardFormat.E1) != 0 ? "e1 " : "", u16(p, KeyboardFormat.SCAN_CODE)));
            }
            case KeyboardFormat.LEDS -> out.append("leds ").append(u16(p, KeyboardFormat.LED_FLAGS));
            default -> out.append("type ").append(u32(p, KeyboardFormat.TYPE));
        }
    }

    private static void mouse(byte[] p, int length, StringBuilder out) {
        if (length < MouseFormat.BODY) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int body = length - MouseFormat.BODY;
        switch (u32(p, MouseFormat.TYPE)) {
            case MouseFormat.PROTOCOL_REQUEST -> out.append("protocol request");
            case MouseFormat.PROTOCOL_RESPONSE -> out.append("protocol response").append(body < MouseFormat.PROTOCOL_RESPONSE_SIZE ? "" : p[MouseFormat.APPROVED] != 0 ? " approved" : " refused");
            case MouseFormat.DEVICE_INFO -> out.append("device information, ").append(body).append(" bytes");
            case MouseFormat.DEVICE_INFO_ACK -> out.append("device information ack");
            case MouseFormat.INPUT_REPORT -> {
                out.append("report");
                if (body >= MouseFormat.INPUT_REPORT_SIZE) {
                    out.append(" %d,%d buttons %d wheel %d".formatted(u16(p, MouseFormat.X), u16(p, MouseFormat.Y), p[MouseFormat.BUTTONS], (short) u16(p, MouseFormat.WHEEL)));
                }
            }
            default -> out.append("type ").append(u32(p, MouseFormat.TYPE));
        }
    }
}
