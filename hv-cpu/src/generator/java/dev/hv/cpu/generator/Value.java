package dev.hv.cpu.generator;

import java.util.List;

/**
 * What reads an operand: an expression of a long, or of each of its parts.
 *
 * @param parts parts of 64 bits, lowest first; one that may be narrower when it is alone
 */
record Value(List<String> parts) {

    static Value of(String... parts) {
        return new Value(List.of(parts));
    }

    String low() {
        return parts.getFirst();
    }

    String high() {
        return parts.get(1);
    }

    boolean wide() {
        return parts.size() > 1;
    }

    /** As arguments of a call. */
    String arguments() {
        return String.join(", ", parts);
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
