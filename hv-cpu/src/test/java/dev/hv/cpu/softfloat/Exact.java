package dev.hv.cpu.softfloat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.SplittableRandom;

/** Independent expectations: exact values as BigDecimal, and rounding of them to a binary format by comparing with multiples of its unit. */
final class Exact {

    private Exact() {}

    /** significand · 2^exp. */
    static BigDecimal scaled(BigInteger significand, int exp) {
        BigDecimal v = new BigDecimal(significand);
        return exp >= 0 ? v.multiply(BigDecimal.TWO.pow(exp)) : v.divide(BigDecimal.TWO.pow(-exp));
    }

    static BigDecimal value32(int bits) {
        return new BigDecimal(Float.intBitsToFloat(bits));
    }

    static BigDecimal value64(long bits) {
        return new BigDecimal(Double.longBitsToDouble(bits));
    }

    /** The value of a finite double-extended number. */
    static BigDecimal value80(int signExp, long significand) {
        BigInteger s = new BigInteger(Long.toUnsignedString(significand));
        int exp = Math.max(signExp & 0x7FFF, 1) - 16383 - 63;
        return scaled((signExp & 0x8000) != 0 ? s.negate() : s, exp);
    }

    private static RoundingMode mode(int rounding) {
        return switch (rounding) {
            case FpEnv.NEAREST -> RoundingMode.HALF_EVEN;
            case FpEnv.DOWN -> RoundingMode.FLOOR;
            case FpEnv.UP -> RoundingMode.CEILING;
            default -> RoundingMode.DOWN;
        };
    }

    /** Rounds to {@code p} bits with units no smaller than 2^least. */
    static BigDecimal round(BigDecimal v, int p, int least, int rounding) {
        if (v.signum() == 0) {
            return v;
        }
        int exp = Math.max(exponent(v) - p + 1, least);
        BigDecimal unit = scaled(BigInteger.ONE, exp);
        BigDecimal q = v.divide(unit, 0, mode(rounding));
        return q.multiply(unit);
    }

    /** floor(log2 |v|). */
    static int exponent(BigDecimal v) {
        BigDecimal a = v.abs();
        int e = (int) Math.floor((a.precision() - a.scale() - 1) * 3.321928094887362) - 1;
        while (scaled(BigInteger.ONE, e + 1).compareTo(a) <= 0) {
            e++;
        }
        while (scaled(BigInteger.ONE, e).compareTo(a) > 0) {
            e--;
        }
        return e;
    }

    /** Numbers of every kind: any bits, near one another, with few bits set, at the ends of the range. */
    static long bits64(SplittableRandom random) {
        long sign = random.nextLong() & Long.MIN_VALUE;
        long fraction = switch (random.nextInt(4)) {
            case 0 -> random.nextLong(16);
            case 1 -> 0xFFFFFFFFFFFFFL - random.nextLong(16);
            case 2 -> 1L << random.nextInt(52);
            default -> random.nextLong() >>> 12;
        };
        long exp = switch (random.nextInt(6)) {
            case 0 -> random.nextInt(4);
            case 1 -> 0x7FE - random.nextInt(4);
            case 2 -> random.nextInt(0x7FF);
            default -> 1023 - 60 + random.nextInt(120);
        };
        return sign | exp << 52 | fraction;
    }

    static int bits32(SplittableRandom random) {
        int sign = random.nextInt() & Integer.MIN_VALUE;
        int fraction = switch (random.nextInt(4)) {
            case 0 -> random.nextInt(16);
            case 1 -> 0x7FFFFF - random.nextInt(16);
            case 2 -> 1 << random.nextInt(23);
            default -> random.nextInt() >>> 9;
        };
        int exp = switch (random.nextInt(6)) {
            case 0 -> random.nextInt(4);
            case 1 -> 0xFE - random.nextInt(4);
            case 2 -> random.nextInt(0xFF);
            default -> 127 - 30 + random.nextInt(60);
        };
        return sign | exp << 23 | fraction;
    }
}
