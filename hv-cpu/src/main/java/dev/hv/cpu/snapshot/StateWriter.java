package dev.hv.cpu.snapshot;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

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

    /**
     * Says what the value is that is written next. Names are no part of the state: whoever writes bytes passes over them, whoever shows state to people reads it by them. Names are lower case, with hyphens, and
     * have no slash.
     */
    default void name(String name) {}

    /**
     * Says that what is written up to the next item, {@link #endItems} or the section's end belongs to one of several things of a kind.
     *
     * @param name the kind's, as in {@link #name}
     * @param which its number or name among them
     */
    default void item(String name, Object which) {}

    /** Says that what is written next belongs to the section as such again. */
    default void endItems() {}

    /**
     * Tells something that follows from the state, for people. It is no part of the state.
     *
     * @param name as in {@link #name}
     * @param value asked for by whoever shows state to people, at once
     */
    default void tell(String name, Supplier<?> value) {}

    /** Writes one integer of up to 64 bits, with its name. */
    default void put(String name, long value) {
        name(name);
        put(value);
    }

    /** Writes one truth value, with its name. */
    default void put(String name, boolean value) {
        name(name);
        put(value);
    }

    /** Writes a text, with its name. */
    default void put(String name, String text) {
        name(name);
        put(text);
    }

    /** Writes an array, with its name. */
    default void put(String name, long[] values) {
        name(name);
        put(values);
    }

    /** Writes an array, with a name for each place. */
    default void put(String[] names, long[] values) {
        put(values);
    }

    /** Writes a run of bytes, with its name. */
    default void put(String name, byte[] bytes, int offset, int length) {
        name(name);
        put(bytes, offset, length);
    }
}
