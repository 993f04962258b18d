package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;

/**
 * Shifts and rotates (SDM vol. 2, "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR", "SHLD", "SHRD"). Operands are zero-extended; of the
 * result the low bits count. The count is taken modulo 32, or modulo 64 for quadwords, and a count of 0 leaves the flags
 * alone. OF is defined for a count of 1 only: for others it is what the formula for 1 gives. AF ends up clear.
 */
public final class Shift {

    private Shift() {}

    /** SHL, SAL on bytes: CF is the last bit shifted out, OF = CF xor sign. */
    public static long shl8(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a << n;
        // CF lies one bit above the result, and CF xor OF is the result's sign
        Flags.set8(c, r, r >>> 1 & ~8L);
        return r;
    }

    /** SHR on bytes: CF is the last bit shifted out, OF the sign before (for a count of 1). */
    public static long shr8(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a >>> n;
        long cf = a >>> n - 1 & 1;
        Flags.set8(c, r, cf << 7 | (cf ^ r >>> 6 & 1) << 6);
        return r;
    }

    /** SAR on bytes: CF is the last bit shifted out, OF is clear. */
    public static long sar8(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long wide = (byte) a;
        long r = wide >> n;
        Flags.set8(c, r, (wide >> n - 1 & 1) * 0xc0);
        return r;
    }

    /** ROL on bytes: CF is the bit that moved from the top to the bottom, OF = CF xor sign; SF ZF AF PF stay. */
    public static long rol8(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (a << (n & 7) | a >>> 8 - (n & 7)) & 0xFF;
        boolean cf = (r & 1) != 0;
        Flags.setCf(c, cf);
        Flags.setOf(c, cf ^ (r >>> 7 & 1) != 0);
        return r;
    }

    /** ROR on bytes: CF is the sign of the result, OF the xor of its two top bits; SF ZF AF PF stay. */
    public static long ror8(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (a >>> (n & 7) | a << 8 - (n & 7)) & 0xFF;
        Flags.setCf(c, (r >>> 7 & 1) != 0);
        Flags.setOf(c, ((r >>> 7 ^ r >>> 6) & 1) != 0);
        return r;
    }

    /** RCL on bytes: rotates through CF; OF = CF xor sign; SF ZF AF PF stay. */
    public static long rcl8(Cpu c, long a, long count) {
        int n = ((int) count & 31) % 9;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 8 | a;
        long r = (both << n | both >>> 9 - n) & 0xFF;
        boolean out = (both >>> 8 - n & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, out ^ (r >>> 7 & 1) != 0);
        return r;
    }

    /** RCR on bytes: rotates through CF; OF is the xor of the two top bits of the result; SF ZF AF PF stay. */
    public static long rcr8(Cpu c, long a, long count) {
        int n = ((int) count & 31) % 9;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 8 | a;
        long r = (both >>> n | both << 9 - n) & 0xFF;
        boolean out = (both >>> n - 1 & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, ((r >>> 7 ^ r >>> 6) & 1) != 0);
        return r;
    }

    /** SHL, SAL on words: CF is the last bit shifted out, OF = CF xor sign. */
    public static long shl16(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a << n;
        // CF lies one bit above the result, and CF xor OF is the result's sign
        Flags.set16(c, r, r >>> 1 & ~8L);
        return r;
    }

    /** SHR on words: CF is the last bit shifted out, OF the sign before (for a count of 1). */
    public static long shr16(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a >>> n;
        long cf = a >>> n - 1 & 1;
        Flags.set16(c, r, cf << 15 | (cf ^ r >>> 14 & 1) << 14);
        return r;
    }

    /** SAR on words: CF is the last bit shifted out, OF is clear. */
    public static long sar16(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long wide = (short) a;
        long r = wide >> n;
        Flags.set16(c, r, (wide >> n - 1 & 1) * 0xc000);
        return r;
    }

    /** ROL on words: CF is the bit that moved from the top to the bottom, OF = CF xor sign; SF ZF AF PF stay. */
    public static long rol16(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (a << (n & 15) | a >>> 16 - (n & 15)) & 0xFFFF;
        boolean cf = (r & 1) != 0;
        Flags.setCf(c, cf);
        Flags.setOf(c, cf ^ (r >>> 15 & 1) != 0);
        return r;
    }

    /** ROR on words: CF is the sign of the result, OF the xor of its two top bits; SF ZF AF PF stay. */
    public static long ror16(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = (a >>> (n & 15) | a << 16 - (n & 15)) & 0xFFFF;
        Flags.setCf(c, (r >>> 15 & 1) != 0);
        Flags.setOf(c, ((r >>> 15 ^ r >>> 14) & 1) != 0);
        return r;
    }

    /** RCL on words: rotates through CF; OF = CF xor sign; SF ZF AF PF stay. */
    public static long rcl16(Cpu c, long a, long count) {
        int n = ((int) count & 31) % 17;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 16 | a;
        long r = (both << n | both >>> 17 - n) & 0xFFFF;
        boolean out = (both >>> 16 - n & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, out ^ (r >>> 15 & 1) != 0);
        return r;
    }

    /** RCR on words: rotates through CF; OF is the xor of the two top bits of the result; SF ZF AF PF stay. */
    public static long rcr16(Cpu c, long a, long count) {
        int n = ((int) count & 31) % 17;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 16 | a;
        long r = (both >>> n | both << 17 - n) & 0xFFFF;
        boolean out = (both >>> n - 1 & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, ((r >>> 15 ^ r >>> 14) & 1) != 0);
        return r;
    }

