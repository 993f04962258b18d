package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

/** Bit manipulation, BMI1 and BMI2 (SDM vol. 2, the pages of the names). Operands are zero-extended; undefined flags follow the result. */
public final class Bmi {

    private Bmi() {}

    /** ANDN on doublewords: ~a &amp; b; SF ZF, OF and CF clear. */
    public static long andn32(Cpu c, long a, long b) {
        long r = ~a & b;
        Flags.setLogic(c, (int) r);
        return r;
    }

    /** BLSR on doublewords: the lowest set bit cleared; CF for a zero source. */
    public static long blsr32(Cpu c, long a) {
        long r = a & a - 1;
        Flags.set(c, (int) r, a == 0, false, false);
        return r;
    }

    /** BLSMSK on doublewords: ones up to the lowest set bit; CF for a zero source. */
    public static long blsmsk32(Cpu c, long a) {
        long r = a ^ a - 1;
        Flags.set(c, (int) r, a == 0, false, false);
        return r;
    }

    /** BLSI on doublewords: the lowest set bit alone; CF for a source that is not zero. */
    public static long blsi32(Cpu c, long a) {
        long r = a & -a;
        Flags.set(c, (int) r, a != 0, false, false);
        return r;
    }

    /** BEXTR on doublewords: bits from b[7:0] on, b[15:8] of them; ZF, OF and CF clear. */
    public static long bextr32(Cpu c, long a, long b) {
        int start = (int) b & 0xFF;
        int length = (int) b >>> 8 & 0xFF;
        long r = start >= 32 ? 0 : a >>> start;
        r = length >= 32 ? r : r & (1L << length) - 1;
        Flags.setLogic(c, (int) r);
        return r;
    }

    /** BZHI on doublewords: bits from b[7:0] on cleared; CF where that is beyond the operand. */
    public static long bzhi32(Cpu c, long a, long b) {
        int n = (int) b & 0xFF;
        long r = n >= 32 ? a : a & (1L << n) - 1;
        Flags.set(c, (int) r, n >= 32, false, false);
        return r;
    }

    /** PEXT on doublewords: the bits of a at the ones of the mask, gathered at the bottom. */
    public static long pext32(Cpu c, long a, long mask) {
        return Long.compress(a, mask);
    }

    /** PDEP on doublewords: the low bits of a, spread over the ones of the mask. */
    public static long pdep32(Cpu c, long a, long mask) {
        return Long.expand(a, mask);
    }

    /** SHLX on doublewords: no flags. */
    public static long shlx32(Cpu c, long a, long count) {
        return a << (count & 31);
    }

    /** SHRX on doublewords: no flags. */
    public static long shrx32(Cpu c, long a, long count) {
        return a >>> (count & 31);
    }

    /** SARX on doublewords: no flags. */
    public static long sarx32(Cpu c, long a, long count) {
        return (int) a >> (count & 31);
    }

    /** RORX on doublewords: no flags. */
    public static long rorx32(Cpu c, long a, long count) {
        return Integer.rotateRight((int) a, (int) count);
    }

    /** ANDN on quadwords: ~a &amp; b; SF ZF, OF and CF clear. */
    public static long andn64(Cpu c, long a, long b) {
        long r = ~a & b;
        Flags.setLogic(c, r);
        return r;
    }

    /** BLSR on quadwords: the lowest set bit cleared; CF for a zero source. */
    public static long blsr64(Cpu c, long a) {
        long r = a & a - 1;
        Flags.set(c, r, a == 0, false, false);
        return r;
    }

    /** BLSMSK on quadwords: ones up to the lowest set bit; CF for a zero source. */
    public static long blsmsk64(Cpu c, long a) {
        long r = a ^ a - 1;
        Flags.set(c, r, a == 0, false, false);
        return r;
    }

    /** BLSI on quadwords: the lowest set bit alone; CF for a source that is not zero. */
    public static long blsi64(Cpu c, long a) {
        long r = a & -a;
        Flags.set(c, r, a != 0, false, false);
        return r;
    }

    /** BEXTR on quadwords: bits from b[7:0] on, b[15:8] of them; ZF, OF and CF clear. */
    public static long bextr64(Cpu c, long a, long b) {
        int start = (int) b & 0xFF;
        int length = (int) b >>> 8 & 0xFF;
        long r = start >= 64 ? 0 : a >>> start;
        r = length >= 64 ? r : r & (1L << length) - 1;
        Flags.setLogic(c, r);
        return r;
    }

    /** BZHI on quadwords: bits from b[7:0] on cleared; CF where that is beyond the operand. */
    public static long bzhi64(Cpu c, long a, long b) {
        int n = (int) b & 0xFF;
        long r = n >= 64 ? a : a & (1L << n) - 1;
        Flags.set(c, r, n >= 64, false, false);
        return r;
    }

    /** PEXT on quadwords: the bits of a at the ones of the mask, gathered at the bottom. */
    public static long pext64(Cpu c, long a, long mask) {
        return Long.compress(a, mask);
    }

    /** PDEP on quadwords: the low bits of a, spread over the ones of the mask. */
    public static long pdep64(Cpu c, long a, long mask) {
        return Long.expand(a, mask);
    }

    /** SHLX on quadwords: no flags. */
    public static long shlx64(Cpu c, long a, long count) {
        return a << (count & 63);
    }

    /** SHRX on quadwords: no flags. */
    public static long shrx64(Cpu c, long a, long count) {
        return a >>> (count & 63);
    }

    /** SARX on quadwords: no flags. */
    public static long sarx64(Cpu c, long a, long count) {
        return a >> (count & 63);
    }

    /** RORX on quadwords: no flags. */
    public static long rorx64(Cpu c, long a, long count) {
        return Long.rotateRight(a, (int) count);
    }

    /** MULX: the two halves of RDX * operand, the low one first, so that the high one stays where both name one register. No flags. */
    public static int mulx(Cpu c, Insn d) {
        int size = d.opSize / 8;
        long b = d.isReg ? c.gpr(d.rm) : Mem.read(c, Ea.of(c, d, size, false), size);
        long a = c.gpr(Cpu.RDX);
        if (size == 8) {
            c.gpr(d.vvvv, a * b);
            c.gpr(d.reg, Math.unsignedMultiplyHigh(a, b));
        } else {
            long product = (a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL);
            c.gpr(d.vvvv, product & 0xFFFFFFFFL);
            c.gpr(d.reg, product >>> 32);
        }
        return Outcome.NEXT;
    }
}
