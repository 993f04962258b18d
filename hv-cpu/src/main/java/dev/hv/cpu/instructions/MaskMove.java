package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;

/** MASKMOVQ and MASKMOVDQU, which store chosen bytes at DS:rDI (SDM vol. 2), and the fences. */
public final class MaskMove {

    private MaskMove() {}

    /** MASKMOVQ. */
    public static int maskmovq(Cpu c, Insn d) {
        Mmx.check(c);
        Mmx.touch(c);
        int source = d.reg & 7;
        int mask = d.rm & 7;
        store(c, d, 8, c.fpSignificand[source], 0, (int) Shuffles.pmovmskb(c, c.fpSignificand[mask]));
        return Outcome.NEXT;
    }

    /** MASKMOVDQU. */
    public static int maskmovdqu(Cpu c, Insn d) {
        store(c, d, 16, c.xmm(2 * d.reg), c.xmm(2 * d.reg + 1), (int) Shuffles.pmovmskb(c, c.xmm(2 * d.rm), c.xmm(2 * d.rm + 1)));
        return Outcome.NEXT;
    }

    /**
     * All of the operand must be writable, even when no byte is chosen. Processors look at it by eight bytes: Intel's at the last ones first, AMD's at
     * each with an offset of its own.
     */
    private static void store(Cpu c, Insn d, int size, long low, long high, int mask) {
        int seg = d.segOverride >= 0 ? d.segOverride : Cpu.DS;
        long offset = c.gpr(Cpu.RDI) & offsets(d);
        long ea;
        long upper;
        if (d.amd) {
            ea = SegmentAccess.linear(c, seg, offset, 8, true);
            Mem.probeWrite(c, ea, 8);
            upper = size > 8 ? SegmentAccess.linear(c, seg, offset + 8 & offsets(d), 8, true) : 0;
            if (size > 8) {
                Mem.probeWrite(c, upper, 8);
            }
        } else {
            if (size > 8) {
                eightBytes(c, d, SegmentAccess.linear(c, seg, offset + 8, 8, true));
            }
            ea = SegmentAccess.linear(c, seg, offset, 8, true);
            eightBytes(c, d, ea);
            upper = ea + 8;
        }
        for (int i = 0; i < size; i++) {
            if ((mask >>> i & 1) != 0) {
                Mem.write8(c, i < 8 ? ea + i : upper + i - 8, (i < 8 ? low : high) >>> 8 * (i & 7));
            }
        }
    }

    /** What can be wrong with eight bytes, in the order of Intel's processors. */
    private static void eightBytes(Cpu c, Insn d, long a) {
        if (d.mode64() && !Canonical.data(c, a)) {
            throw c.nonCanonical();
        }
        MemSlow.checkAlignment(c, a, 8);
        Mem.probeWrite(c, a, 8);
    }

    /** Ones at the bits of an offset. */
    private static long offsets(Insn d) {
        return d.addrSize == 64 ? -1L : (1L << d.addrSize) - 1;
    }

    /** LFENCE, MFENCE and SFENCE: a lone processor makes every access in program order already. */
    public static int fence(Cpu c, Insn d) {
        if (d.parallel) {
            Raw.fullFence();
        }
        return Outcome.NEXT;
    }
}
