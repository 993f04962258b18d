package dev.hv.cli.config;

import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.network.PortFaults;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/** Makes a fault of its keys' values. */
public final class FaultReader {

    private static final int SINTS = 16;
    private static final int IRQS = 24;
    private static final int FIRST_VECTOR = 16;
    private static final int VECTORS = 256;

    private final Map<String, String> values;
    private final BiConsumer<String, String> problem;

    /**
     * A reader of one fault.
     *
     * @param values of {@link FaultKeys}, each with its key's shape
     * @param problem told a key, or the fault's own, and what is wrong with what it says beside the others
     */
    public FaultReader(Map<String, String> values, BiConsumer<String, String> problem) {
        this.values = values;
        this.problem = problem;
    }

    /**
     * A fault as written after {@code --at}: {@code disk-error=0,blocks=3,times=2}.
     *
     * @param value what is behind the name and =
     * @throws UsageException when something of it is wrong
     */
    static Fault parse(String where, String name, String value) {
        Keys keys = FaultKeys.of(name);
        var known = new LinkedHashSet<>(keys.names());
        known.remove(name);
        Attributes a = Attributes.parse(where + " " + name, value, known);
        Map<String, String> all = new LinkedHashMap<>();
        all.put(name, a.subject());
        all.putAll(a.values());
        for (Key k : keys.all()) {
            String wrong = all.containsKey(k.name()) ? Checker.problem(all.get(k.name()), k.shape()) : k.required() ? k.shape().what() + " is needed" : null;
            if (wrong != null) {
                throw a.bad((k.name().equals(name) ? "" : k.name() + ": ") + wrong);
            }
        }
        return new FaultReader(all, (key, wrong) -> {
            throw a.bad(wrong);
        }).fault(name);
    }

    /** The fault that is known by a key. */
    public Fault fault(String verb) {
        return switch (verb) {
            case "disk-error" -> new Fault.DiskError(blocks(verb), constant(DiskFaults.Failure.class, "failure", DiskFaults.Failure.MEDIUM));
            case "disk-delay" -> new Fault.DiskDelay(blocks(verb), nanos("delay"));
            case "network" -> network(verb);
            case "rescind" -> new Fault.Rescind(text(verb, ""), (int) whole("number", 0));
            case "offer" -> new Fault.Offer(text(verb, ""), (int) whole("number", 0));
            case "lose-interrupt" -> interrupt(verb, Fault.NEVER);
            case "delay-interrupt" -> interrupt(verb, nanos("delay"));
            case "stall" -> new Fault.Stall((int) whole(verb, 0), nanos("for"));
            case "memory-pressure" -> new Fault.MemoryPressure(Sizes.bytes(verb, text(verb, "")));
            case "clock-jump" -> new Fault.ClockJump(text(verb, "").startsWith("-") ? -Sizes.nanos(verb, text(verb, "").substring(1)) : Sizes.nanos(verb, text(verb, "")));
            case "heal" -> new Fault.Heal();
            default -> throw new IllegalArgumentException("no fault: " + verb);
        };
    }

    private String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    private long whole(String key, long otherwise) {
        return values.containsKey(key) ? Long.parseLong(values.get(key)) : otherwise;
    }

    private double real(String key) {
        return Double.parseDouble(text(key, "0"));
    }

    private long nanos(String key) {
        return values.containsKey(key) ? Sizes.nanos(key, values.get(key)) : 0;
    }

    private <E extends Enum<E>> E constant(Class<E> kind, String key, E otherwise) {
        return values.containsKey(key) ? Enum.valueOf(kind, values.get(key).toUpperCase(Locale.ROOT).replace('-', '_')) : otherwise;
    }

    private Fault.Blocks blocks(String verb) {
        String text = text("blocks", "0-" + Long.MAX_VALUE);
        int dash = text.indexOf('-');
        long first = Long.parseLong(dash < 0 ? text : text.substring(0, dash));
        long last = dash < 0 ? first : Long.parseLong(text.substring(dash + 1));
        if (last < first) {
            problem.accept("blocks", "blocks " + text + ": the last is before the first");
        }
        long count = values.containsKey("blocks") ? last - first + 1 : Long.MAX_VALUE;
        return new Fault.Blocks((int) whole(verb, 0), constant(Fault.Access.class, "access", Fault.Access.ANY), first, count, whole("times", Fault.ALWAYS));
    }

    private Fault network(String verb) {
        long delay = nanos("delay");
        long jitter = nanos("jitter");
        if (jitter > delay) {
            problem.accept("jitter", "jitter: at most the delay; nothing comes before it was sent");
        }
        var rule = new PortFaults.Rule(constant(PortFaults.Direction.class, "direction", PortFaults.Direction.BOTH), real("loss"), real("reorder"), real("duplicate"), real("corrupt"), delay, jitter,
                whole("times", Fault.ALWAYS));
        if (!rule.any()) {
            problem.accept(verb, "network: says nothing that happens; give loss, reorder, duplicate, corrupt or delay");
        }
        return new Fault.Network((int) whole(verb, 0), rule);
    }

    private Fault interrupt(String verb, long delay) {
        String[] words = text(verb, "").split(" ");
        var kind = Fault.InterruptKind.valueOf(words[0].toUpperCase(Locale.ROOT));
        int number = Integer.parseInt(words[1]);
        int least = kind == Fault.InterruptKind.VECTOR ? FIRST_VECTOR : 0;
        int end = switch (kind) {
            case SINT -> SINTS;
            case VECTOR -> VECTORS;
            case IRQ -> IRQS;
        };
        if (number < least || number >= end) {
            problem.accept(verb, "%s %d: from %d to %d".formatted(words[0], number, least, end - 1));
        }
        if (kind == Fault.InterruptKind.IRQ && values.containsKey("processor")) {
            problem.accept("processor", "processor: the I/O APIC decides which processor an irq is for; leave it out, or name the vector");
        }
        return new Fault.Interrupt(kind, number, (int) whole("processor", Fault.ANY_PROCESSOR), delay, whole("times", Fault.ALWAYS));
    }
}
