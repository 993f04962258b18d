package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;

/**
 * Gathers of AVX2 (SDM vol. 2C, "VPGATHERDD/VPGATHERQD" and the others). Elements are loaded from the lowest on; what a fault leaves undone can
 * be told from the mask, and the instruction goes on there. Alignment is never checked.
 */
public final class Gather {

    private static final int SIB = 4;

    private Gather() {}

    /** Elements of 32 bits by indices of 32 bits. */
    public static int d32(Cpu c, Insn d) {
        return unchecked(c, d, 4, 4);
    }

    /** Elements of 64 bits by indices of 32 bits. */
    public static int d64(Cpu c, Insn d) {
        return unchecked(c, d, 4, 8);
    }

    /** Elements of 32 bits by indices of 64 bits. */
    public static int q32(Cpu c, Insn d) {
        return unchecked(c, d, 8, 4);
    }

    /** Elements of 64 bits by indices of 64 bits. */
    public static int q64(Cpu c, Insn d) {
        return unchecked(c, d, 8, 8);
    }

    private static int unchecked(Cpu c, Insn d, int indexSize, int size) {
        c.alignmentFree = true;
        try {
            return gather(c, d, indexSize, size);
        } finally {
            c.alignmentFree = false;
        }
    }

    private static int gather(Cpu c, Insn d, int indexSize, int size) {
        int index = d.vectorIndex();
        if ((d.modrm & 7) != SIB || d.addrSize == 16 || d.reg == index || d.reg == d.vvvv || d.vvvv == index) {
            throw c.ud();
        }
        int n = (d.wide ? 32 : 16) / Math.max(size, indexSize);
        int parts = Math.max(1, n * size / 8);
        if (!d.amd) {
            // what is left of a mask can be seen after a fault: on Intel's processors whole elements, on AMD's what was there
            int all = d.wide ? 4 : 2;
            for (int i = 0; i < 8 * all / size; i++) {
                mask(c, d, i, size, chosen(c, d, i, size) ? -1 : 0);
            }
            Ymm.clear(c, d.vvvv, all);
        }
        for (int i = 0; i < n; i++) {
            if (chosen(c, d, i, size)) {
                long scaled = (indexSize == 4 ? Ymm.element32(c, index, i) : Ymm.part(c, index, i)) << (d.sib >> 6);
                long offset = c.gpr(d.base) + scaled + d.disp;
                long a = SegmentAccess.linear(c, d.seg, d.addrSize == 64 ? offset : offset & 0xFFFFFFFFL, size, false);
                if (size == 4) {
                    Ymm.element32(c, d.reg, i, Mem.read32(c, a));
                } else {
                    Ymm.part(c, d.reg, i, Mem.read64(c, a));
                }
                if (!d.amd && !d.wide) {
                    Ymm.clear(c, d.reg, 2);
                }
            }
            mask(c, d, i, size, 0);
        }
        Ymm.clear(c, d.vvvv, 0);
        Ymm.clear(c, d.reg, parts);
        return Outcome.NEXT;
    }

    private static boolean chosen(Cpu c, Insn d, int i, int size) {
        return size == 4 ? Ymm.element32(c, d.vvvv, i) < 0 : Ymm.part(c, d.vvvv, i) < 0;
    }

    private static void mask(Cpu c, Insn d, int i, int size, long v) {
        if (size == 4) {
            Ymm.element32(c, d.vvvv, i, v);
        } else {
            Ymm.part(c, d.vvvv, i, v);
        }
    }
}
