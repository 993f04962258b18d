package dev.hv.cpu.snapshot;

import java.nio.charset.StandardCharsets;

/** Gives back what a {@link StateWriter} received, in the same order. */
public interface StateReader {

    /**
     * Enters the next section, which must have this name.
     *
     * @return the version it was written with
     * @throws StateFormatException when another section comes next
     */
    int begin(String name);

    /**
     * Enters the next section, which must have this name and version.
     *
     * @throws StateFormatException when another section comes next, or it was written in another version
     */
    default void begin(String name, int version) {
        int written = begin(name);
        if (written != version) {
            throw new StateFormatException("section %s has version %d; this program reads version %d".formatted(name, written, version));
        }
    }

    /**
     * Leaves the section entered last.
     *
     * @throws StateFormatException when not all of it was read
     */
    void end();

    /** Reads one integer. */
    long take();

    /** Reads a run of bytes written by {@link StateWriter#put(byte[], int, int)}. */
    byte[] takeBytes();

    /** Reads a text. */
    default String takeText() {
        return new String(takeBytes(), StandardCharsets.UTF_8);
    }

    /** Reads one truth value. */
    default boolean takeBoolean() {
        return take() != 0;
    }

    /** Reads an array into {@code into}, whose length must be the one written. */
    default void take(long[] into) {
        long n = take();
        if (n != into.length) {
            throw new StateFormatException("array of " + n + " values where " + into.length + " were expected");
        }
        for (int i = 0; i < into.length; i++) {
            into[i] = take();
        }
    }
}
