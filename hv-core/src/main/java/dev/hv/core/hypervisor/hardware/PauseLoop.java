package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.state.CpuModel;

/** When PAUSE instructions are taken for a wait: how near to each other they must be, and how long they may go on. */
public final class PauseLoop {

    /** PAUSEs this near to each other make a loop. */
    private static final long GAP_NANOS = 500;
    /** How long such a loop may go on before somebody else gets the logical processor. */
    private static final long WINDOW_NANOS = 5_000;

    private PauseLoop() {}

    /** Ticks of the time-stamp counter between two PAUSEs of one loop, at most. */
    public static long gap(CpuModel model) {
        return GAP_NANOS * model.tscHz() / 1_000_000_000L;
    }

    /** Ticks of the time-stamp counter that a loop may take. */
    public static long window(CpuModel model) {
        return WINDOW_NANOS * model.tscHz() / 1_000_000_000L;
    }
}
