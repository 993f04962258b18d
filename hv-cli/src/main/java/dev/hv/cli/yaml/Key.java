package dev.hv.cli.yaml;

/**
 * A key of a mapping.
 *
 * @param name as it is written
 * @param shape what its value is
 * @param required whether it must be there
 * @param about what it means, for people: a phrase without a full stop
 */
public record Key(String name, Shape shape, boolean required, String about) {

    /** A key that may be left out. */
    public static Key of(String name, Shape shape, String about) {
        return new Key(name, shape, false, about);
    }

    /** A key that must be there. */
    public static Key needed(String name, Shape shape, String about) {
        return new Key(name, shape, true, about);
    }
}
