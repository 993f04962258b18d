package dev.hv.cli.debug;

import java.util.HexFormat;

/** Numbers and bytes as packets have them. */
final class Hex {

    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {}

    static String of(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }

    /**
     * Bytes from digits.
     *
     * @throws IllegalArgumentException for anything else
     */
    static byte[] bytes(String digits) {
        return FORMAT.parseHex(digits);
    }

    /**
     * A number of up to 16 digits.
     *
     * @throws IllegalArgumentException for anything else
     */
    static long number(String digits) {
        return HexFormat.fromHexDigitsToLong(digits);
    }
}
