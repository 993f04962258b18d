package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;

/** CRC32 (SDM vol. 2, "CRC32"): accumulates CRC-32C, polynomial 11EDC6F41h, bit-reflected, without inversions. No flags. */
public final class Crc32 {

    private static final int POLYNOMIAL = 0x82F63B78;
    private static final int[] TABLE = table();

    private Crc32() {}

    private static int[] table() {
        int[] t = new int[256];
        for (int i = 0; i < 256; i++) {
            int r = i;
            for (int bit = 0; bit < 8; bit++) {
                r = r >>> 1 ^ ((r & 1) != 0 ? POLYNOMIAL : 0);
            }
            t[i] = r;
        }
        return t;
    }

    /** CRC32 of a byte. */
    public static long step8(Cpu c, long crc, long data) {
        return bytes(crc, data, 1);
    }

    /** CRC32 of a word. */
    public static long step16(Cpu c, long crc, long data) {
        return bytes(crc, data, 2);
    }

    /** CRC32 of a doubleword. */
    public static long step32(Cpu c, long crc, long data) {
        return bytes(crc, data, 4);
    }

    /** CRC32 of a quadword. */
    public static long step64(Cpu c, long crc, long data) {
        return bytes(crc, data, 8);
    }

    private static long bytes(long crc, long data, int count) {
        int r = (int) crc;
        for (int i = 0; i < count; i++) {
            r = r >>> 8 ^ TABLE[(r ^ (int) (data >>> 8 * i)) & 0xFF];
        }
        return r & 0xFFFFFFFFL;
    }
}
