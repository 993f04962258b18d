package dev.hv.cli.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A thing with settings, as in {@code root.img,ro,bus=scsi}: the thing, then names with or without values. A comma in a name of a file is
 * written twice.
 *
 * @param where place for messages, such as {@code --disk} or {@code lab.yaml line 7: disks}
 * @param subject the thing itself
 * @param values settings in the order given; one without a value has the empty text
 */
public record Attributes(String where, String subject, Map<String, String> values) {

    /**
     * Takes a text apart.
     *
     * @param keys names that are known
     * @throws UsageException when a name is unknown or stands twice, or the thing is missing
     */
    public static Attributes parse(String where, String text, Set<String> keys) {
        return parse(where, text, keys, Set.of());
    }

    /**
     * Takes a text apart in which some names may stand several times.
     *
     * @param repeatable names whose values are joined with commas when there are several
     */
    static Attributes parse(String where, String text, Set<String> keys, Set<String> repeatable) {
        String[] parts = text.split("(?<!,),(?!,)", -1);
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String key = equals < 0 ? parts[i] : parts[i].substring(0, equals);
            String value = equals < 0 ? "" : plain(parts[i].substring(equals + 1));
            String before = values.put(key, value);
            if (before != null && !repeatable.contains(key)) {
                throw new UsageException("%s %s: %s is given twice".formatted(where, text, key));
            }
            if (before != null) {
                values.put(key, before + "," + value);
            }
        }
        return new Attributes(where, plain(parts[0]), values).known(keys);
    }

    private static String plain(String s) {
        return s.replace(",,", ",");
    }

    /**
     * The parts of a text with commas between.
     *
     * @param needed what a part is, for messages
     * @throws UsageException when one of them is empty
     */
    public static List<String> list(String where, String text, String needed) {
        List<String> parts = List.of(text.split(",", -1));
        if (parts.stream().anyMatch(String::isBlank)) {
            throw new UsageException("%s %s: %s: %s".formatted(where, text, parts.size() == 1 ? "is empty" : "a part is empty", needed));
        }
        return parts;
    }

    /** This, with its names checked. */
    Attributes known(Set<String> keys) {
        if (subject.isEmpty()) {
            throw new UsageException(where + ": an empty name");
        }
        for (String key : values.keySet()) {
            if (!keys.contains(key)) {
                throw bad("unknown setting '%s'; known: %s".formatted(key, String.join(", ", keys)));
            }
        }
        return this;
    }

    /** Whether a setting is switched on: it stands alone, or says true, yes or on. */
    boolean flag(String key) {
        return flag(key, false);
    }

    /** The same with what holds when nothing is said. */
    boolean flag(String key, boolean otherwise) {
        String v = values.get(key);
        if (v == null) {
            return otherwise;
        }
        return switch (v) {
            case "", "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw bad(key + "=" + v + ": true or false");
        };
    }

    /** A setting's value, or the default. */
    String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    /** A complaint about this thing, for who reads things of its own. */
    public UsageException wrong(String why) {
        return bad(why);
    }

    /** A complaint about this thing. */
    UsageException bad(String why) {
        return new UsageException(where + " " + subject + ": " + why);
    }
}
