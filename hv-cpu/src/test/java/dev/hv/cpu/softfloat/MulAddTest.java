package dev.hv.cpu.softfloat;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Fused multiplication and addition against exact decimals, in every rounding mode, and the rules for what is no number. */
class MulAddTest {

    private static final int NEAREST = 0x1F80;
    private static final long NAN = 0x7FF8_0000_0000_0000L;

    private final FpEnv e = new FpEnv();

    private static double numbers(SplittableRandom r) {
        // exponents close to each other, so that sums cancel and overlap in every way
        long significand = switch (r.nextInt(4)) {
            case 0 -> 0;
            case 1 -> 0xFFFFFFFFFFFFFL;
            case 2 -> r.nextLong() & 0xFL;
            default -> r.nextLong() & 0xFFFFFFFFFFFFFL;
        };
        return Double.longBitsToDouble((r.nextBoolean() ? 1L << 63 : 0) | 1023L + r.nextInt(120) - 60 << 52 | significand);
    }

    @Test
    void itIsRoundedOnceInEveryMode() {
        var r = new SplittableRandom(5);
        for (int i = 0; i < 200_000; i++) {
            double a = numbers(r);
            double b = numbers(r);
            double c = r.nextInt(4) == 0 ? -(a * b) : numbers(r);
            BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
            double nearest = exact.doubleValue();
            for (int mode = 0; mode < 4; mode++) {
                e.sse(NEAREST | mode << 13);
                double got = Double.longBitsToDouble(F64.mulAdd(e, bits(a), bits(b), bits(c), false, false));
                double expected = rounded(exact, nearest, mode);
                assertThat(got).as(a + " * " + b + " + " + c + " mode " + mode).isEqualTo(expected);
                assertThat((e.flags & FpEnv.PE) != 0).isEqualTo(new BigDecimal(got).compareTo(exact) != 0);
            }
        }
    }

    private static long bits(double d) {
        return Double.doubleToRawLongBits(d);
    }

    private static double rounded(BigDecimal exact, double nearest, int mode) {
        int c = new BigDecimal(nearest).compareTo(exact);
        if (exact.signum() == 0) {
            return mode == FpEnv.DOWN ? -0.0 : 0.0;
        }
        return switch (mode) {
            case FpEnv.DOWN -> c > 0 ? Math.nextDown(nearest) : nearest;
            case FpEnv.UP -> c < 0 ? Math.nextUp(nearest) : nearest;
            case FpEnv.TRUNCATE -> c != 0 && c == exact.signum() ? Math.nextAfter(nearest, 0) : nearest;
            default -> nearest;
        };
    }

    @Test
    void signsOfProductAndAddendAreTurnedExactly() {
        e.sse(NEAREST);
        assertThat(F64.mulAdd(e, bits(2), bits(3), bits(1), true, false)).isEqualTo(bits(-5));
        assertThat(F64.mulAdd(e, bits(2), bits(3), bits(1), false, true)).isEqualTo(bits(5));
        assertThat(F64.mulAdd(e, bits(2), bits(3), bits(1), true, true)).isEqualTo(bits(-7));
        assertThat(F32.mulAdd(e, Float.floatToIntBits(1.5f), Float.floatToIntBits(1.5f), Float.floatToIntBits(-2.25f), false, false)).isZero();
        assertThat(e.flags).isZero();
    }

    @Test
    void theKnownInexactWayGivesTheSame() {
        var r = new SplittableRandom(6);
        for (int i = 0; i < 100_000; i++) {
            int a = Float.floatToRawIntBits((float) numbers(r));
            int b = Float.floatToRawIntBits((float) numbers(r));
            int c = Float.floatToRawIntBits((float) numbers(r));
            e.sse(NEAREST);
            int slow = F32.mulAdd(e, a, b, c, true, false);
            e.sse(NEAREST | FpEnv.PE);
            assertThat(F32.mulAdd(e, a, b, c, true, false)).isEqualTo(slow);
        }
    }

    @Test
    void zeroTimesInfinityIsInvalidAndNansGoInOrder() {
        long infinity = bits(Double.POSITIVE_INFINITY);
        e.sse(NEAREST);
        assertThat(F64.mulAdd(e, 0, infinity, bits(1), false, false)).isEqualTo(F64.INDEFINITE);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
        e.sse(NEAREST);
        assertThat(F64.mulAdd(e, infinity, bits(1), infinity, false, true)).isEqualTo(F64.INDEFINITE);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
        e.sse(NEAREST);
        assertThat(F64.mulAdd(e, 0, infinity, NAN | 5, false, false)).isEqualTo(NAN | 5);
        assertThat(F64.mulAdd(e, NAN | 1, NAN | 2, NAN | 3, true, true)).isEqualTo(NAN | 1);
        assertThat(F64.mulAdd(e, bits(1), NAN | 2, NAN | 3, true, true)).isEqualTo(NAN | 2);
        assertThat(e.flags).isZero();
        assertThat(F64.mulAdd(e, bits(1), NAN | 2, 0x7FF0_0000_0000_0001L, false, false)).isEqualTo(NAN | 2);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
    }
}
