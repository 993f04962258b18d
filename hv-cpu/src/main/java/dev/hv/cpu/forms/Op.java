package dev.hv.cpu.forms;

import dev.hv.cpu.state.Cpu;

/** One operation of a block: an instruction in one operand form, with just the fields that form needs. */
public abstract class Op {

    /**
     * Executes. Everything that can fault happens before state changes.
     *
     * @return one of {@link dev.hv.cpu.state.Outcome}
     */
    public abstract int exec(Cpu c);

    /** Segment its memory operand uses: a bad address is #SS where this is SS. */
    public int segment() {
        return Cpu.DS;
    }
}
