package dev.hv.cli.yaml;

import java.util.List;

/**
 * The keys that a mapping can have.
 *
 * @param name of the kind of mapping, in one word
 * @param what it is, as in {@code a machine}
 * @param all keys, in the order in which people read them
 */
public record Keys(String name, String what, List<Key> all) {

    /** A key by its name; null when there is none. */
    public Key find(String key) {
        return all.stream().filter(k -> k.name().equals(key)).findFirst().orElse(null);
    }

    /** Names of all keys. */
    public List<String> names() {
        return all.stream().map(Key::name).toList();
    }

    /** Name of the key that says what kind of mapping it is, where there are several. */
    public String verb() {
        return all.getFirst().name();
    }
}
