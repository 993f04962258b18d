package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.LongBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed functions against one scalar operation a lane. */
class PackedLanesTest {

    private static final int PAIRS = 3000;

    /** A function of words, and what it does to the lanes of one pair of words. */
    private record Lanewise(String name, LongBinaryOperator packed, int width, boolean signed, LongBinaryOperator scalar) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A function of words, and its value lane by lane: word of lanes {@code width} wide from the two words and the lane's number. */
    private record Crossing(String name, LongBinaryOperator packed, int width, Lane lane) {
        @Override
        public String toString() {
            return name;
        }
    }

    private interface Lane {
        long of(long a, long b, int i);
    }

    private static Lanewise s(String name, int width, LongBinaryOperator packed, LongBinaryOperator scalar) {
        return new Lanewise(name, packed, width, true, scalar);
    }

    private static Lanewise u(String name, int width, LongBinaryOperator packed, LongBinaryOperator scalar) {
        return new Lanewise(name, packed, width, false, scalar);
    }

    private static long mask(boolean b) {
        return b ? -1 : 0;
    }

    static Stream<Lanewise> lanewise() {
        return Stream.of(
                u("PADDB", 8, PackedArithmetic::paddb, (a, b) -> a + b), u("PADDW", 16, PackedArithmetic::paddw, (a, b) -> a + b),
                u("PADDD", 32, PackedArithmetic::paddd, (a, b) -> a + b), u("PADDQ", 64, PackedArithmetic::paddq, (a, b) -> a + b),
                u("PSUBB", 8, PackedArithmetic::psubb, (a, b) -> a - b), u("PSUBW", 16, PackedArithmetic::psubw, (a, b) -> a - b),
                u("PSUBD", 32, PackedArithmetic::psubd, (a, b) -> a - b), u("PSUBQ", 64, PackedArithmetic::psubq, (a, b) -> a - b),
                s("PADDSB", 8, PackedArithmetic::paddsb, (a, b) -> Words.saturate(a + b, -128, 127)),
                s("PADDSW", 16, PackedArithmetic::paddsw, (a, b) -> Words.saturate(a + b, -32768, 32767)),
                s("PSUBSB", 8, PackedArithmetic::psubsb, (a, b) -> Words.saturate(a - b, -128, 127)),
                s("PSUBSW", 16, PackedArithmetic::psubsw, (a, b) -> Words.saturate(a - b, -32768, 32767)),
                u("PADDUSB", 8, PackedArithmetic::paddusb, (a, b) -> Words.saturate(a + b, 0, 255)),
                u("PADDUSW", 16, PackedArithmetic::paddusw, (a, b) -> Words.saturate(a + b, 0, 65535)),
                u("PSUBUSB", 8, PackedArithmetic::psubusb, (a, b) -> Words.saturate(a - b, 0, 255)),
                u("PSUBUSW", 16, PackedArithmetic::psubusw, (a, b) -> Words.saturate(a - b, 0, 65535)),
                u("PAVGB", 8, PackedArithmetic::pavgb, (a, b) -> (a + b + 1) / 2), u("PAVGW", 16, PackedArithmetic::pavgw, (a, b) -> (a + b + 1) / 2),
                s("PSIGNB", 8, PackedArithmetic::psignb, (a, b) -> a * Long.signum(b)), s("PSIGNW", 16, PackedArithmetic::psignw, (a, b) -> a * Long.signum(b)),
                s("PSIGND", 32, PackedArithmetic::psignd, (a, b) -> a * Long.signum(b)),
                s("PABSB", 8, (a, b) -> PackedArithmetic.pabsb(b), (a, b) -> Math.abs(b)), s("PABSW", 16, (a, b) -> PackedArithmetic.pabsw(b), (a, b) -> Math.abs(b)),
                s("PABSD", 32, (a, b) -> PackedArithmetic.pabsd(b), (a, b) -> Math.abs(b)),
                u("PCMPEQB", 8, PackedCompare::pcmpeqb, (a, b) -> mask(a == b)), u("PCMPEQW", 16, PackedCompare::pcmpeqw, (a, b) -> mask(a == b)),
                u("PCMPEQD", 32, PackedCompare::pcmpeqd, (a, b) -> mask(a == b)), u("PCMPEQQ", 64, PackedCompare::pcmpeqq, (a, b) -> mask(a == b)),
                s("PCMPGTB", 8, PackedCompare::pcmpgtb, (a, b) -> mask(a > b)), s("PCMPGTW", 16, PackedCompare::pcmpgtw, (a, b) -> mask(a > b)),
                s("PCMPGTD", 32, PackedCompare::pcmpgtd, (a, b) -> mask(a > b)), s("PCMPGTQ", 64, PackedCompare::pcmpgtq, (a, b) -> mask(a > b)),
                u("PMINUB", 8, PackedCompare::pminub, Math::min), u("PMINUW", 16, PackedCompare::pminuw, Math::min), u("PMINUD", 32, PackedCompare::pminud, Math::min),
                s("PMINSB", 8, PackedCompare::pminsb, Math::min), s("PMINSW", 16, PackedCompare::pminsw, Math::min), s("PMINSD", 32, PackedCompare::pminsd, Math::min),
                u("PMAXUB", 8, PackedCompare::pmaxub, Math::max), u("PMAXUW", 16, PackedCompare::pmaxuw, Math::max), u("PMAXUD", 32, PackedCompare::pmaxud, Math::max),
                s("PMAXSB", 8, PackedCompare::pmaxsb, Math::max), s("PMAXSW", 16, PackedCompare::pmaxsw, Math::max), s("PMAXSD", 32, PackedCompare::pmaxsd, Math::max),
                s("PMULLW", 16, PackedMultiply::pmullw, (a, b) -> a * b), s("PMULHW", 16, PackedMultiply::pmulhw, (a, b) -> Math.floorDiv(a * b, 65536)),
                u("PMULHUW", 16, PackedMultiply::pmulhuw, (a, b) -> a * b / 65536),
                s("PMULHRSW", 16, PackedMultiply::pmulhrsw, (a, b) -> Math.floorDiv(a * b + 0x4000, 0x8000)), s("PMULLD", 32, PackedMultiply::pmulld, (a, b) -> a * b));
    }

