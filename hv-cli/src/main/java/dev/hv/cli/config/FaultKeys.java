package dev.hv.cli.config;

import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Shape;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.network.PortFaults;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The keys of faults, in suites and after {@code --at} alike. The first key of each is the one that it is known by. */
public final class FaultKeys {

    private static final int MOST_DEVICE = 63;
    private static final Shape.Text SIGNED = new Shape.Text("a duration, with - in front for back, such as -5s", Pattern.compile("-?\\d{1,15}(ms|us|ns|s|m|h)?"),
            Shapes.checkedBy(t -> Sizes.nanos("", t.replaceFirst("^-", ""))));
    private static final Shape.Text BLOCKS = new Shape.Text("blocks of 512 bytes: N, or FIRST-LAST", Pattern.compile("\\d{1,15}(-\\d{1,15})?"), null);
    private static final Shape.Text INTERRUPT = new Shape.Text("an interrupt: sint 0 to 15, vector 16 to 255 or irq 0 to 23, such as sint 2", Pattern.compile("(sint|vector|irq) \\d{1,3}"), null);
    private static final Shape.Real PROBABILITY = new Shape.Real(0, 1);
    private static final Shape.Whole COUNT = new Shape.Whole(1, Long.MAX_VALUE);
    private static final Shape.Whole DEVICE = new Shape.Whole(0, MOST_DEVICE);

    /** All of them. */
    public static final List<Keys> ALL = List.of(
            keys(Key.needed("disk-error", DEVICE, "requests of this disk (in the order of attachment, from 0) fail"), blocks(), access(),
                    Key.of("failure", Shapes.words(DiskFaults.Failure.values()), "how they fail; without it `medium`"), times("requests")),
            keys(Key.needed("disk-delay", DEVICE, "requests of this disk are late, and those behind them"), Key.needed("delay", Shapes.DURATION, "by this guest time"), blocks(), access(), times("requests")),
            keys(Key.needed("network", DEVICE, "frames of this adapter (in the order of attachment, from 0) are lost, late, out of order, doubled or damaged"),
                    Key.of("direction", Shapes.words(PortFaults.Direction.values()), "which frames; without it `both`"), Key.of("loss", PROBABILITY, "probability that a frame is lost"),
                    Key.of("reorder", PROBABILITY, "probability that it comes after the one behind it"), Key.of("duplicate", PROBABILITY, "probability that it comes twice"),
                    Key.of("corrupt", PROBABILITY, "probability that one of its bits is wrong"), Key.of("delay", Shapes.DURATION, "guest time it is late"),
                    Key.of("jitter", Shapes.DURATION, "by which the delay differs at most, to both sides"), times("frames")),
            keys(Key.needed("rescind", new Shape.Choice(Fault.DEVICES), "takes a VMBus channel back"), which()),
            keys(Key.needed("offer", new Shape.Choice(Fault.DEVICES), "offers a VMBus channel again that was taken back"), which()),
            keys(Key.needed("lose-interrupt", INTERRUPT, "an interrupt does not come: `sint N`, `vector N` or `irq N`"), processor(), times("interrupts")),
            keys(Key.needed("delay-interrupt", INTERRUPT, "an interrupt comes late"), Key.needed("delay", Shapes.DURATION, "by this guest time"), processor(), times("interrupts")),
            keys(Key.needed("stall", DEVICE, "a virtual processor does not run"), Key.needed("for", Shapes.DURATION, "for this guest time")),
            keys(Key.needed("memory-pressure", Shapes.SIZE, "the guest is to give back this much memory")),
            keys(Key.needed("clock-jump", SIGNED, "the host's clock jumps, with - in front back")),
            keys(Key.needed("heal", new Shape.Nothing(), "ends all faults of the machine that last")));

    private FaultKeys() {}

    private static Keys keys(Key verb, Key... others) {
        return new Keys(verb.name(), "a fault " + verb.name(), Stream.concat(Stream.of(verb), Arrays.stream(others)).toList());
    }

    private static Key blocks() {
        return Key.of("blocks", BLOCKS, "blocks of 512 bytes: `N` or `FIRST-LAST`; without it all");
    }

    private static Key access() {
        return Key.of("access", Shapes.words(Fault.Access.values()), "which requests; without it `any`");
    }

    private static Key times(String what) {
        return Key.of("times", COUNT, "how many " + what + " meet it; without it all until `heal`");
    }

    private static Key processor() {
        return Key.of("processor", DEVICE, "virtual processor that it is for; without it any; not for `irq`");
    }

    private static Key which() {
        return Key.of("number", DEVICE, "which of this kind, from 0");
    }

    /** The keys of a fault; null when there is none of this name. */
    public static Keys of(String verb) {
        return ALL.stream().filter(k -> k.verb().equals(verb)).findFirst().orElse(null);
    }
}
