package dev.hv.devices.chipset;

import dev.hv.core.machine.PowerControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The chipset's reset registers: 0xCF9 (reset control) and 0x92 (system control port A, with an A20 gate that is always open). */
public final class ResetControl implements BytePorts, Saveable {

    static final int CONTROL_A = 0x92;
    static final int RESET_CONTROL = 0xCF9;
    private static final int FAST_RESET = 1;
    private static final int A20 = 1 << 1;
    private static final int RESET_PROCESSOR = 1 << 2;

    private final PowerControl power;
    private int controlA = A20;
    private int resetControl;

    /** The registers after reset. */
    public ResetControl(PowerControl power) {
        this.power = power;
    }

    /** Hardware reset. */
    public void reset() {
        controlA = A20;
        resetControl = 0;
    }

    @Override
    public int readByte(int port) {
        return port == CONTROL_A ? controlA : resetControl;
    }

    @Override
    public void writeByte(int port, int value) {
        if (port == CONTROL_A) {
            boolean edge = (value & ~controlA & FAST_RESET) != 0;
            controlA = value & 0xFE | A20 | value & FAST_RESET;
            if (edge) {
                power.reset();
            }
        } else {
            boolean edge = (value & ~resetControl & RESET_PROCESSOR) != 0;
            resetControl = value & 0x0E;
            if (edge) {
                power.reset();
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("reset-control", 1);
        out.put("control-a", controlA);
        out.put("reset-control", resetControl);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("reset-control", 1);
        controlA = (int) in.take();
        resetControl = (int) in.take();
        in.end();
    }
}
