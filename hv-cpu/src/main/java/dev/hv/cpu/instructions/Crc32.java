package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;

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
    public static long byteStep(Cpu c, long crc, long data) {
        int r = (int) crc;
        return (r >>> 8 ^ TABLE[(r ^ (int) data) & 0xFF]) & 0xFFFFFFFFL;
    }

    /** CRC32 of a word, doubleword or quadword. */
    public static int wide(Cpu c, Insn d) {
        int bytes = d.opSize / 8;
        long data = d.isReg ? c.gpr[d.rm] : Mem.read(c, Ea.of(c, d, bytes, false), bytes);
        long crc = c.gpr[d.reg];
        for (int i = 0; i < bytes; i++) {
            crc = byteStep(c, crc, data >>> 8 * i);
        }
        c.gpr[d.reg] = crc;
        return Outcome.NEXT;
    }
}
