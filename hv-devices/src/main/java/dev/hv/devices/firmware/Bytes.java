package dev.hv.devices.firmware;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing run of bytes, little-endian. */
final class Bytes {

    private byte[] buffer = new byte[256];
    private int size;

    Bytes u8(int value) {
        if (size == buffer.length) {
            buffer = Arrays.copyOf(buffer, size * 2);
        }
        buffer[size++] = (byte) value;
        return this;
    }

    Bytes u16(int value) {
        return u8(value).u8(value >> 8);
    }

    Bytes u32(long value) {
        return u16((int) value).u16((int) (value >> 16));
    }

    Bytes u64(long value) {
        return u32(value).u32(value >> 32);
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
        return set8(offset, value).set8(offset + 1, value >> 8);
    }

    Bytes set32(int offset, int value) {
        for (int i = 0; i < 4; i++) {
            buffer[offset + i] = (byte) (value >>> (i << 3));
        }
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
