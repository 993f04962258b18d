package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F16;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** F16C: conversions from and to binary16 (SDM vol. 1, 14.4; vol. 2C, "VCVTPH2PS", "VCVTPS2PH"). */
public final class SseFpHalf {

    /** Immediate: rounding by MXCSR. */
    private static final int BY_MXCSR = 1 << 2;

    private SseFpHalf() {}

    /** VCVTPH2PS, four numbers. */
    public static void cvtph2ps(Cpu c, int x, long v) {
        FpEnv e = SseFp.begin(c);
        long low = SseFp.pair(F16.to32(e, (int) v), F16.to32(e, (int) (v >>> 16)));
        long high = SseFp.pair(F16.to32(e, (int) (v >>> 32)), F16.to32(e, (int) (v >>> 48)));
        SseFp.end(c, e);
        SseMove.load(c, x, low, high);
    }

    /** VCVTPS2PH. */
    public static int cvtps2ph(Cpu c, Insn d) {
        int parts = d.wide ? 4 : 2;
        if (!d.isReg && d.amd) {
            // exceptions of the numbers come before those of memory on Intel's processors, and MXCSR keeps what they met
            Mem.probeWrite(c, Ea.of(c, d, 4 * parts, true), 4 * parts);
        }
        FpEnv e = SseFp.begin(c);
        if ((d.imm & BY_MXCSR) == 0) {
            e.rounding = (int) d.imm & 3;
        }
        long low = pair(e, c.xmm(2 * d.reg)) | pair(e, c.xmm(2 * d.reg + 1)) << 32;
        long high = d.wide ? pair(e, c.ymmHigh(2 * d.reg)) | pair(e, c.ymmHigh(2 * d.reg + 1)) << 32 : 0;
        SseFp.end(c, e);
        if (d.isReg) {
            Ymm.set(c, d.rm, low, high);
        } else if (d.wide) {
            Mem.write128(c, Ea.of(c, d, 16, true), low, high);
        } else {
            Mem.write64(c, Ea.of(c, d, 8, true), low);
        }
        return Outcome.NEXT;
    }

    private static long pair(FpEnv e, long v) {
        return F16.from32(e, (int) v) | (long) F16.from32(e, (int) (v >>> 32)) << 16;
    }
}
