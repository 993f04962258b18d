package dev.hv.cpu.instructions;

import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Vector;

/** What SSE floating-point instructions share: MXCSR on the way in and out (SDM vol. 1, 11.5). */
public final class SseFp {

    static final long LOW32 = 0xFFFFFFFFL;

    private SseFp() {}

    /** The environment by MXCSR. */
    static FpEnv begin(Cpu c) {
        FpEnv e = c.fp;
        if (!e.gathering) {
            e.sse(c.mxcsr());
        }
        return e;
    }

    /** Begins an instruction of several parts, each with its own {@link #begin} and {@link #end}: exceptions are raised by {@link #close}. */
    public static void gather(Cpu c) {
        begin(c).gathering = true;
    }

    /**
     * Ends an instruction of several parts.
     *
     * @throws dev.hv.cpu.state.GuestFault as {@link #end}
     */
    public static void close(Cpu c) {
        c.fp.gathering = false;
        end(c, c.fp);
    }

    /**
     * Notes what occurred, before anything is written.
     *
     * @throws dev.hv.cpu.state.GuestFault #XM, or #UD where the system does not expect it, when an exception is not masked
     */
    static void end(Cpu c, FpEnv e) {
        if (e.flags != 0 && !e.gathering) {
            note(c, e);
        }
    }

    private static void note(Cpu c, FpEnv e) {
        if ((e.unmasked() & FpEnv.BEFORE) != 0) {
            // no element is computed
            e.flags &= FpEnv.BEFORE;
        }
        c.mxcsr(c.mxcsr() | e.flags);
        if (e.unmasked() != 0) {
            throw c.fault(c.cr4(Control.CR4_OSXMMEXCPT) ? Vector.XM : Vector.UD, 0);
        }
    }

    /** Two binary32 numbers as they stand in a half. */
    static long pair(int low, int high) {
        return low & LOW32 | (long) high << 32;
    }

    /** Replaces the lowest element of 32 bits. */
    static void set32(Cpu c, int x, int v) {
        c.xmm(2 * x, c.xmm(2 * x) & ~LOW32 | v & LOW32);
    }
}
