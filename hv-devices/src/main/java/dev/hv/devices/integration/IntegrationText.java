package dev.hv.devices.integration;

import static dev.hv.devices.integration.IcFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.protocol.PayloadText;

/** Packets of integration components in words. */
public final class IntegrationText implements PayloadText {

    private static final String[] SHADOW_COPIES = {"create", "delete", "check", "mapping", "complete", "freeze", "thaw", "recover"};
    private static final String[] FILE_COPIES = {"start", "write", "complete", "cancel"};

    /** Has no state. */
    public IntegrationText() {}

    @Override
    public void describe(boolean fromGuest, byte[] p, int length, boolean completion, StringBuilder out) {
        if (length < PAYLOAD) {
            out.append("malformed, ").append(length).append(" bytes");
            return;
        }
        int type = LittleEndian.u16(p, TYPE);
        out.append(switch (type) {
            case NEGOTIATE -> "negotiate";
            case HEARTBEAT -> "heartbeat";
            case KEY_VALUE -> "key-value";
            case SHUTDOWN -> "shutdown";
            case TIME_SYNC -> "time";
            case SHADOW_COPY -> "shadow copy" + operation(length, SHADOW_COPIES, length > PAYLOAD ? p[PAYLOAD] : 0);
            case FILE_COPY -> "file copy" + operation(length, FILE_COPIES, length >= PAYLOAD + 4 ? LittleEndian.u32(p, PAYLOAD) : 0);
            default -> "type " + type;
        });
        int flags = p[FLAGS];
        out.append((flags & FLAG_REQUEST) != 0 ? " request" : "").append((flags & FLAG_RESPONSE) != 0 ? " response" : "");
        out.append(" status 0x%08x, %d bytes".formatted(LittleEndian.u32(p, STATUS), LittleEndian.u16(p, SIZE)));
    }

    /** Versions are agreed on before there are operations. */
    private static String operation(int length, String[] names, int number) {
        return length <= PAYLOAD ? "" : number < 0 || number >= names.length ? " operation " + number : " " + names[number];
    }
}
