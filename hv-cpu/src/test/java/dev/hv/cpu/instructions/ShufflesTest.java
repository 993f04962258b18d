package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Whole-register shuffles against loops over arrays of bytes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShufflesTest {

    private static final int X = 3;
    private static final int ROUNDS = 200;

    private final Cpu c = Bare.mode64().c;
    private final Random random = new Random(4);
    private byte[] dst;
    private byte[] src;

    @BeforeEach
    void operands() {
        next();
    }

    private void next() {
        dst = new byte[16];
        src = new byte[16];
        random.nextBytes(dst);
        random.nextBytes(src);
        c.xmm(2 * X, low(dst));
        c.xmm(2 * X + 1, high(dst));
    }

    private static long low(byte[] b) {
        return Words.of(8, i -> b[(int) i]);
    }

    private static long high(byte[] b) {
        return Words.of(8, i -> b[(int) i + 8]);
    }

    private void expect(byte[] bytes, Object... what) {
        assertThat(new long[] {c.xmm(2 * X), c.xmm(2 * X + 1)}).as(Arrays.toString(what)).containsExactly(low(bytes), high(bytes));
    }

    /** Element {@code to} of {@code out} becomes element {@code from} of {@code in}, elements of {@code size} bytes. */
    private static void copy(byte[] in, int from, byte[] out, int to, int size) {
        System.arraycopy(in, from * size, out, to * size, size);
    }

    @Test
    void shufflesByImmediateTakeTheElementsItNames() {
        for (int imm = 0; imm < 256; imm++) {
            next();
            byte[] d = new byte[16];
            byte[] lw = src.clone();
            byte[] hw = src.clone();
            byte[] ps = new byte[16];
            for (int i = 0; i < 4; i++) {
                int from = imm >> 2 * i & 3;
                copy(src, from, d, i, 4);
                copy(src, from, lw, i, 2);
                copy(src, from + 4, hw, i + 4, 2);
                copy(i < 2 ? dst : src, from, ps, i, 4);
            }
            byte[] pd = new byte[16];
            copy(dst, imm & 1, pd, 0, 8);
            copy(src, imm >> 1 & 1, pd, 1, 8);
            Shuffles.shufps(c, X, low(src), high(src), imm);
            expect(ps, "SHUFPS", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Shuffles.shufpd(c, X, low(src), high(src), imm);
            expect(pd, "SHUFPD", imm);
            Shuffles.pshufd(c, X, low(src), high(src), imm);
            expect(d, "PSHUFD", imm);
            Shuffles.pshuflw(c, X, low(src), high(src), imm);
            expect(lw, "PSHUFLW", imm);
            Shuffles.pshufhw(c, X, low(src), high(src), imm);
            expect(hw, "PSHUFHW", imm);
            assertThat(Shuffles.pshufw(low(src), imm)).isEqualTo(low(lw));
        }
    }

    @Test
    void byteShiftsAndAlignmentMoveWholeBytes() {
        for (int imm = 0; imm < 256; imm++) {
            next();
            byte[] right = new byte[16];
            byte[] left = new byte[16];
            byte[] align = new byte[16];
            for (int i = 0; i < 16; i++) {
                right[i] = i + imm < 16 ? dst[i + imm] : 0;
                left[i] = i - imm >= 0 ? dst[i - imm] : 0;
                align[i] = i + imm < 16 ? src[i + imm] : i + imm < 32 ? dst[i + imm - 16] : 0;
            }
            Shuffles.palignr(c, X, low(src), high(src), imm);
            expect(align, "PALIGNR", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Shuffles.psrldq(c, X, imm);
            expect(right, "PSRLDQ", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Shuffles.pslldq(c, X, imm);
            expect(left, "PSLLDQ", imm);
            int n = imm;
            assertThat(Shuffles.palignr(low(dst), low(src), imm)).as("PALIGNR mm %d", imm)
                    .isEqualTo(Words.of(8, i -> i + n < 8 ? src[(int) i + n] : i + n < 16 ? dst[(int) i + n - 8] : 0));
        }
    }

    @Test
    void byteShuffleTakesBytesByIndexAndZeroes() {
        for (int round = 0; round < ROUNDS; round++) {
            next();
            byte[] r = new byte[16];
            for (int i = 0; i < 16; i++) {
                r[i] = src[i] < 0 ? 0 : dst[src[i] & 15];
            }
            Shuffles.pshufb(c, X, low(src), high(src));
            expect(r);
            assertThat(Shuffles.pshufb(low(dst), low(src))).isEqualTo(Words.of(8, i -> src[(int) i] < 0 ? 0 : dst[src[(int) i] & 7]));
        }
    }

    @Test
    void unpacksInterleaveHalves() {
        for (int size = 1; size <= 8; size *= 2) {
            for (int high = 0; high < 2; high++) {
                next();
                byte[] r = new byte[16];
                for (int i = 0; i < 16 / size; i++) {
                    copy(i % 2 == 0 ? dst : src, i / 2 + high * 8 / size, r, i, size);
                }
                long l = low(src);
                long h = high(src);
                switch (size * 2 + high) {
                    case 2 -> Shuffles.punpcklbw(c, X, l, h);
                    case 3 -> Shuffles.punpckhbw(c, X, l, h);
                    case 4 -> Shuffles.punpcklwd(c, X, l, h);
                    case 5 -> Shuffles.punpckhwd(c, X, l, h);
                    case 8 -> Shuffles.punpckldq(c, X, l, h);
                    case 9 -> Shuffles.punpckhdq(c, X, l, h);
                    case 16 -> Shuffles.punpcklqdq(c, X, l, h);
                    default -> Shuffles.punpckhqdq(c, X, l, h);
                }
                expect(r, size, high);
            }
        }
    }

    @Test
    void blendsChooseElementsByMask() {
        for (int imm = 0; imm < 256; imm++) {
            next();
            byte[] w = dst.clone();
            byte[] ps = dst.clone();
            byte[] pd = dst.clone();
            for (int i = 0; i < 8; i++) {
                if ((imm >> i & 1) != 0) {
                    copy(src, i, w, i, 2);
                    if (i < 4) {
                        copy(src, i, ps, i, 4);
                    }
                    if (i < 2) {
                        copy(src, i, pd, i, 8);
                    }
                }
            }
            Sse4.pblendw(c, X, low(src), high(src), imm);
            expect(w, "PBLENDW", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Sse4.blendps(c, X, low(src), high(src), imm);
            expect(ps, "BLENDPS", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Sse4.blendpd(c, X, low(src), high(src), imm);
            expect(pd, "BLENDPD", imm);
        }
    }

    @Test
    void variableBlendsLookAtTheTopBitsOfXmm0() {
        byte[] mask = new byte[16];
        for (int round = 0; round < ROUNDS; round++) {
            random.nextBytes(mask);
            c.xmm(0, low(mask));
            c.xmm(1, high(mask));
            for (int size : new int[] {1, 4, 8}) {
                next();
                byte[] r = dst.clone();
                for (int i = 0; i < 16 / size; i++) {
                    if (mask[i * size + size - 1] < 0) {
                        copy(src, i, r, i, size);
                    }
                }
                switch (size) {
                    case 1 -> Sse4.pblendvb(c, X, low(src), high(src));
                    case 4 -> Sse4.blendvps(c, X, low(src), high(src));
                    default -> Sse4.blendvpd(c, X, low(src), high(src));
                }
                expect(r, size);
            }
        }
    }

    @Test
    void insertpsCopiesOneElementAndZeroesOthers() {
        for (int imm = 0; imm < 256; imm++) {
            next();
            byte[] r = dst.clone();
            copy(src, imm >> 6, r, imm >> 4 & 3, 4);
            byte[] m = dst.clone();
            copy(src, 0, m, imm >> 4 & 3, 4);
            for (int i = 0; i < 4; i++) {
                if ((imm >> i & 1) != 0) {
                    copy(new byte[16], 0, r, i, 4);
                    copy(new byte[16], 0, m, i, 4);
                }
            }
            Sse4.insertps(c, X, low(src), high(src), imm);
            expect(r, "register", imm);
            c.xmm(2 * X, low(dst));
            c.xmm(2 * X + 1, high(dst));
            Sse4.insertps(c, X, low(src) & 0xFFFFFFFFL, imm);
            expect(m, "memory", imm);
        }
    }

    @Test
    void sumsOfDifferencesSlideOverTheDestination() {
        for (int imm = 0; imm < 8; imm++) {
            for (int round = 0; round < ROUNDS; round++) {
                next();
                byte[] r = new byte[16];
                for (int i = 0; i < 8; i++) {
                    int sum = 0;
                    for (int k = 0; k < 4; k++) {
                        sum += Math.abs((dst[(imm >> 2) * 4 + i + k] & 0xFF) - (src[(imm & 3) * 4 + k] & 0xFF));
                    }
                    LittleEndian.put16(r, 2 * i, sum);
                }
                Sse4.mpsadbw(c, X, low(src), high(src), imm);
                expect(r, imm);
            }
        }
    }

    @Test
    void theLeastWordIsTheFirstOfEquals() {
        for (int round = 0; round < ROUNDS; round++) {
            next();
            int a = random.nextInt(8);
            int b = random.nextInt(8);
            copy(src, a, src, b, 2);
            int index = 0;
            for (int i = 1; i < 8; i++) {
                if (word(src, i) < word(src, index)) {
                    index = i;
                }
            }
            Sse4.phminposuw(c, X, low(src), high(src));
            assertThat(c.xmm(2 * X)).isEqualTo(word(src, index) | (long) index << 16);
            assertThat(c.xmm(2 * X + 1)).isZero();
        }
    }

    private static int word(byte[] b, int i) {
        return LittleEndian.u16(b, 2 * i);
    }

    @Test
    void masksOfSignsHaveABitForEachElement() {
        for (int round = 0; round < ROUNDS; round++) {
            next();
            int bytes = 0;
            int floats = 0;
            int doubles = 0;
            for (int i = 0; i < 16; i++) {
                int bit = src[i] < 0 ? 1 : 0;
                bytes |= bit << i;
                floats |= i % 4 == 3 ? bit << i / 4 : 0;
                doubles |= i % 8 == 7 ? bit << i / 8 : 0;
            }
            assertThat(Shuffles.pmovmskb(c, low(src), high(src))).isEqualTo(bytes);
            assertThat(Shuffles.pmovmskb(c, low(src))).isEqualTo(bytes & 0xFF);
            assertThat(SseMove.movmskps(c, low(src), high(src))).isEqualTo(floats);
            assertThat(SseMove.movmskpd(c, low(src), high(src))).isEqualTo(doubles);
        }
    }

    @Test
    void extractionsAndInsertionsTouchOneElement() {
        for (int imm = 0; imm < 256; imm++) {
            next();
            long v = random.nextLong();
            int n = imm;
            assertThat(Sse4.pextrb(c, low(src), high(src), imm)).isEqualTo(src[imm & 15] & 0xFF);
            assertThat(Shuffles.pextrw(c, low(src), high(src), imm)).isEqualTo(word(src, imm & 7));
            assertThat(Shuffles.pextrw(c, low(src), imm)).isEqualTo(word(src, imm & 3));
            assertThat(Sse4.pextr32(c, low(src), high(src), imm)).isEqualTo(word(src, (imm & 3) * 2) | (long) word(src, (imm & 3) * 2 + 1) << 16);
            assertThat(Sse4.pextr64(c, low(src), high(src), imm)).isEqualTo((imm & 1) == 0 ? low(src) : high(src));
            assertThat(Shuffles.pinsrw(low(dst), v, imm)).isEqualTo(Words.of(16, i -> i == (n & 3) ? v : word(dst, (int) i)));
            for (int size = 1; size <= 8; size *= 2) {
                c.xmm(2 * X, low(dst));
                c.xmm(2 * X + 1, high(dst));
                byte[] r = dst.clone();
                int at = imm % (16 / size) * size;
                LittleEndian.put(r, at, size, v);
                switch (size) {
                    case 1 -> Sse4.pinsrb(c, X, v, imm);
                    case 2 -> Shuffles.pinsrw(c, X, v, imm);
                    case 4 -> Sse4.pinsr32(c, X, v & 0xFFFFFFFFL, imm);
                    default -> Sse4.pinsr64(c, X, v, imm);
                }
                expect(r, size, imm);
            }
        }
    }

    @Test
    void extensionsWidenTheLowElements() {
        int[][] widths = {{8, 16}, {8, 32}, {8, 64}, {16, 32}, {16, 64}, {32, 64}};
        for (int round = 0; round < ROUNDS; round++) {
            for (int kind = 0; kind < 12; kind++) {
                next();
                int from = widths[kind % 6][0];
                int to = widths[kind % 6][1];
                boolean signed = kind < 6;
                long v = low(src) & -1L >>> 64 - Math.min(64, 128 * from / to);
                int perHalf = 64 / to;
                extend(kind, v);
                assertThat(c.xmm(2 * X)).isEqualTo(Words.of(to, i -> Words.lane(v, from, (int) i, signed)));
                assertThat(c.xmm(2 * X + 1)).isEqualTo(Words.of(to, i -> Words.lane(v, from, (int) i + perHalf, signed)));
            }
        }
    }

    private void extend(int kind, long v) {
        switch (kind) {
            case 0 -> PackedConvert.pmovsxbw(c, X, v);
            case 1 -> PackedConvert.pmovsxbd(c, X, v);
            case 2 -> PackedConvert.pmovsxbq(c, X, v);
            case 3 -> PackedConvert.pmovsxwd(c, X, v);
            case 4 -> PackedConvert.pmovsxwq(c, X, v);
            case 5 -> PackedConvert.pmovsxdq(c, X, v);
            case 6 -> PackedConvert.pmovzxbw(c, X, v);
            case 7 -> PackedConvert.pmovzxbd(c, X, v);
            case 8 -> PackedConvert.pmovzxbq(c, X, v);
            case 9 -> PackedConvert.pmovzxwd(c, X, v);
            case 10 -> PackedConvert.pmovzxwq(c, X, v);
            default -> PackedConvert.pmovzxdq(c, X, v);
        }
    }

    @Test
    void ptestComparesOnesInsideAndOutsideTheDestination() {
        Sse4.ptest(c, 0xF0, 0, 0x0F, 0);
        assertThat(Flags.zf(c)).isTrue();
        assertThat(Flags.cf(c)).isFalse();
        Sse4.ptest(c, 0, 0xFF, 0, 0x0F);
        assertThat(Flags.zf(c)).isFalse();
        assertThat(Flags.cf(c)).isTrue();
        Sse4.ptest(c, 0, 1, 1, 0);
        assertThat(Flags.zf(c)).isTrue();
        assertThat(Flags.cf(c)).isFalse();
        Sse4.ptest(c, 1, 1, 0, 0);
        assertThat(Flags.zf(c)).isTrue();
        assertThat(Flags.cf(c)).isTrue();
        Sse4.ptest(c, 1, 0, 3, 0);
        assertThat(Flags.zf(c)).isFalse();
        assertThat(Flags.cf(c)).isFalse();
        assertThat(c.rflags() & 0x894).as("OF SF AF PF").isZero();
    }
}
