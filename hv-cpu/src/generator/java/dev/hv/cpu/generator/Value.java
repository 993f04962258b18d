package dev.hv.cpu.generator;

/**
 * What reads an operand: an expression of a long, or of its two halves.
 *
 * @param high upper 64 bits of 128; null when there are none
 */
record Value(String low, String high) {

    static Value of(String low) {
        return new Value(low, null);
    }

    boolean wide() {
        return high != null;
    }

    /** As arguments of a call. */
    String arguments() {
        return wide() ? low + ", " + high : low;
    }

    /** An expression cut to so many bits. */
    static String mask(String v, int bits) {
        return switch (bits) {
            case 8 -> v + " & 0xFF";
            case 16 -> v + " & 0xFFFF";
            case 32 -> v + " & 0xFFFFFFFFL";
            default -> v;
        };
    }
}
