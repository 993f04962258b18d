package dev.hv.cpu.softfloat;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Arithmetic in all rounding modes against exact values, results and exception flags. */
class ArithmeticTest {

    private static final int ROUNDS = 4000;
    private static final BigDecimal MOST_64 = Exact.value64(Double.doubleToRawLongBits(Double.MAX_VALUE));
    private static final BigDecimal LEAST_64 = Exact.value64(Double.doubleToRawLongBits(Double.MIN_NORMAL));
    private static final BigDecimal MOST_32 = Exact.value32(Float.floatToRawIntBits(Float.MAX_VALUE));
    private static final BigDecimal LEAST_32 = Exact.value32(Float.floatToRawIntBits(Float.MIN_NORMAL));
    /** Enough digits for quotients: what is cut off is replaced by a digit that keeps it from looking exact. */
    private static final MathContext QUOTIENT = new MathContext(1200);

    private final FpEnv e = new FpEnv();

    private void begin(int rounding) {
        e.sse(0x1F80 | rounding << 13);
    }

    private static BigDecimal compute(int op, BigDecimal a, BigDecimal b) {
        return switch (op) {
            case 0 -> a.add(b);
            case 1 -> a.subtract(b);
            case 2 -> a.multiply(b);
            default -> a.divide(b, QUOTIENT);
        };
    }

    private static int inexact(BigDecimal exact, int p, int rounding, BigDecimal result, BigDecimal most, BigDecimal least) {
        int flags = 0;
        BigDecimal free = Exact.round(exact, p, -100_000, rounding);
        if (free.abs().compareTo(most) > 0) {
            return FpEnv.OE | FpEnv.PE;
        }
        if (result.compareTo(exact) != 0) {
            flags |= FpEnv.PE;
            if (free.abs().compareTo(least) < 0) {
                flags |= FpEnv.UE;
            }
        }
        return flags;
    }