    @ParameterizedTest
    @MethodSource("lanewise")
    void everyLaneIsTheScalarOperation(Lanewise op) {
        var random = new Random(1);
        for (int n = 0; n < PAIRS; n++) {
            long a = Words.random(random);
            long b = n % 16 == 0 ? a : Words.random(random);
            long expected = Words.of(op.width,
                    i -> op.scalar.applyAsLong(Words.lane(a, op.width, (int) i, op.signed), Words.lane(b, op.width, (int) i, op.signed)));
            assertThat(op.packed.applyAsLong(a, b)).as("%016x %016x", a, b).isEqualTo(expected);
        }
    }

    private static Crossing x(String name, int width, LongBinaryOperator packed, Lane lane) {
        return new Crossing(name, packed, width, lane);
    }

    private static long either(long a, long b, boolean second) {
        return second ? b : a;
    }

    private static long pair(long a, long b, int width, int i, boolean subtract, long least, long most) {
        int half = 32 / width;
        long word = either(a, b, i >= half);
        long x = Words.signed(word, width, i % half * 2);
        long y = Words.signed(word, width, i % half * 2 + 1);
        return Words.saturate(subtract ? x - y : x + y, least, most);
    }

    private static long product(long a, long b, int i) {
        return Words.signed(a, 16, i) * Words.signed(b, 16, i);
    }

    private static long byteProduct(long a, long b, int i) {
        return Words.unsigned(a, 8, i) * Words.signed(b, 8, i);
    }

    private static long differences(long a, long b) {
        long sum = 0;
        for (int i = 0; i < 8; i++) {
            sum += Math.abs(Words.unsigned(a, 8, i) - Words.unsigned(b, 8, i));
        }
        return sum;
    }

    private static long packed(long a, long b, int width, int i, long least, long most) {
        int half = 64 / width;
        return Words.saturate(Words.signed(either(a, b, i >= half), width, i % half), least, most);
    }

    private static long interleaved(long a, long b, int width, int i, boolean high) {
        return Words.unsigned(either(a, b, i % 2 == 1), width, i / 2 + (high ? 32 / width : 0));
    }

