package dev.hv.cpu.softfloat;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Conversions and remainders against exact values. */
class ConversionTest {

    private static final RoundingMode[] MODES = {RoundingMode.HALF_EVEN, RoundingMode.FLOOR, RoundingMode.CEILING, RoundingMode.DOWN};

    private final FpEnv e = new FpEnv();

    private static BigInteger integer(BigDecimal v, int rounding) {
        return v.setScale(0, MODES[rounding]).toBigInteger();
    }

    @Test
    void doublesBecomeIntegersOrTheLeastOneWhereTheyDoNotFit() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            long a = Double.doubleToRawLongBits((random.nextDouble() - 0.5) * Math.scalb(1.0, random.nextInt(70) - 2));
            int rounding = i & 3;
            int bits = (i & 4) != 0 ? 64 : 32;
            e.sse(0x1F80 | rounding << 13);
            long r = F64.toInteger(e, a, bits, rounding);
            BigInteger expected = integer(Exact.value64(a), rounding);
            if (expected.bitLength() > bits - 1) {
                assertThat(r).isEqualTo(bits == 64 ? Long.MIN_VALUE : Integer.MIN_VALUE);
                assertThat(e.flags).isEqualTo(FpEnv.IE);
            } else {
                assertThat(r).isEqualTo(expected.longValueExact());
                assertThat(e.flags).isEqualTo(new BigDecimal(expected).compareTo(Exact.value64(a)) == 0 ? 0 : FpEnv.PE);
            }
        }
    }

    @Test
    void integersAreRoundedToSingles() {
        var random = new SplittableRandom(2);
        for (int i = 0; i < 20_000; i++) {
            long v = random.nextLong() >> random.nextInt(64);
            e.sse(0x1F80 | (i & 3) << 13);
            int r = F32.fromInteger(e, v);
            BigDecimal expected = Exact.round(BigDecimal.valueOf(v), 24, -149, i & 3);
            assertThat(Exact.value32(r)).isEqualByComparingTo(expected);
            assertThat(e.flags).isEqualTo(expected.compareTo(BigDecimal.valueOf(v)) == 0 ? 0 : FpEnv.PE);
        }
    }

    @Test
    void doublesAreRoundedToSinglesAndComeBackExact() {
        var random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            long a = Double.doubleToRawLongBits(Math.scalb(random.nextDouble() + 1, random.nextInt(270) - 148));
            e.sse(0x1F80 | (i & 3) << 13);
            int r = F32.from64(e, a);
            BigDecimal expected = Exact.round(Exact.value64(a), 24, -149, i & 3);
            assertThat(Exact.value32(r)).isEqualByComparingTo(expected);
            assertThat(Exact.value64(F64.from32(e, r))).isEqualByComparingTo(expected);
        }
    }

    @Test
    void extendedNumbersAreRoundedToDoubles() {
        var random = new SplittableRandom(4);
        for (int i = 0; i < 5000; i++) {
            int se = 16383 - 1080 + random.nextInt(2100);
            long sig = random.nextLong() | Long.MIN_VALUE;
            e.x87(0x33F | (i & 3) << 10);
            long r = F80.to64(e, se, sig);
            assertThat(Exact.value64(r)).isEqualByComparingTo(Exact.round(Exact.value80(se, sig), 53, -1074, i & 3));
        }
    }

    @Test
    void packedDecimalsKeepTheirDigits() {
        e.x87(0x37F);
        PackedDecimal.load(e, 0x7890123456789012L, 0x8034);
        assertThat(Exact.value80(e.signExp, e.significand)).isEqualByComparingTo("-347890123456789012");
        assertThat(PackedDecimal.convert(e, e.signExp, e.significand)).isEqualTo(0x7890123456789012L);
        assertThat(e.signExp).isEqualTo(0x8034);
        F80.loadInteger(e, 1_000_000_000_000_000_000L);
        assertThat(PackedDecimal.convert(e, e.signExp, e.significand)).isEqualTo(PackedDecimal.INDEFINITE_LOW);
        assertThat(e.flags).isEqualTo(FpEnv.IE);
    }

    @Test
    void remaindersAreWhatIsLeftOfTheQuotient() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 5000; i++) {
            int bse = 16383 - 5 + random.nextInt(10);
            int ase = bse - 2 + random.nextInt(66);
            long asig = random.nextLong() | Long.MIN_VALUE;
            long bsig = random.nextLong() << random.nextInt(63) | Long.MIN_VALUE;
            boolean nearest = (i & 1) != 0;
            e.x87(0x37F);
            F80Functions.remainder(e, ase, asig, bse, bsig, nearest);
            if (e.partial) {
                continue;
            }
            BigDecimal a = Exact.value80(ase, asig);
            BigDecimal b = Exact.value80(bse, bsig);
            BigDecimal q = a.divide(b, 0, nearest ? RoundingMode.HALF_EVEN : RoundingMode.DOWN);
            assertThat(Exact.value80(e.signExp, e.significand)).isEqualByComparingTo(a.subtract(q.multiply(b)));
            assertThat(e.quotient).isEqualTo(q.toBigInteger().intValue() & 7);
            assertThat(e.flags).isZero();
        }
    }

    @Test
    void aPartialRemainderLeavesTheRemainderAsItWas() {
        e.x87(0x37F);
        F80Functions.remainder(e, 16383 + 300, 0xFEDCBA9876543210L, 16383, 0xC000000000000001L, false);
        assertThat(e.partial).isTrue();
        BigDecimal b = Exact.value80(16383, 0xC000000000000001L);
        BigDecimal before = Exact.value80(16383 + 300, 0xFEDCBA9876543210L);
        BigDecimal after = Exact.value80(e.signExp, e.significand);
        assertThat(after).isLessThan(before);
        assertThat(after.remainder(b)).isEqualByComparingTo(before.remainder(b));
    }

    @Test
    void approximationsStayWithinTheirBound() {
        for (boolean intel : new boolean[] {false, true}) {
            approximations(intel);
        }
    }

    private static void approximations(boolean intel) {
        var random = new SplittableRandom(6);
        for (int i = 0; i < 20_000; i++) {
            int bits = (1 + random.nextInt(252)) << 23 | random.nextInt() >>> 9;
            double v = Float.intBitsToFloat(bits);
            double bound = 1.5 / 4096;
            assertThat(Float.intBitsToFloat(Approximation.reciprocal(intel, bits)) * v - 1).isBetween(-bound, bound);
            assertThat(Float.intBitsToFloat(Approximation.reciprocalRoot(intel, bits)) * Math.sqrt(v) - 1).isBetween(-bound, bound);
        }
    }
}
