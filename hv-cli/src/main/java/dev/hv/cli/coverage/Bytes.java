package dev.hv.cli.coverage;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;

/** A cursor over bytes of a file, little-endian; whatever the bytes are, it never leaves its range. */
final class Bytes {

    private final String name;
    private final byte[] bytes;
    private final int end;
    private int at;

    /** All bytes of a section. */
    Bytes(String name, byte[] bytes) {
        this(name, bytes, 0, bytes.length);
    }

    private Bytes(String name, byte[] bytes, int at, int end) {
        this.name = name;
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    /** A cursor over what comes next, which this one passes over. */
    Bytes part(long length) throws DwarfException {
        int from = at;
        skip(length);
        return new Bytes(name, bytes, from, at);
    }

    /** Where it is in the section. */
    int position() {
        return at;
    }

    /** Bytes that are left. */
    int size() {
        return end - at;
    }

    boolean atEnd() {
        return at >= end;
    }

    void skip(long count) throws DwarfException {
        need(count);
        at += (int) count;
    }

    /** Goes to a place of the section. */
    void seek(long place) throws DwarfException {
        if (place < 0 || place > end) {
            throw bad("points outside");
        }
        at = (int) place;
    }

    private void need(long count) throws DwarfException {
        if (count < 0 || count > end - at) {
            throw bad("is cut off");
        }
    }

    DwarfException bad(String what) {
        return new DwarfException("section %s %s at offset %#x".formatted(name, what, at));
    }

    long number(int size) throws DwarfException {
        need(size);
        long value = LittleEndian.get(bytes, at, size);
        at += size;
        return value;
    }

    /** Puts a number, little-endian, somewhere in the section. */
    void put(long place, long value, int size) throws DwarfException {
        if (place < 0 || place > end - size) {
            throw bad("is relocated outside");
        }
        LittleEndian.put(bytes, (int) place, size, value);
    }

    int u8() throws DwarfException {
        return (int) number(1);
    }

    int u16() throws DwarfException {
        return (int) number(2);
    }

    long u32() throws DwarfException {
        return number(4) & 0xFFFF_FFFFL;
    }

    long u64() throws DwarfException {
        return number(8);
    }

    /** An unsigned number in LEB128; bits above 64 are lost. */
    long uleb() throws DwarfException {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            int b = u8();
            if (shift < Long.SIZE) {
                value |= (long) (b & 0x7F) << shift;
            }
            if ((b & 0x80) == 0) {
                return value;
            }
        }
    }

    /** A signed number in LEB128. */
    long sleb() throws DwarfException {
        long value = 0;
        int shift = 0;
        while (true) {
            int b = u8();
            if (shift < Long.SIZE) {
                value |= (long) (b & 0x7F) << shift;
            }
            shift += 7;
            if ((b & 0x80) == 0) {
                return shift < Long.SIZE && (b & 0x40) != 0 ? value | -1L << shift : value;
            }
        }
    }

    /** A text that ends with a zero byte. */
    String text() throws DwarfException {
        int from = at;
        while (at < end && bytes[at] != 0) {
            at++;
        }
        need(1);
        return new String(bytes, from, at++ - from, StandardCharsets.UTF_8);
    }
}