    /** SHL, SAL on doublewords: CF is the last bit shifted out, OF = CF xor sign. */
    public static long shl32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a << n;
        // CF lies one bit above the result, and CF xor OF is the result's sign
        Flags.set32(c, r, r >>> 1 & ~8L);
        return r;
    }

    /** SHR on doublewords: CF is the last bit shifted out, OF the sign before (for a count of 1). */
    public static long shr32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = a >>> n;
        long cf = a >>> n - 1 & 1;
        Flags.set32(c, r, cf << 31 | (cf ^ r >>> 30 & 1) << 30);
        return r;
    }

    /** SAR on doublewords: CF is the last bit shifted out, OF is clear. */
    public static long sar32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long wide = (int) a;
        long r = wide >> n;
        Flags.set32(c, r, (wide >> n - 1 & 1) * 0xc0000000L);
        return r;
    }

    /** ROL on doublewords: CF is the bit that moved from the top to the bottom, OF = CF xor sign; SF ZF AF PF stay. */
    public static long rol32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = Integer.rotateLeft((int) a, n);
        boolean cf = (r & 1) != 0;
        Flags.setCf(c, cf);
        Flags.setOf(c, cf ^ (r >>> 31 & 1) != 0);
        return r;
    }

    /** ROR on doublewords: CF is the sign of the result, OF the xor of its two top bits; SF ZF AF PF stay. */
    public static long ror32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long r = Integer.rotateRight((int) a, n);
        Flags.setCf(c, (r >>> 31 & 1) != 0);
        Flags.setOf(c, ((r >>> 31 ^ r >>> 30) & 1) != 0);
        return r;
    }

    /** RCL on doublewords: rotates through CF; OF = CF xor sign; SF ZF AF PF stay. */
    public static long rcl32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 32 | a;
        long r = (both << n | both >>> 33 - n) & 0xFFFFFFFFL;
        boolean out = (both >>> 32 - n & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, out ^ (r >>> 31 & 1) != 0);
        return r;
    }

    /** RCR on doublewords: rotates through CF; OF is the xor of the two top bits of the result; SF ZF AF PF stay. */
    public static long rcr32(Cpu c, long a, long count) {
        int n = (int) count & 31;
        if (n == 0) {
            return a;
        }
        long both = Flags.carry(c) << 32 | a;
        long r = (both >>> n | both << 33 - n) & 0xFFFFFFFFL;
        boolean out = (both >>> n - 1 & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, ((r >>> 31 ^ r >>> 30) & 1) != 0);
        return r;
    }

    /** SHL, SAL on quadwords: CF is the last bit shifted out, OF = CF xor sign. */
    public static long shl64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = a << n;
        Flags.set64(c, r, a << n - 1 & Long.MIN_VALUE | (r >>> 63) << 62);
        return r;
    }

    /** SHR on quadwords: CF is the last bit shifted out, OF the sign before (for a count of 1). */
    public static long shr64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = a >>> n;
        long cf = a >>> n - 1 & 1;
        Flags.set64(c, r, cf << 63 | (cf ^ r >>> 62 & 1) << 62);
        return r;
    }

    /** SAR on quadwords: CF is the last bit shifted out, OF is clear. */
    public static long sar64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = a >> n;
        Flags.set64(c, r, -(a >> n - 1 & 1) << 62);
        return r;
    }

    /** ROL on quadwords: CF is the bit that moved from the top to the bottom, OF = CF xor sign; SF ZF AF PF stay. */
    public static long rol64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = Long.rotateLeft(a, n);
        boolean cf = (r & 1) != 0;
        Flags.setCf(c, cf);
        Flags.setOf(c, cf ^ (r >>> 63 & 1) != 0);
        return r;
    }

    /** ROR on quadwords: CF is the sign of the result, OF the xor of its two top bits; SF ZF AF PF stay. */
    public static long ror64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long r = Long.rotateRight(a, n);
        Flags.setCf(c, (r >>> 63 & 1) != 0);
        Flags.setOf(c, ((r >>> 63 ^ r >>> 62) & 1) != 0);
        return r;
    }

    /** RCL on quadwords: rotates through CF; OF = CF xor sign; SF ZF AF PF stay. */
    public static long rcl64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long cf = Flags.carry(c);
        long r = n == 1 ? a << 1 | cf : a << n | cf << n - 1 | a >>> 65 - n;
        boolean out = (a >>> 64 - n & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, out ^ (r >>> 63 & 1) != 0);
        return r;
    }

    /** RCR on quadwords: rotates through CF; OF is the xor of the two top bits of the result; SF ZF AF PF stay. */
    public static long rcr64(Cpu c, long a, long count) {
        int n = (int) count & 63;
        if (n == 0) {
            return a;
        }
        long cf = Flags.carry(c);
        long r = n == 1 ? a >>> 1 | cf << 63 : a >>> n | cf << 64 - n | a << 65 - n;
        boolean out = (a >>> n - 1 & 1) != 0;
        Flags.setCf(c, out);
        Flags.setOf(c, ((r >>> 63 ^ r >>> 62) & 1) != 0);
        return r;
    }
}
