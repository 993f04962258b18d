package dev.hv.cpu.forms;

import dev.hv.cpu.state.Cpu;

/** A whole block as one method. */
public abstract class CompiledBlock {

    /**
     * Executes the block. When an operation throws, {@link Cpu#operation} is its index.
     *
     * @return {@link dev.hv.cpu.state.Outcome#NEXT} when every operation returned that; else the first other outcome in bits 2:0
     *     and the index of its operation above
     */
    public abstract int run(Cpu c);
}
