package dev.hv.cli.suite.read;

import dev.hv.cli.config.Sizes;
import dev.hv.cli.suite.Fault;
import dev.hv.cli.suite.StepHead;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import java.util.Locale;

/** Reads the steps that inject faults. */
final class FaultReader {

    private static final int SINTS = 16;
    private static final int IRQS = 24;
    private static final int FIRST_VECTOR = 16;
    private static final int VECTORS = 256;

    private final Problems problems;

    FaultReader(Problems problems) {
        this.problems = problems;
    }

    Fault fault(Values v, StepHead head) {
        String verb = v.keys().verb();
        String value = v.text(verb, "");
        long times = v.whole("times", Fault.ALWAYS);
        return switch (verb) {
            case "disk-error" -> new Fault.DiskError(head, blocks(v, times), constant(Fault.DiskFailure.class, v, "failure", Fault.DiskFailure.MEDIUM));
            case "disk-delay" -> new Fault.DiskDelay(head, blocks(v, times), nanos(v, "delay"));
            case "network" -> network(v, head, times);
            case "rescind" -> new Fault.Rescind(head, value, (int) v.whole("number", 0));
            case "lose-interrupt" -> interrupt(v, head, Timeouts.NONE, times);
            case "delay-interrupt" -> interrupt(v, head, nanos(v, "delay"), times);
            case "stall" -> new Fault.Stall(head, Integer.parseInt(value), nanos(v, "for"));
            case "memory-pressure" -> new Fault.MemoryPressure(head, Sizes.bytes(verb, value));
            case "clock-jump" -> new Fault.ClockJump(head, value.startsWith("-") ? -Sizes.nanos(verb, value.substring(1)) : Sizes.nanos(verb, value));
            case "kill-worker" -> new Fault.KillWorker(head);
            case "heal" -> new Fault.Heal(head);
            default -> throw new IllegalArgumentException("no fault: " + verb);
        };
    }

    private static long nanos(Values v, String key) {
        return v.has(key) ? Sizes.nanos(key, v.text(key, "")) : 0;
    }

    private static <E extends Enum<E>> E constant(Class<E> kind, Values v, String key, E otherwise) {
        return v.has(key) ? Enum.valueOf(kind, v.text(key, "").toUpperCase(Locale.ROOT).replace('-', '_')) : otherwise;
    }

    private Fault.Blocks blocks(Values v, long times) {
        String text = v.text("blocks", "0-" + Long.MAX_VALUE);
        int dash = text.indexOf('-');
        long first = Long.parseLong(dash < 0 ? text : text.substring(0, dash));
        long last = dash < 0 ? first : Long.parseLong(text.substring(dash + 1));
        if (last < first) {
            problems.add(v.at("blocks"), "blocks " + text + ": the last is before the first");
        }
        long count = v.has("blocks") ? last - first + 1 : Long.MAX_VALUE;
        return new Fault.Blocks((int) v.whole(v.keys().verb(), 0), constant(Fault.Access.class, v, "access", Fault.Access.ANY), first, count, times);
    }

    private Fault network(Values v, StepHead head, long times) {
        long delay = nanos(v, "delay");
        long jitter = nanos(v, "jitter");
        if (jitter > delay) {
            problems.add(v.at("jitter"), "jitter: at most the delay; nothing comes before it was sent");
        }
        if (!v.says("loss") && !v.says("reorder") && !v.says("duplicate") && !v.says("delay")) {
            problems.add(v.node(), "network: says nothing that happens; give loss, reorder, duplicate or delay");
        }
        return new Fault.Network(head, (int) v.whole("network", 0), constant(Fault.Direction.class, v, "direction", Fault.Direction.BOTH), v.real("loss", 0), v.real("reorder", 0), v.real("duplicate", 0),
                delay, jitter, times);
    }

    private Fault interrupt(Values v, StepHead head, long delay, long times) {
        String[] words = v.text(v.keys().verb(), "").split(" ");
        var kind = Fault.InterruptKind.valueOf(words[0].toUpperCase(Locale.ROOT));
        int number = Integer.parseInt(words[1]);
        int least = kind == Fault.InterruptKind.VECTOR ? FIRST_VECTOR : 0;
        int end = switch (kind) {
            case SINT -> SINTS;
            case VECTOR -> VECTORS;
            case IRQ -> IRQS;
        };
        if (number < least || number >= end) {
            problems.add(v.node(), "%s %d: from %d to %d".formatted(words[0], number, least, end - 1));
        }
        return new Fault.Interrupt(head, kind, number, (int) v.whole("processor", Fault.ANY_PROCESSOR), delay, times);
    }
}
