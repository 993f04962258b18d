package dev.hv.devices.storage;

/**
 * Blocks that a command names.
 *
 * @param first logical block address; negative when beyond what a long holds
 * @param count blocks
 */
record BlockRange(long first, long count) {

    /** The range of a command of the READ, WRITE, VERIFY, WRITE SAME or SYNCHRONIZE CACHE families, whatever its length. */
    static BlockRange of(ScsiCommand c) {
        byte[] b = c.cdb();
        return switch (c.opcode() >>> 5) {
            case 0 -> new BlockRange(Wire.big24(b, 1) & 0x1F_FFFF, b[4] == 0 ? 256 : b[4] & 0xFF);
            case 1, 2 -> new BlockRange(Wire.big32(b, 2), Wire.big16(b, 7));
            case 4 -> new BlockRange(Wire.big64(b, 2), Wire.big32(b, 10));
            default -> new BlockRange(Wire.big32(b, 2), Wire.big32(b, 6));
        };
    }

    /** Whether the range lies on a medium. */
    boolean within(long blocks) {
        return first >= 0 && count <= blocks && first <= blocks - count;
    }
}
