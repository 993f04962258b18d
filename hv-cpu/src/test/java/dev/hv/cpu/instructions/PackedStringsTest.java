package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The packed string comparisons against a matrix of all pairs of elements with the overrides of SDM vol. 2B, 4.1.6 ("Comparison
 * result for each element pair BoolRes[i.j]"), as the manual describes them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackedStringsTest {

    private final Bare bare = Bare.mode64();
    private final Cpu c = bare.c;
    private final Random random = new Random(5);
    private final long[] a = new long[16];
    private final long[] b = new long[16];

    private int lanes;
    private int width;

    /** Strings over few letters, so that matches are frequent; some with high bits, for signed formats. */
    private void strings(int imm) {
        width = (imm & 1) != 0 ? 16 : 8;
        lanes = 128 / width;
        long top = 1L << width - 1;
        for (long[] s : new long[][] {a, b}) {
            for (int i = 0; i < lanes; i++) {
                s[i] = random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(3) | (random.nextInt(4) == 0 ? top : 0);
            }
        }
        store(1, a);
        store(2, b);
    }

    private void store(int x, long[] s) {
        c.xmm(2 * x, Words.of(width, i -> s[(int) i]));
        c.xmm(2 * x + 1, Words.of(width, i -> s[(int) i + lanes / 2]));
    }

    private long value(long v, int imm) {
        return (imm & 2) != 0 ? v << 64 - width >> 64 - width : v;
    }

    /** IntRes2. */
    private int expected(int imm, int lengthA, int lengthB) {
        int kind = imm >> 2 & 3;
        boolean[][] pair = new boolean[lanes][lanes];
        for (int j = 0; j < lanes; j++) {
            for (int i = 0; i < lanes; i++) {
                long x = value(a[i], imm);
                long y = value(b[j], imm);
                boolean r = kind == 1 ? i % 2 == 0 ? y >= x : y <= x : x == y;
                if (i >= lengthA && j >= lengthB) {
                    r = kind >= 2;
                } else if (i >= lengthA) {
                    r = kind == 3;
                } else if (j >= lengthB) {
                    r = false;
                }
                pair[j][i] = r;
            }
        }
        int result = 0;
        for (int j = 0; j < lanes; j++) {
            boolean r = kind >= 2;
            switch (kind) {
                case 0 -> {
                    for (int i = 0; i < lanes; i++) {
                        r |= pair[j][i];
                    }
                }
                case 1 -> {
                    for (int i = 0; i < lanes; i += 2) {
                        r |= pair[j][i] && pair[j][i + 1];
                    }
                }
                case 2 -> r = pair[j][j];
                default -> {
                    for (int i = 0; i + j < lanes; i++) {
                        r &= pair[j + i][i];
                    }
                }
            }
            boolean negate = (imm & 0x10) != 0 && ((imm & 0x20) == 0 || j < lengthB);
            result |= r != negate ? 1 << j : 0;
        }
        return result;
    }

    private void check(int imm, int opcode, int result, int lengthA, int lengthB) {
        boolean mask = opcode == 0x60 || opcode == 0x62;
        if (mask && (imm & 0x40) == 0) {
            assertThat(c.xmm(0)).isEqualTo(result);
            assertThat(c.xmm(1)).isZero();
        } else if (mask) {
            int half = lanes / 2;
            assertThat(c.xmm(0)).isEqualTo(Words.of(width, i -> -(result >> (int) i & 1)));
            assertThat(c.xmm(1)).isEqualTo(Words.of(width, i -> -(result >> (int) i + half & 1)));
        } else {
            int index = lanes;
            for (int i = 0; i < lanes; i++) {
                if ((result >> i & 1) != 0 && (index == lanes || (imm & 0x40) != 0)) {
                    index = i;
                }
            }
            assertThat(c.gpr(Cpu.RCX)).isEqualTo(index);
        }
        assertThat(bare.flags()).isEqualTo(((result & 1) != 0 ? "O" : ".") + (lengthA < lanes ? "S" : ".") + (lengthB < lanes ? "Z" : ".") + ".."
                + (result != 0 ? "C" : "."));
    }

    @Test
    void implicitLengthsEndAtTheFirstZero() {
        for (int opcode = 0x62; opcode <= 0x63; opcode++) {
            for (int imm = 0; imm < 128; imm++) {
                bare.code(0x66, 0x0F, 0x3A, opcode, 0xCA, imm);
                for (int round = 0; round < 20; round++) {
                    strings(imm);
                    c.rip = Bare.CODE;
                    c.gpr(Cpu.RCX, -1);
                    bare.step();
                    int la = end(a);
                    int lb = end(b);
                    check(imm, opcode, expected(imm, la, lb), la, lb);
                }
            }
        }
    }

    private int end(long[] s) {
        for (int i = 0; i < lanes; i++) {
            if (s[i] == 0) {
                return i;
            }
        }
        return lanes;
    }

    @Test
    void explicitLengthsAreAbsoluteAndSaturate() {
        int[] lengths = {0, 1, 2, 5, 7, 8, 9, 15, 16, 17, 1000, -1, -3, -16, -17, Integer.MIN_VALUE, Integer.MAX_VALUE};
        for (int opcode = 0x60; opcode <= 0x61; opcode++) {
            for (int imm = 0; imm < 128; imm++) {
                bare.code(0x66, 0x0F, 0x3A, opcode, 0xCA, imm);
                for (int round = 0; round < 20; round++) {
                    strings(imm);
                    int x = lengths[random.nextInt(lengths.length)];
                    int y = lengths[random.nextInt(lengths.length)];
                    // without REX.W the upper halves do not count
                    c.gpr(Cpu.RAX, x & 0xFFFFFFFFL | 7L << 32);
                    c.gpr(Cpu.RDX, y & 0xFFFFFFFFL | 7L << 32);
                    c.rip = Bare.CODE;
                    bare.step();
                    int la = (int) Math.min(Math.abs((long) x), lanes);
                    int lb = (int) Math.min(Math.abs((long) y), lanes);
                    check(imm, opcode, expected(imm, la, lb), la, lb);
                }
            }
        }
    }

    @Test
    void withRexWLengthsHave64Bits() {
        int imm = 0x08;
        strings(imm);
        c.gpr(Cpu.RAX, 1L << 32);
        c.gpr(Cpu.RDX, Long.MIN_VALUE);
        bare.code(0x66, 0x48, 0x0F, 0x3A, 0x61, 0xCA, imm).step();
        check(imm, 0x61, expected(imm, 16, 16), 16, 16);
    }

    @Test
    void theMemoryOperandNeedsNoAlignment() {
        int imm = 0x08;
        strings(imm);
        bare.put64(Bare.DATA + 3, c.xmm(4));
        bare.put64(Bare.DATA + 11, c.xmm(5));
        c.gpr(Cpu.RSI, Bare.DATA + 3);
        bare.code(0x66, 0x0F, 0x3A, 0x63, 0x0E, imm).step();
        check(imm, 0x63, expected(imm, end(a), end(b)), end(a), end(b));
    }
}
