package dev.hv.cpu.forms;

import dev.hv.cpu.state.Cpu;

/** An instruction that decoding has found to be a fault: #UD, #NM, or #GP for too long ones. */
public final class Raise extends Op {

    private final int vector;

    /** Raises this vector with error code 0. */
    public Raise(int vector) {
        this.vector = vector;
    }

    @Override
    public int exec(Cpu c) {
        throw c.fault(vector, 0);
    }
}
