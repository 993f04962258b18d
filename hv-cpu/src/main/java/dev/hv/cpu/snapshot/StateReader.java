package dev.hv.cpu.snapshot;

/** Gives back what a {@link StateWriter} received, in the same order. */
public interface StateReader {

    /**
     * Enters the next section, which must have this name.
     *
     * @return the version it was written with
     * @throws StateFormatException when another section comes next
     */
    int begin(String name);

    /** Leaves the section entered last. */
    void end();

    /** Reads one integer. */
    long take();

    /** Reads a run of bytes written by {@link StateWriter#put(byte[], int, int)}. */
    byte[] takeBytes();

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
