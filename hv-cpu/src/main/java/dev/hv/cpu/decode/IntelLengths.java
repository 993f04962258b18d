package dev.hv.cpu.decode;

/**
 * What Intel's processors fetch behind an opcode before they find out that there is no such instruction, as told from silicon: instructions were cut
 * off by the end of a page and raised #PF where more was wanted, #UD where not. Valid instructions go by the same rules.
 */
final class IntelLengths {

    /** Opcodes of map 0F with a ModRM byte, a bit each. */
    private static final long[] MODRM = {
        // 00-03 0D 10-23 28-2F
        0x0000FF0FFFFF200FL,
        // 40-76, 78-7F
        0xFF7FFFFFFFFFFFFFL,
        // 90-9F A3-A7 AB-BF but A8-AA, BA is a group
        0xFFFFF8F8FFFF0000L,
        // C0-C7 D0-FF
        0xFFFFFFFFFFFF00FFL};
    /** Those with an immediate byte behind it: 70-73 A4 AC BA C2 C4-C6. */
    private static final long[] BYTE = {0, 0x000F000000000000L, 0x0400101000000000L, 0x74L};
    private static final int JCC = 0x80;

    private IntelLengths() {}

    /** Which of the maps 0F, 0F38 and 0F3A (1 to 3) an escape 0F 38 … 0F 3F counts as. */
    static int escape(int opcode) {
        return (opcode & 2) == 0 ? 2 : 3;
    }

    /** Whether a ModRM byte follows an opcode of map 0F, 0F38 or 0F3A (1 to 3). */
    static boolean hasModrm(int map, int opcode) {
        return map != 1 || (MODRM[opcode >> 6] >>> opcode & 1) != 0;
    }

    /** The immediate behind that. */
    static int immediate(int map, int opcode) {
        boolean one = map == 3 || map == 1 && (BYTE[opcode >> 6] >>> opcode & 1) != 0;
        return one ? Table.IMM_B : map == 1 && (opcode & 0xF0) == JCC ? Table.IMM_Z : Table.IMM_NONE;
    }
}
