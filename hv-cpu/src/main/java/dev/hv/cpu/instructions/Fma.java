package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F32;
import dev.hv.cpu.softfloat.F64;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/**
 * FMA3 (SDM vol. 2C, "VFMADD132PD" and the others). The opcode says it all: its upper half which operands are multiplied, its lower half the
 * signs of product and addend.
 */
public final class Fma {

    private static final int ORDER_132 = 9;
    private static final int ORDER_213 = 0xA;
    private static final int ADD_SUBTRACT = 6;
    private static final int SUBTRACT_ADD = 7;
    private static final int NEGATED_PRODUCT = 0xC;

    private Fma() {}

    private static boolean negateProduct(Insn d) {
        return (d.opcode & 15) >= NEGATED_PRODUCT;
    }

    private static boolean negateAddend(Insn d, int element) {
        return switch (d.opcode & 15) {
            case ADD_SUBTRACT -> (element & 1) == 0;
            case SUBTRACT_ADD -> (element & 1) != 0;
            default -> (d.opcode & 2) != 0;
        };
    }

    private static long one64(FpEnv e, Insn d, int element, long x, long y, long z) {
        boolean p = negateProduct(d);
        boolean a = negateAddend(d, element);
        return switch (d.opcode >> 4) {
            case ORDER_132 -> F64.mulAdd(e, x, z, y, p, a);
            case ORDER_213 -> F64.mulAdd(e, y, x, z, p, a);
            default -> F64.mulAdd(e, y, z, x, p, a);
        };
    }

    private static int one32(FpEnv e, Insn d, int element, int x, int y, int z) {
        boolean p = negateProduct(d);
        boolean a = negateAddend(d, element);
        return switch (d.opcode >> 4) {
            case ORDER_132 -> F32.mulAdd(e, x, z, y, p, a);
            case ORDER_213 -> F32.mulAdd(e, y, x, z, p, a);
            default -> F32.mulAdd(e, y, z, x, p, a);
        };
    }

    /** Packed numbers of 32 bits. */
    public static int packed32(Cpu c, Insn d) {
        Ymm.source(c, d);
        FpEnv e = SseFp.begin(c);
        int n = d.wide ? 4 : 2;
        for (int i = 0; i < n; i++) {
            long x = Ymm.part(c, d.reg, i);
            long y = Ymm.part(c, d.vvvv, i);
            long z = c.xmm(Ymm.WORK + i);
            c.xmm(Ymm.WORK + i, SseFp.pair(one32(e, d, 0, (int) x, (int) y, (int) z), one32(e, d, 1, (int) (x >>> 32), (int) (y >>> 32), (int) (z >>> 32))));
        }
        return finish(c, d, e);
    }

    /** Packed numbers of 64 bits. */
    public static int packed64(Cpu c, Insn d) {
        Ymm.source(c, d);
        FpEnv e = SseFp.begin(c);
        int n = d.wide ? 4 : 2;
        for (int i = 0; i < n; i++) {
            c.xmm(Ymm.WORK + i, one64(e, d, i, Ymm.part(c, d.reg, i), Ymm.part(c, d.vvvv, i), c.xmm(Ymm.WORK + i)));
        }
        return finish(c, d, e);
    }

    private static int finish(Cpu c, Insn d, FpEnv e) {
        SseFp.end(c, e);
        boolean w = d.wide;
        Ymm.set(c, d.reg, c.xmm(Ymm.WORK), c.xmm(Ymm.WORK + 1), w ? c.xmm(Ymm.WORK + 2) : 0, w ? c.xmm(Ymm.WORK + 3) : 0);
        return Outcome.NEXT;
    }

    /** The lowest number of 32 bits. */
    public static int scalar32(Cpu c, Insn d) {
        int z = (int) (d.isReg ? c.xmm(2 * d.rm) : Mem.read32(c, Ea.of(c, d, 4, false)));
        FpEnv e = SseFp.begin(c);
        int r = one32(e, d, 0, (int) c.xmm(2 * d.reg), (int) c.xmm(2 * d.vvvv), z);
        SseFp.end(c, e);
        Ymm.set(c, d.reg, c.xmm(2 * d.reg) & ~SseFp.LOW32 | r & SseFp.LOW32, c.xmm(2 * d.reg + 1));
        return Outcome.NEXT;
    }

    /** The lowest number of 64 bits. */
    public static int scalar64(Cpu c, Insn d) {
        long z = d.isReg ? c.xmm(2 * d.rm) : Mem.read64(c, Ea.of(c, d, 8, false));
        FpEnv e = SseFp.begin(c);
        long r = one64(e, d, 0, c.xmm(2 * d.reg), c.xmm(2 * d.vvvv), z);
        SseFp.end(c, e);
        Ymm.set(c, d.reg, r, c.xmm(2 * d.reg + 1));
        return Outcome.NEXT;
    }
}
