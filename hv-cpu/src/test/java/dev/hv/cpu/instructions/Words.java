package dev.hv.cpu.instructions;

import java.util.Random;
import java.util.function.LongUnaryOperator;

/** 64-bit words as lanes of 8, 16, 32 or 64 bits, taken apart and put together in plain loops. */
final class Words {

    private static final long[] EDGES = {0, 1, 2, 0x7F, 0x80, 0x81, 0xFF, 0x100, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x10000, 0x7FFFFFFFL,
        0x80000000L, 0xFFFFFFFFL, Long.MAX_VALUE, Long.MIN_VALUE, -1};

    private Words() {}

    static long unsigned(long word, int width, int lane) {
        long v = word >>> width * lane;
        return width == 64 ? v : v & (1L << width) - 1;
    }

    static long signed(long word, int width, int lane) {
        long v = unsigned(word, width, lane);
        return v << 64 - width >> 64 - width;
    }

    static long lane(long word, int width, int lane, boolean signed) {
        return signed ? signed(word, width, lane) : unsigned(word, width, lane);
    }

    /** A word of what {@code value} gives for each lane's number. */
    static long of(int width, LongUnaryOperator value) {
        long word = 0;
        for (int i = 0; i < 64 / width; i++) {
            long v = value.applyAsLong(i);
            word |= (width == 64 ? v : v & (1L << width) - 1) << width * i;
        }
        return word;
    }

    /** Words of random lanes, every second one of them an end of some range. */
    static long random(Random random) {
        int width = 8 << random.nextInt(4);
        return of(width, i -> random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : random.nextLong());
    }

    static long saturate(long v, long least, long most) {
        return v < least ? least : v > most ? most : v;
    }
}