    @Test
    void doublesAreRoundedAndFlaggedAsTheirExactValuesAsk() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < ROUNDS; i++) {
            long a = Exact.bits64(random);
            long b = Exact.bits64(random);
            int op = i & 3;
            int rounding = i >> 2 & 3;
            BigDecimal x = Exact.value64(a);
            BigDecimal y = Exact.value64(b);
            if (x.signum() == 0 || y.signum() == 0) {
                continue;
            }
            begin(rounding);
            long r = switch (op) {
                case 0 -> F64.add(e, a, b);
                case 1 -> F64.sub(e, a, b);
                case 2 -> F64.mul(e, a, b);
                default -> F64.div(e, a, b);
            };
            BigDecimal exact = compute(op, x, y);
            BigDecimal expected = Exact.round(exact, 53, -1074, rounding);
            String what = Long.toHexString(a) + " op" + op + " " + Long.toHexString(b) + " rc" + rounding;
            boolean denormal = (a << 1 >>> 53) == 0 || (b << 1 >>> 53) == 0;
            int flags = inexact(exact, 53, rounding, expected, MOST_64, LEAST_64) | (denormal ? FpEnv.DE : 0);
            assertThat(e.flags).as("flags of " + what).isEqualTo(flags);
            if ((flags & FpEnv.OE) != 0) {
                boolean away = rounding == FpEnv.NEAREST || rounding == (exact.signum() < 0 ? FpEnv.DOWN : FpEnv.UP);
                double limit = away ? Double.POSITIVE_INFINITY : Double.MAX_VALUE;
                assertThat(Double.longBitsToDouble(r)).as(what).isEqualTo(exact.signum() < 0 ? -limit : limit);
            } else {
                assertThat(Exact.value64(r)).as(what).isEqualByComparingTo(expected);
            }
        }
    }

    @Test
    void singlesAreRoundedAndFlaggedAsTheirExactValuesAsk() {
        var random = new SplittableRandom(2);
        for (int i = 0; i < ROUNDS; i++) {
            int a = Exact.bits32(random);
            int b = Exact.bits32(random);
            int op = i & 3;
            int rounding = i >> 2 & 3;
            BigDecimal x = Exact.value32(a);
            BigDecimal y = Exact.value32(b);
            if (x.signum() == 0 || y.signum() == 0) {
                continue;
            }
            begin(rounding);
            int r = switch (op) {
                case 0 -> F32.add(e, a, b);
                case 1 -> F32.sub(e, a, b);
                case 2 -> F32.mul(e, a, b);
                default -> F32.div(e, a, b);
            };
            BigDecimal exact = compute(op, x, y);
            BigDecimal expected = Exact.round(exact, 24, -149, rounding);
            String what = Integer.toHexString(a) + " op" + op + " " + Integer.toHexString(b) + " rc" + rounding;
            boolean denormal = (a << 1 >>> 24) == 0 || (b << 1 >>> 24) == 0;
            int flags = inexact(exact, 24, rounding, expected, MOST_32, LEAST_32) | (denormal ? FpEnv.DE : 0);
            assertThat(e.flags).as("flags of " + what).isEqualTo(flags);
            if ((flags & FpEnv.OE) == 0) {
                assertThat(Exact.value32(r)).as(what).isEqualByComparingTo(expected);
            }
        }
    }

    @Test
    void extendedNumbersAreRoundedToTheirPrecision() {
        var random = new SplittableRandom(3);
        int[] control = {0, 2, 3};
        int[] bits = {24, 53, 64};
        for (int i = 0; i < ROUNDS; i++) {
            int ase = 16383 - 80 + random.nextInt(160) | random.nextInt(2) << 15;
            int bse = 16383 - 80 + random.nextInt(160) | random.nextInt(2) << 15;
            long asig = random.nextLong() >> random.nextInt(64) | Long.MIN_VALUE;
            long bsig = random.nextLong() << random.nextInt(64) | Long.MIN_VALUE;
            int op = i & 3;
            int rounding = i >> 2 & 3;
            int pc = (i >> 4) % 3;
            e.x87(0x3F | rounding << 10 | control[pc] << 8);
            switch (op) {
                case 0 -> F80.add(e, ase, asig, bse, bsig);
                case 1 -> F80.sub(e, ase, asig, bse, bsig);
                case 2 -> F80.mul(e, ase, asig, bse, bsig);
                default -> F80.div(e, ase, asig, bse, bsig);
            }
            BigDecimal exact = compute(op, Exact.value80(ase, asig), Exact.value80(bse, bsig));
            BigDecimal expected = Exact.round(exact, bits[pc], -20_000, rounding);
            assertThat(Exact.value80(e.signExp, e.significand)).as("op%d rc%d pc%d", op, rounding, pc).isEqualByComparingTo(expected);
            assertThat(e.flags).isEqualTo(expected.compareTo(exact) == 0 ? 0 : FpEnv.PE);
            assertThat(e.roundedUp).as("C1").isEqualTo(expected.abs().compareTo(exact.abs()) > 0);
        }
    }

    @Test
    void rootsAreTheLargestNumbersWhoseSquaresAreNotAbove() {
        var random = new SplittableRandom(4);
        for (int i = 0; i < ROUNDS; i++) {
            long a = Exact.bits64(random) & Long.MAX_VALUE;
            begin(FpEnv.TRUNCATE);
            long r = F64.sqrt(e, a);
            BigDecimal square = Exact.value64(r).pow(2);
            BigDecimal above = Exact.value64(r + 1).pow(2);
            assertThat(square).isLessThanOrEqualTo(Exact.value64(a));
            assertThat(above).isGreaterThan(Exact.value64(a));
            assertThat((e.flags & FpEnv.PE) == 0).isEqualTo(square.compareTo(Exact.value64(a)) == 0);
            begin(FpEnv.NEAREST);
            assertThat(F64.sqrt(e, a)).isEqualTo(Double.doubleToRawLongBits(Math.sqrt(Double.longBitsToDouble(a))));
        }
    }

    @Test
    void extendedRootsAreTheLargestNumbersWhoseSquaresAreNotAbove() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < ROUNDS; i++) {
            int se = 16383 - 150 + random.nextInt(300);
            long sig = random.nextLong() | Long.MIN_VALUE;
            e.x87(0xF3F);
            F80.sqrt(e, se, sig);
            BigDecimal v = Exact.value80(se, sig);
            assertThat(Exact.value80(e.signExp, e.significand).pow(2)).isLessThanOrEqualTo(v);
            boolean carry = e.significand == -1;
            assertThat(Exact.value80(carry ? e.signExp + 1 : e.signExp, carry ? Long.MIN_VALUE : e.significand + 1).pow(2)).isGreaterThan(v);
        }
    }

    @Test
    void tinyResultsAreFlushedOnRequest() {
        e.sse(0x9F80);
        assertThat(F64.mul(e, 0x0010000000000000L, 0xBFE0000000000000L)).isEqualTo(Long.MIN_VALUE);
        assertThat(e.flags).isEqualTo(FpEnv.UE | FpEnv.PE);
        e.sse(0x1F80);
        assertThat(F64.mul(e, 0x0010000000000000L, 0xBFE0000000000000L)).isEqualTo(0x8008000000000000L);
        assertThat(e.flags).as("exact, so no underflow while that is masked").isZero();
        e.sse(0x1780);
        F64.mul(e, 0x0010000000000000L, 0xBFE0000000000000L);
        assertThat(e.flags).as("tiny is enough when it is not").isEqualTo(FpEnv.UE);
    }

    @Test
    void denormalOperandsAreZerosOnRequest() {
        e.sse(0x1FC0);
        assertThat(F32.add(e, 0x00000001, 0x80000001)).isZero();
        assertThat(F32.div(e, 0x3F800000, 0x80000001)).isEqualTo(0xFF800000);
        assertThat(e.flags).isEqualTo(FpEnv.ZE);
    }

    @Test
    void theFirstNanWinsInSse() {
        e.sse(0x1F80);
        assertThat(F32.add(e, 0x7FC00001, 0x7FC00002)).isEqualTo(0x7FC00001);
        assertThat(F32.add(e, 0x3F800000, 0xFFC00002)).isEqualTo(0xFFC00002);
        assertThat(e.flags).isZero();
        assertThat(F32.add(e, 0x7FC00001, 0x7F800002)).isEqualTo(0x7FC00001);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
    }

    @Test
    void theLargerNanWinsInX87AndAQuietOneBeforeASignalingOne() {
        e.x87(0x37F);
        F80.add(e, 0x7FFF, 0xC000000000000001L, 0xFFFF, 0xC000000000000002L);
        assertThat(e.significand).isEqualTo(0xC000000000000002L);
        assertThat(e.flags).isZero();
        F80.add(e, 0x7FFF, 0xC000000000000001L, 0xFFFF, 0xBFFFFFFFFFFFFFFFL);
        assertThat(e.significand).isEqualTo(0xC000000000000001L);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
    }
}
