package dev.hv.cli.config;

import dev.hv.cpu.memory.Page;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How much memory a virtual machine has: always the same, or between bounds, as it needs it and the host has it (dynamic memory). All in bytes of whole pages.
 *
 * @param startup what it starts with
 * @param minimum what it keeps
 * @param maximum what it can come to
 * @param buffer what it gets beyond its need, in percent of that
 * @param weight whose need comes first where the host has too little, from 1 to 10000
 */
public record MemoryConfig(long startup, long minimum, long maximum, int buffer, int weight) {

    /** What Hyper-V gives a machine of which nothing is said. */
    static final int BUFFER = 20;
    static final int WEIGHT = 5000;
    static final int MOST_BUFFER = 2000;
    static final int MOST_WEIGHT = 10_000;

    /** Smallest memory a machine can be given. */
    public static final long LEAST = 4L << 20;

    private static final Set<String> KEYS = new LinkedHashSet<>(List.of("minimum", "maximum", "buffer", "weight"));
    /** As {@link #parse} takes it, for schemas. */
    static final Pattern TEXT = Pattern.compile("\\d{1,18}[KkMmGgTt]?([iI]?[bB])?(,(minimum|maximum)=\\d{1,18}[KkMmGgTt]?([iI]?[bB])?|,(buffer|weight)=\\d{1,5})*");

    /** Memory that is always the same. */
    public static MemoryConfig fixed(long bytes) {
        return new MemoryConfig(bytes, bytes, bytes, BUFFER, WEIGHT);
    }

    /** Whether it changes while the machine runs. */
    public boolean dynamic() {
        return minimum < startup || maximum > startup;
    }

    /**
     * Memory from text such as {@code 512M} or {@code 256M,minimum=128M,maximum=1G,buffer=20,weight=5000}.
     *
     * @throws UsageException when a number is none or the bounds do not go together
     */
    static MemoryConfig parse(String where, String text) {
        Attributes a = Attributes.parse(where, text, KEYS);
        long startup = size(where, a.subject());
        long minimum = a.values().containsKey("minimum") ? size(where + " minimum", a.text("minimum", "")) : startup;
        long maximum = a.values().containsKey("maximum") ? size(where + " maximum", a.text("maximum", "")) : startup;
        if (minimum > startup || maximum < startup) {
            throw a.bad("minimum is at most, and maximum at least, what it starts with");
        }
        var memory = new MemoryConfig(startup, minimum, maximum, number(a, "buffer", BUFFER, 0, MOST_BUFFER), number(a, "weight", WEIGHT, 1, MOST_WEIGHT));
        if (!memory.dynamic() && (a.values().containsKey("buffer") || a.values().containsKey("weight"))) {
            throw a.bad("buffer and weight need a minimum or a maximum: memory that is always the same has no use for them");
        }
        return memory;
    }

    private static int number(Attributes a, String key, int otherwise, int least, int most) {
        String text = a.text(key, Integer.toString(otherwise));
        int n = text.matches("\\d{1,5}") ? Integer.parseInt(text) : -1;
        if (n < least || n > most) {
            throw a.bad("%s=%s: a number from %d to %d is needed".formatted(key, text, least, most));
        }
        return n;
    }

    /** Bytes, rounded up to whole pages. */
    private static long size(String where, String text) {
        long bytes = Sizes.bytes(where, text);
        if (bytes < LEAST) {
            throw new UsageException(where + " " + text + ": too little; a machine needs at least " + Sizes.show(LEAST));
        }
        VmConfig.checkHost(where + " " + text, bytes);
        return (bytes + Page.SIZE - 1) / Page.SIZE * Page.SIZE;
    }
}
