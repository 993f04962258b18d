package dev.hv.cpu.snapshot;

import java.nio.charset.StandardCharsets;

/** Receives the fields of a {@link Saveable} in a fixed order; implemented by the digest and by checkpoint files. */
public interface StateWriter {

    /** Starts a named, versioned section; sections nest. */
    void begin(String name, int version);

    /** Ends the section begun last. */
    void end();

    /** Writes one integer of up to 64 bits. */
    void put(long value);

    /** Writes a run of bytes, its length first. */
    void put(byte[] bytes, int offset, int length);

    /** Writes one truth value. */
    default void put(boolean value) {
        put(value ? 1 : 0);
    }

    /** Writes a text. */
    default void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        put(bytes, 0, bytes.length);
    }

    /** Writes an array, its length first. */
    default void put(long[] values) {
        put(values.length);
        for (long v : values) {
            put(v);
        }
    }
}
