package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** Registers that keep what is written to them, with the bits that there are. */
final class RegisterFile implements Saveable {

    private static final int RAH_MASK = 0x8003_FFFF;
    private static final int PBA_RESET = 0x0014_0014;

    private final int[] values = new int[PLAIN_BYTES / 4];

    /** As after a reset, with the station's address from its memory. */
    void reset(NonVolatileMemory nvm) {
        Arrays.fill(values, 0);
        values[PBA / 4] = PBA_RESET;
        values[RAL / 4] = nvm.address(false);
        values[RAL / 4 + 1] = nvm.address(true) | ADDRESS_VALID;
        values[VET / 4] = 0x8100;
    }

    int get(int register) {
        return values[register / 4];
    }

    void set(int register, int value) {
        values[register / 4] = value & mask(register);
    }

    private static int mask(int register) {
        if (register >= RAL && register < RAL + 8 * ADDRESSES && (register & 4) != 0) {
            return RAH_MASK;
        }
        return switch (register) {
            case CTRL -> CTRL_KEPT;
            case CTRL_EXT -> ~REINITIALIZE;
            case RCTL -> 0x7EDF_BFFE;
            case TCTL -> 0x13FF_FFFA;
            case VET, FCAH, FCT, FCTTV, RDTR -> 0xFFFF;
            case FCRTH -> 0xFFF8;
            case TIPG -> 0x3FFF_FFFF;
            case TXCW -> 0xC000_FFFF;
            default -> -1;
        };
    }

    /** Those that are not zero. */
    @Override
    public void save(StateWriter out) {
        out.put("registers-count", Arrays.stream(values).filter(v -> v != 0).count());
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0) {
                out.item("register", "%04x".formatted(4 * i));
                out.put("offset", 4 * i);
                out.put("value", values[i]);
            }
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        Arrays.fill(values, 0);
        for (long n = in.take(); n > 0; n--) {
            int register = (int) in.take();
            values[register / 4] = (int) in.take();
        }
    }
}
