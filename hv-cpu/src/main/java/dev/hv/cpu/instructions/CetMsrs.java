package dev.hv.cpu.instructions;

import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ShadowStack;

/** The MSRs of control-flow enforcement (SDM vol. 4, table 2-2; vol. 1, 17.1.2). */
final class CetMsrs {

    static final int U_CET = 0x6A0;
    static final int S_CET = 0x6A2;
    static final int PL0_SSP = 0x6A4;
    static final int PL3_SSP = 0x6A7;
    static final int INTERRUPT_SSP_TABLE = 0x6A8;

    private static final long SHADOW_STACKS = ShadowStack.ENABLE | ShadowStack.ENABLE_WRITES;
    private static final long TRACKING = BranchTracking.ENABLE | BranchTracking.LEGACY_PAGES | BranchTracking.NO_TRACK | BranchTracking.SUPPRESS_DISABLE
            | BranchTracking.SUPPRESS | BranchTracking.WAIT | BranchTracking.BITMAP;

    private CetMsrs() {}

    /** Whether the processor has this MSR, and it is one of these. */
    static boolean has(CpuModel m, int msr) {
        return switch (msr) {
            case U_CET, S_CET -> m.has(Feature.SHSTK) || m.has(Feature.IBT);
            default -> msr >= PL0_SSP && msr <= INTERRUPT_SSP_TABLE && m.has(Feature.SHSTK);
        };
    }

    static long read(Cpu c, int msr) {
        return switch (msr) {
            case U_CET -> c.userCet;
            case S_CET -> c.supervisorCet;
            case INTERRUPT_SSP_TABLE -> c.interruptSspTable;
            default -> c.levelSsp[msr - PL0_SSP];
        };
    }

    /** Whether a value may be written. */
    static boolean valid(CpuModel m, int msr, long v) {
        if (!Canonical.register(m, msr == U_CET || msr == S_CET ? v & BranchTracking.BITMAP : v)) {
            return false;
        }
        return switch (msr) {
            case U_CET, S_CET -> {
                long valid = (m.has(Feature.SHSTK) ? SHADOW_STACKS : 0) | (m.has(Feature.IBT) ? TRACKING : 0);
                long both = BranchTracking.SUPPRESS | BranchTracking.WAIT;
                yield (v & ~valid) == 0 && (v & both) != both;
            }
            case INTERRUPT_SSP_TABLE -> true;
            default -> (v & 3) == 0;
        };
    }

    static void write(Cpu c, int msr, long v) {
        if (!valid(c.model, msr, v)) {
            throw c.gp();
        }
        switch (msr) {
            case U_CET -> c.userCet = v;
            case S_CET -> c.supervisorCet = v;
            case INTERRUPT_SSP_TABLE -> c.interruptSspTable = v;
            default -> c.levelSsp[msr - PL0_SSP] = v;
        }
        Modes.update(c);
    }
}
