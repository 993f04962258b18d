package dev.hv.devices.network;

/**
 * An Ethernet address.
 *
 * @param value 48 bits, the first byte of the wire in bits 47:40
 */
public record MacAddress(long value) {

    /** Bytes of an address. */
    public static final int SIZE = 6;

    /**
     * An address from its text, such as {@code 00:15:5d:00:00:01}.
     *
     * @throws IllegalArgumentException when the text is no address of one station
     */
    public static MacAddress of(String text) {
        if (!text.matches("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")) {
            throw new IllegalArgumentException(text + " is not six bytes such as 00:15:5d:00:00:01");
        }
        var mac = new MacAddress(Long.parseLong(text.replace(":", ""), 16));
        if (mac.group()) {
            throw new IllegalArgumentException(text + " is the address of a group");
        }
        return mac;
    }

    /** The address at a place in a frame. */
    static long at(byte[] frame, int offset) {
        long value = 0;
        for (int i = 0; i < SIZE; i++) {
            value = value << 8 | frame[offset + i] & 0xFF;
        }
        return value;
    }

    /** Whether it is the address of a group: multicast or broadcast. */
    boolean group() {
        return group(value);
    }

    static boolean group(long value) {
        return (value >>> 40 & 1) != 0;
    }

    /** The six bytes as they are on the wire. */
    byte[] bytes() {
        byte[] b = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            b[i] = (byte) (value >>> 8 * (SIZE - 1 - i));
        }
        return b;
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (byte b : bytes()) {
            text.append(text.isEmpty() ? "" : ":").append("%02x".formatted(b));
        }
        return text.toString();
    }
}
