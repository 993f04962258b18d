package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;

/**
 * AES-NI (SDM vol. 2, "AESENC" and the others; FIPS 197): the state's columns are the doublewords of a register, its rows their bytes. {@code x} is
 * the state's register and the destination.
 */
public final class Aes {

    private static final int[] SUBSTITUTE = new int[256];
    private static final int[] RESTORE = new int[256];
    /** A substituted byte as it comes into a column by MixColumns, and a restored one by its inverse. */
    private static final int[] MIXED = new int[256];
    private static final int[] UNMIXED = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int inverse = Galois.inverse(i);
            int s = inverse;
            for (int n = 0; n < 4; n++) {
                inverse = inverse << 1 | inverse >> 7;
                s ^= inverse;
            }
            s = (s ^ 0x63) & 0xFF;
            SUBSTITUTE[i] = s;
            RESTORE[s] = i;
            MIXED[i] = column(s, 2, 1, 1, 3);
        }
        for (int i = 0; i < 256; i++) {
            UNMIXED[i] = column(RESTORE[i], 0xE, 9, 0xD, 0xB);
        }
    }

    private Aes() {}

    private static int column(int s, int r0, int r1, int r2, int r3) {
        return Galois.multiply(s, r0) | Galois.multiply(s, r1) << 8 | Galois.multiply(s, r2) << 16 | Galois.multiply(s, r3) << 24;
    }

    /** The byte in a row of a column of the state. */
    private static int at(long low, long high, int column, int row) {
        int i = 4 * (column & 3) + row;
        return (int) ((i < 8 ? low : high) >>> 8 * (i & 7)) & 0xFF;
    }

    /** A column after the rows were shifted by {@code step} columns for each row, and its bytes looked up. */
    private static long mixed(int[] table, long low, long high, int column, int step) {
        int r = 0;
        for (int row = 0; row < 4; row++) {
            r ^= Integer.rotateLeft(table[at(low, high, column + step * row, row)], 8 * row);
        }
        return r & 0xFFFFFFFFL;
    }

    private static long plain(int[] table, long low, long high, int column, int step) {
        long r = 0;
        for (int row = 0; row < 4; row++) {
            r |= (long) table[at(low, high, column + step * row, row)] << 8 * row;
        }
        return r;
    }

    /** AESENC. */
    public static void aesenc(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, low ^ (mixed(MIXED, a, b, 0, 1) | mixed(MIXED, a, b, 1, 1) << 32), high ^ (mixed(MIXED, a, b, 2, 1) | mixed(MIXED, a, b, 3, 1) << 32));
    }

    /** AESENCLAST. */
    public static void aesenclast(Cpu c, int x, long low, long high) {
        last(c, x, low, high, SUBSTITUTE, 1);
    }

    /** AESDEC. */
    public static void aesdec(Cpu c, int x, long low, long high) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, low ^ (mixed(UNMIXED, a, b, 0, -1) | mixed(UNMIXED, a, b, 1, -1) << 32),
                high ^ (mixed(UNMIXED, a, b, 2, -1) | mixed(UNMIXED, a, b, 3, -1) << 32));
    }

    /** AESDECLAST. */
    public static void aesdeclast(Cpu c, int x, long low, long high) {
        last(c, x, low, high, RESTORE, -1);
    }

    private static void last(Cpu c, int x, long low, long high, int[] table, int step) {
        long a = c.xmm(2 * x);
        long b = c.xmm(2 * x + 1);
        SseMove.load(c, x, low ^ (plain(table, a, b, 0, step) | plain(table, a, b, 1, step) << 32),
                high ^ (plain(table, a, b, 2, step) | plain(table, a, b, 3, step) << 32));
    }

    /** AESIMC. */
    public static void aesimc(Cpu c, int x, long low, long high) {
        SseMove.load(c, x, unmix(low) | unmix(low >>> 32) << 32, unmix(high) | unmix(high >>> 32) << 32);
    }

    private static long unmix(long column) {
        int r = 0;
        for (int row = 0; row < 4; row++) {
            r ^= Integer.rotateLeft(UNMIXED[SUBSTITUTE[(int) (column >>> 8 * row) & 0xFF]], 8 * row);
        }
        return r & 0xFFFFFFFFL;
    }

    /** AESKEYGENASSIST. */
    public static void aeskeygenassist(Cpu c, int x, long low, long high, int round) {
        SseMove.load(c, x, assist(low >>> 32, round), assist(high >>> 32, round));
    }

    private static long assist(long word, int round) {
        int s = 0;
        for (int i = 0; i < 32; i += 8) {
            s |= SUBSTITUTE[(int) (word >>> i) & 0xFF] << i;
        }
        return s & 0xFFFFFFFFL | (long) (Integer.rotateRight(s, 8) ^ round) << 32;
    }
}
