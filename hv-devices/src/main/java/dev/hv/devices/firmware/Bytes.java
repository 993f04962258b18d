package dev.hv.devices.firmware;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing run of bytes, little-endian. */
final class Bytes {

    private byte[] buffer = new byte[256];
    private int size;

    private Bytes number(int width, long value) {
        if (buffer.length - size < width) {
            buffer = Arrays.copyOf(buffer, size * 2);
        }
        LittleEndian.put(buffer, size, width, value);
        size += width;
        return this;
    }

    Bytes u8(int value) {
        return number(1, value);
    }

    Bytes u16(int value) {
        return number(2, value);
    }

    Bytes u32(long value) {
        return number(4, value);
    }

    Bytes u64(long value) {
        return number(8, value);
    }

    Bytes bytes(byte... values) {
        for (byte b : values) {
            u8(b);
        }
        return this;
    }

    Bytes ascii(String text) {
        return bytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    Bytes zeros(int count) {
        for (int i = 0; i < count; i++) {
            u8(0);
        }
        return this;
    }

    Bytes set8(int offset, int value) {
        buffer[offset] = (byte) value;
        return this;
    }

    Bytes set16(int offset, int value) {
        LittleEndian.put16(buffer, offset, value);
        return this;
    }

    Bytes set32(int offset, int value) {
        LittleEndian.put32(buffer, offset, value);
        return this;
    }

    int size() {
        return size;
    }

    /** What to add to a byte of the range so that all its bytes sum to zero, modulo 256. */
    int checksum(int offset, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += buffer[offset + i];
        }
        return -sum & 0xFF;
    }

    byte[] toArray() {
        return Arrays.copyOf(buffer, size);
    }
}
