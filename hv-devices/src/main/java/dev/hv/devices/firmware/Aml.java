package dev.hv.devices.firmware;

import java.nio.charset.StandardCharsets;

/**
 * Encodes ACPI machine language terms (ACPI specification, chapter 20). Every method returns the bytes of one term, so that terms
 * nest as calls do.
 */
final class Aml {

    private static final int SEGMENT = 4;

    private Aml() {}

    /** A name path: {@code \_SB.PCI0}, {@code _HID}. Segments shorter than four characters are padded with underscores. */
    static byte[] name(String path) {
        var out = new Bytes();
        String rest = path;
        if (rest.startsWith("\\")) {
            out.u8('\\');
            rest = rest.substring(1);
        }
        String[] segments = rest.isEmpty() ? new String[0] : rest.split("\\.");
        switch (segments.length) {
            case 0 -> out.u8(0);
            case 1 -> { }
            case 2 -> out.u8(0x2E);
            default -> out.u8(0x2F).u8(segments.length);
        }
        for (String s : segments) {
            if (s.isEmpty() || s.length() > SEGMENT) {
                throw new IllegalArgumentException("name segment \"" + s + "\" has not 1 to 4 characters");
            }
            out.ascii(s).ascii("_".repeat(SEGMENT - s.length()));
        }
        return out.toArray();
    }

    /** An integer constant in its shortest form. */
    static byte[] integer(long value) {
        var out = new Bytes();
        if (value == 0 || value == 1) {
            return out.u8((int) value).toArray();
        }
        if (value >>> 8 == 0) {
            return out.u8(0x0A).u8((int) value).toArray();
        }
        if (value >>> 16 == 0) {
            return out.u8(0x0B).u16((int) value).toArray();
        }
        return value >>> 32 == 0 ? out.u8(0x0C).u32(value).toArray() : out.u8(0x0E).u64(value).toArray();
    }

    /** A string constant. */
    static byte[] string(String text) {
        return new Bytes().u8(0x0D).bytes(text.getBytes(StandardCharsets.US_ASCII)).u8(0).toArray();
    }

    /** A compressed EISA identifier such as PNP0501, as an integer constant. */
    static byte[] eisaId(String id) {
        int v = (id.charAt(0) - 0x40 & 0x1F) << 26 | (id.charAt(1) - 0x40 & 0x1F) << 21 | (id.charAt(2) - 0x40 & 0x1F) << 16
                | Integer.parseInt(id.substring(3), 16);
        return new Bytes().u8(0x0C).u32(Integer.reverseBytes(v)).toArray();
    }

    /** {@code Name (path, object)}. */
    static byte[] define(String path, byte[] object) {
        return join(new byte[] {0x08}, name(path), object);
    }

    /** {@code Scope (path) { terms }}. */
    static byte[] scope(String path, byte[]... terms) {
        return sized(new byte[] {0x10}, join(name(path), join(terms)));
    }

    /** {@code Device (name) { terms }}. */
    static byte[] device(String name, byte[]... terms) {
        return sized(new byte[] {0x5B, (byte) 0x82}, join(name(name), join(terms)));
    }

    /** {@code Method (name, 0, NotSerialized) { terms }}. */
    static byte[] method(String name, byte[]... terms) {
        return sized(new byte[] {0x14}, join(name(name), new byte[] {0}, join(terms)));
    }

    /** {@code Return (object)}. */
    static byte[] giveBack(byte[] object) {
        return join(new byte[] {(byte) 0xA4}, object);
    }

    /** {@code And (a, b, target)}. */
    static byte[] and(byte[] a, byte[] b, byte[] target) {
        return join(new byte[] {0x7B}, a, b, target);
    }

    /** {@code Or (a, b, target)}. */
    static byte[] or(byte[] a, byte[] b, byte[] target) {
        return join(new byte[] {0x7D}, a, b, target);
    }

    /** {@code Package () { elements }}, at most 255 of them. */
    static byte[] pack(byte[]... elements) {
        if (elements.length > 255) {
            throw new IllegalArgumentException(elements.length + " elements do not fit a package");
        }
        return sized(new byte[] {0x12}, join(new byte[] {(byte) elements.length}, join(elements)));
    }

    /** {@code Buffer () { bytes }}. */
    static byte[] buffer(byte[] bytes) {
        return sized(new byte[] {0x11}, join(integer(bytes.length), bytes));
    }

    static byte[] join(byte[]... parts) {
        var out = new Bytes();
        for (byte[] p : parts) {
            out.bytes(p);
        }
        return out.toArray();
    }

    /** An opcode whose operands are preceded by their length (PkgLength, which counts itself; 20.2.4). */
    private static byte[] sized(byte[] opcode, byte[] operands) {
        var out = new Bytes().bytes(opcode);
        int n = operands.length;
        if (n + 1 < 1 << 6) {
            out.u8(n + 1);
        } else {
            int extra = n + 2 < 1 << 12 ? 1 : n + 3 < 1 << 20 ? 2 : 3;
            int length = n + 1 + extra;
            out.u8(extra << 6 | length & 0xF);
            for (int i = 0; i < extra; i++) {
                out.u8(length >> 4 + 8 * i);
            }
        }
        return out.bytes(operands).toArray();
    }
}
