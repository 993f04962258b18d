package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.network.FrameHeaders;
import dev.hv.devices.network.ReceiveScaling;

/** The hash of a frame's addresses, and the queue that it leads to (datasheet, 7.1.8). */
final class ReceiveHash {

    private static final int KEY_BYTES = 40;
    private static final int ENTRIES = 128;
    private static final int TCP_IPV4 = 1 << 16;
    private static final int IPV4 = 1 << 17;
    private static final int IPV6 = 1 << 20;
    private static final int TCP_IPV6 = 1 << 21;

    private final RegisterFile registers;
    private int type;
    private int value;

    ReceiveHash(RegisterFile registers) {
        this.registers = registers;
    }

    /** Looks at a frame whose headers are known. */
    void of(byte[] frame, FrameHeaders h) {
        int control = registers.get(MRQC);
        type = 0;
        value = 0;
        if ((control & 3) != 1 || h.version == 0) {
            return;
        }
        boolean four = h.version == 4;
        boolean ports = h.protocol == FrameHeaders.TCP && (control & (four ? TCP_IPV4 : TCP_IPV6)) != 0;
        if (!ports && (control & (four ? IPV4 : IPV6)) == 0) {
            return;
        }
        type = four ? ports ? 1 : 2 : ports ? 3 : 5;
        byte[] key = new byte[KEY_BYTES];
        for (int i = 0; i < KEY_BYTES; i += 4) {
            LittleEndian.put32(key, i, registers.get(RSSRK + i));
        }
        value = ReceiveScaling.toeplitz(key, ReceiveScaling.input(frame, h, ports));
    }

    int type() {
        return type;
    }

    int value() {
        return value;
    }

    /** The upper bit of the table's entry. */
    int queue() {
        if (type == 0) {
            return 0;
        }
        int entry = value & ENTRIES - 1;
        return registers.get(RETA + (entry & ~3)) >>> (entry & 3) * 8 + 7 & 1;
    }
}
