package dev.hv.cpu.state;

import dev.hv.cpu.memory.PhysicalBus;

/** The processor's cache of decoded code, as the memory path sees it. */
public interface CodeWatch extends PhysicalBus.CodeWatcher {

    /** Whether some cached block has bytes in this physical page. */
    boolean watches(long physicalPage);

    /**
     * The processor is about to write these bytes of a watched page: blocks that contain one of them are dropped.
     *
     * @throws RestartSignal when the block being executed is among them: nothing is written yet, and the engine runs the
     *     instruction again alone
     */
    void beforeWrite(long physical, int length);

    /**
     * The instruction being executed is about to do what a debug trap must follow at once, or what must not be done again for one.
     *
     * @throws RestartSignal when others of its block would follow it: nothing is done yet, and the engine runs the instruction
     *     again alone
     */
    void alone();

    /** The host's debugger stops at a linear address from now on, or no longer: code that holds it is decoded anew. */
    default void breakpoint(long linear) {}
}
