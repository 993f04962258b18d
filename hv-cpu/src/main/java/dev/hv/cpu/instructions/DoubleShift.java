package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;

/**
 * Double-precision shifts (SDM vol. 2, "SHLD" and "SHRD"). The count is taken modulo 32, or modulo 64 for quadwords; 0 leaves
 * the flags alone. OF says whether the sign changed (defined for a count of 1). Word counts above 16, which the manual leaves
 * undefined, shift the destination in again after the source on Intel's processors, and the source again on AMD's.
 */
public final class DoubleShift {

    private DoubleShift() {}

    /** SHLD on words. */
    public static long shld16(Cpu c, long a, long b, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long wide = a << 32 | b << 16 | (c.model.intel() ? a : b);
        long r = wide >>> 32 - n & 0xFFFF;
        flags(c, (short) r, (wide >>> 48 - n & 1) != 0, ((a ^ r) & 0x8000) != 0);
        return r;
    }

    /** SHLD on doublewords. */
    public static long shld32(Cpu c, long a, long b, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (a << 32 | b) >>> 32 - n & 0xFFFFFFFFL;
        flags(c, (int) r, (a >>> 32 - n & 1) != 0, ((a ^ r) & 0x80000000L) != 0);
        return r;
    }

    /** SHLD on quadwords. */
    public static long shld64(Cpu c, long a, long b, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = a << n | b >>> 64 - n;
        flags(c, r, (a >>> 64 - n & 1) != 0, (a ^ r) < 0);
        return r;
    }

    /** SHRD on words. */
    public static long shrd16(Cpu c, long a, long b, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long wide = (c.model.intel() ? a : b) << 32 | b << 16 | a;
        long r = wide >>> n & 0xFFFF;
        flags(c, (short) r, (wide >>> n - 1 & 1) != 0, ((a ^ r) & 0x8000) != 0);
        return r;
    }

    /** SHRD on doublewords. */
    public static long shrd32(Cpu c, long a, long b, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (b << 32 | a) >>> n & 0xFFFFFFFFL;
        flags(c, (int) r, (a >>> n - 1 & 1) != 0, ((a ^ r) & 0x80000000L) != 0);
        return r;
    }

    /** SHRD on quadwords. */
    public static long shrd64(Cpu c, long a, long b, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = a >>> n | b << 64 - n;
        flags(c, r, (a >>> n - 1 & 1) != 0, (a ^ r) < 0);
        return r;
    }

    private static void flags(Cpu c, long result, boolean cf, boolean of) {
        Flags.set(c, result, cf, of, false);
    }
}