    static Stream<Crossing> crossing() {
        return Stream.of(
                x("PSADBW", 64, PackedArithmetic::psadbw, (a, b, i) -> differences(a, b)),
                x("PMADDWD", 32, PackedMultiply::pmaddwd, (a, b, i) -> product(a, b, 2 * i) + product(a, b, 2 * i + 1)),
                x("PMADDUBSW", 16, PackedMultiply::pmaddubsw,
                        (a, b, i) -> Words.saturate(byteProduct(a, b, 2 * i) + byteProduct(a, b, 2 * i + 1), -32768, 32767)),
                x("PMULUDQ", 64, PackedMultiply::pmuludq, (a, b, i) -> Words.unsigned(a, 32, 0) * Words.unsigned(b, 32, 0)),
                x("PMULDQ", 64, PackedMultiply::pmuldq, (a, b, i) -> Words.signed(a, 32, 0) * Words.signed(b, 32, 0)),
                x("PHADDW", 16, PackedHorizontal::phaddw, (a, b, i) -> pair(a, b, 16, i, false, Long.MIN_VALUE, Long.MAX_VALUE)),
                x("PHADDD", 32, PackedHorizontal::phaddd, (a, b, i) -> pair(a, b, 32, i, false, Long.MIN_VALUE, Long.MAX_VALUE)),
                x("PHADDSW", 16, PackedHorizontal::phaddsw, (a, b, i) -> pair(a, b, 16, i, false, -32768, 32767)),
                x("PHSUBW", 16, PackedHorizontal::phsubw, (a, b, i) -> pair(a, b, 16, i, true, Long.MIN_VALUE, Long.MAX_VALUE)),
                x("PHSUBD", 32, PackedHorizontal::phsubd, (a, b, i) -> pair(a, b, 32, i, true, Long.MIN_VALUE, Long.MAX_VALUE)),
                x("PHSUBSW", 16, PackedHorizontal::phsubsw, (a, b, i) -> pair(a, b, 16, i, true, -32768, 32767)),
                x("PACKSSWB", 8, PackedConvert::packsswb, (a, b, i) -> packed(a, b, 16, i, -128, 127)),
                x("PACKUSWB", 8, PackedConvert::packuswb, (a, b, i) -> packed(a, b, 16, i, 0, 255)),
                x("PACKSSDW", 16, PackedConvert::packssdw, (a, b, i) -> packed(a, b, 32, i, -32768, 32767)),
                x("PACKUSDW", 16, PackedConvert::packusdw, (a, b, i) -> packed(a, b, 32, i, 0, 65535)),
                x("PUNPCKLBW", 8, PackedConvert::punpcklbw, (a, b, i) -> interleaved(a, b, 8, i, false)),
                x("PUNPCKLWD", 16, PackedConvert::punpcklwd, (a, b, i) -> interleaved(a, b, 16, i, false)),
                x("PUNPCKLDQ", 32, PackedConvert::punpckldq, (a, b, i) -> interleaved(a, b, 32, i, false)),
                x("PUNPCKHBW", 8, PackedConvert::punpckhbw, (a, b, i) -> interleaved(a, b, 8, i, true)),
                x("PUNPCKHWD", 16, PackedConvert::punpckhwd, (a, b, i) -> interleaved(a, b, 16, i, true)),
                x("PUNPCKHDQ", 32, PackedConvert::punpckhdq, (a, b, i) -> interleaved(a, b, 32, i, true)),
                x("MOVSLDUP", 32, (a, b) -> SseMove.movsldup(b), (a, b, i) -> Words.unsigned(b, 32, 0)),
                x("MOVSHDUP", 32, (a, b) -> SseMove.movshdup(b), (a, b, i) -> Words.unsigned(b, 32, 1)));
    }

    @ParameterizedTest
    @MethodSource("crossing")
    void everyLaneIsMadeOfTheRightLanes(Crossing op) {
        var random = new Random(2);
        for (int n = 0; n < PAIRS; n++) {
            long a = Words.random(random);
            long b = Words.random(random);
            assertThat(op.packed.applyAsLong(a, b)).as("%016x %016x", a, b).isEqualTo(Words.of(op.width, i -> op.lane.of(a, b, (int) i)));
        }
    }

    static Stream<Lanewise> shifts() {
        return Stream.of(
                u("PSLLW", 16, PackedShift::psllw, (v, n) -> v << n), u("PSLLD", 32, PackedShift::pslld, (v, n) -> v << n),
                u("PSLLQ", 64, PackedShift::psllq, (v, n) -> v << n), u("PSRLW", 16, PackedShift::psrlw, (v, n) -> v >>> n),
                u("PSRLD", 32, PackedShift::psrld, (v, n) -> v >>> n), u("PSRLQ", 64, PackedShift::psrlq, (v, n) -> v >>> n),
                s("PSRAW", 16, PackedShift::psraw, (v, n) -> v >> n), s("PSRAD", 32, PackedShift::psrad, (v, n) -> v >> n));
    }

    @ParameterizedTest
    @MethodSource("shifts")
    void countsBeyondTheLaneShiftEverythingOut(Lanewise op) {
        var random = new Random(3);
        for (long count : new long[] {0, 1, 2, 7, 8, 14, 15, 16, 17, 30, 31, 32, 33, 62, 63, 64, 65, 255, 256, 1L << 32, Long.MAX_VALUE, -1}) {
            boolean beyond = Long.compareUnsigned(count, op.width) >= 0;
            for (int n = 0; n < 200; n++) {
                long a = Words.random(random);
                long expected = Words.of(op.width, i -> {
                    long v = Words.lane(a, op.width, (int) i, op.signed);
                    return beyond ? op.signed && v < 0 ? -1 : 0 : op.scalar.applyAsLong(v, count);
                });
                assertThat(op.packed.applyAsLong(a, count)).as("%016x by %d", a, count).isEqualTo(expected);
            }
        }
    }
}
