package dev.hv.cli.suite.read;

import dev.hv.cli.config.EngineOption;
import dev.hv.cli.config.MachineKeys;
import dev.hv.cli.config.ProcessorOption;
import dev.hv.cli.config.Shapes;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.CaseTrace;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Shape;
import dev.hv.core.tlfs.HvLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The keys of a suite file: what is read, what the schema says, and what docs/testing.md lists. */
public final class SuiteKeys {

    static final int MOST_CASES = 10_000;
    private static final int MOST_STEPS = 1000;
    private static final int MOST_MACHINES = 16;
    private static final int MOST_VALUES = 100;

    /** What a case takes itself: its console and the agent's way. */
    private static final Set<String> RUNNERS = Set.of("serial", "hvsock", "gdb");
    /** A setup's name that means there is none. */
    static final String NO_SETUP = "none";

    private static final Shape.Text NAME = new Shape.Text("a name without '/', '[', ']' and control characters, at most 120 characters", Pattern.compile("[^/\\[\\]\\u0000-\\u001F\\u007F]{1,120}"), null);
    private static final Shape.Text TAG = new Shape.Text("a word of letters, digits, '-', '_' and '.'", Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), null);
    private static final Shape.Text MODEL = new Shape.Text("a processor model, as after --cpu", null, Shapes.checkedBy(t -> ProcessorOption.check("", t, true)));
    private static final Shape.Choice ENGINE = new Shape.Choice(EngineOption.NAMES);
    private static final Shape.Whole CPUS = new Shape.Whole(1, VmConfig.MOST_CPUS);
    private static final Shape.Whole PROCESSORS = new Shape.Whole(1, HvLimits.LOGICAL_PROCESSORS);
    private static final Shape.Text TRACE = new Shape.Text("a trace as after --trace, such as exits=exits.txt", null, Shapes.checkedBy(CaseTrace::parse));
    private static final Shape TAGS = Shapes.listOf(TAG, MOST_VALUES);
    private static final Shape STEPS = new Shape.ListOf(StepKeys.STEP, 1, MOST_STEPS);

    static final Keys MACHINE = new Keys("machine", "a machine", machine());
    static final Keys PLATFORM = new Keys("platform", "a platform", List.of(
            Key.of("bare", new Shape.Flag(), "the image of the only machine owns the computer, without a hypervisor"),
            Key.of("cpu", MODEL, "processor model, as after `--cpu`"),
            Key.of("processors", PROCESSORS, "logical processors"),
            Key.of("engine", ENGINE, "execution engine"),
            Key.of("coverage", Shapes.FILE, "kernel with its line tables (vmlinux), of the only machine: `hv test --coverage FILE` writes which of its lines cases reached"),
            Key.of("coverage-modules", Shapes.listOf(Shapes.FILE, MOST_VALUES), "modules of its kernel with their line tables (.ko), or folders of them, beside `coverage` or without it"),
            Key.of("time", new Shape.Choice(List.of("virtual", "real")), "what time follows; without it `virtual`, and `real` when a machine reaches the host's networks"),
            Key.of("parallel", new Shape.Flag(), "logical processors run at the same time; with real time")));
    static final Keys KERNEL = new Keys("kernel", "a kernel of the matrix", List.of(
            Key.needed("name", NAME, "what the cell is called by"),
            Key.needed("kernel", Shapes.FILE, "Linux kernel"),
            Key.of("initrd", Shapes.FILE, "initial RAM disk"),
            Key.of("append", Shapes.TEXT, "kernel command line")));
    private static final Shape.MapOf CELL = new Shape.MapOf(new Shape.Text("an axis of the matrix", Pattern.compile("kernel|cpu|cpus|processors|engine"), null), Shapes.TEXT);
    static final Keys MATRIX = new Keys("matrix", "a matrix", List.of(
            Key.of("kernel", new Shape.ListOf(new Shape.Table(KERNEL), 1, MOST_VALUES), "kernels, for machines that name none"),
            Key.of("cpu", new Shape.ListOf(MODEL, 1, MOST_VALUES), "processor models"),
            Key.of("cpus", new Shape.ListOf(CPUS, 1, MOST_VALUES), "virtual processors, of machines that do not say how many"),
            Key.of("processors", new Shape.ListOf(PROCESSORS, 1, MOST_VALUES), "logical processors"),
            Key.of("engine", new Shape.ListOf(ENGINE, 1, MOST_VALUES), "execution engines"),
            Key.of("exclude", Shapes.listOf(CELL, MOST_VALUES), "combinations that are left out: those with all of these values"),
            Key.of("include", Shapes.listOf(CELL, MOST_VALUES), "combinations that are added: a value for each axis")));
    static final Keys DEFAULTS = new Keys("defaults", "defaults of cases", List.of(
            Key.of("timeout", Shapes.DURATION, "guest time that a case may take; without it 60s"),
            Key.of("host-timeout", Shapes.DURATION, "host time that a case may take; without it 120s"),
            Key.of("setup", Shapes.TEXT, "setup that a case starts from"),
            Key.of("tags", TAGS, "tags that all cases have")));
    static final Keys SETUP = new Keys("setup", "a setup", List.of(
            Key.of("steps", STEPS, "what is done; without it the machines are started and their agents waited for"),
            Key.of("timeout", Shapes.DURATION, "guest time that it may take; without it 5m"),
            Key.of("host-timeout", Shapes.DURATION, "host time that it may take; without it 10m")));
    static final Keys CASE = new Keys("case", "a case", List.of(
            Key.needed("name", NAME, "unique in the suite"),
            Key.needed("steps", STEPS, "one after the other, until one fails"),
            Key.of("tags", TAGS, "words to choose by"),
            Key.of("timeout", Shapes.DURATION, "guest time that it may take"),
            Key.of("host-timeout", Shapes.DURATION, "host time that it may take"),
            Key.of("setup", Shapes.TEXT, "setup that it starts from; `none` boots for it alone"),
            Key.of("trace", Shapes.listOf(TRACE, MOST_VALUES), "what happens in it, decoded, into files of its folder, each as after `--trace`: `exits=exits.txt,vp=0`; `vmbus=bus.pcapng` is a capture"),
            Key.of("skip", Shapes.TEXT, "why it is not run: it is reported as skipped")));

    /** The whole file. */
    public static final Keys SUITE = new Keys("suite", "a suite", List.of(
            Key.of("suite", NAME, "its name; without it that of the file"),
            Key.needed("cases", new Shape.ListOf(new Shape.Table(CASE), 1, MOST_CASES), "the cases"),
            Key.of("about", Shapes.TEXT, "what it is about, for people"),
            Key.of("machine", new Shape.Table(MACHINE), "the machine, when there is one"),
            Key.of("machines", new Shape.ListOf(new Shape.Table(MACHINE), 1, MOST_MACHINES), "the machines, when there are several"),
            Key.of("checkpoint", Shapes.FILE, "folder of a checkpoint that everything goes on from, instead of machines"),
            Key.of("platform", new Shape.Table(PLATFORM), "the emulated computer below them"),
            Key.of("matrix", new Shape.Table(MATRIX), "combinations in which each case is run"),
            Key.of("setups", new Shape.MapOf(NAME, new Shape.Table(SETUP)), "what is done once and kept as a checkpoint that cases start from, by name"),
            Key.of("defaults", new Shape.Table(DEFAULTS), "what cases have in common")));

    private SuiteKeys() {}

    /** What a value of an axis is; a kernel is named. */
    static Shape axisValue(String axis) {
        return axis.equals("kernel") ? NAME : ((Shape.ListOf) MATRIX.find(axis).shape()).item();
    }

    private static List<Key> machine() {
        List<Key> all = new ArrayList<>(MachineKeys.ALL.stream().filter(k -> !RUNNERS.contains(k.name())).toList());
        all.add(Key.of("agent", Shapes.words(AgentWay.values()), "how the agent in it is reached; without it `auto` with a kernel and `none` with a multiboot image"));
        return List.copyOf(all);
    }
}
