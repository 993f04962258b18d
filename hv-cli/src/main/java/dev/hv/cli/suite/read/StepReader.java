package dev.hv.cli.suite.read;

import dev.hv.cli.agent.GuestCommand;
import dev.hv.cli.config.FaultReader;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.suite.Bounds;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepHead;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.KeyValuePairs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the steps of cases and setups. */
final class StepReader {

    private static final int SHOWN = 100;
    private static final int DEFAULT_MODE = 0644;
    private static final int OCTAL = 8;

    private final Problems problems;
    private final Checker checker;
    private final CheckReader checks;
    private final Path folder;

    StepReader(Problems problems, Path folder) {
        this.problems = problems;
        this.folder = folder;
        checker = new Checker(problems);
        checks = new CheckReader(problems);
    }

    /** The steps of a list; those with something wrong, which is told, are left out. */
    List<Step> steps(List<Node> nodes) {
        List<Step> all = new ArrayList<>();
        Set<String> saved = new HashSet<>();
        for (Node n : nodes) {
            Values v = checker.kind(n, StepKeys.STEP);
            Step step = v == null ? null : step(v);
            if (step instanceof Step.Save s && !saved.add(s.name())) {
                problems.add(n, "save: " + s.name() + " is kept already; take another name");
            }
            if (step instanceof Step.Restore r && !saved.contains(r.name())) {
                problems.add(n, "restore: nothing is kept as " + r.name() + " before; write save: " + r.name() + " where the state is to be kept");
            }
            if (step != null) {
                all.add(step);
            }
        }
        return List.copyOf(all);
    }

    /** Null when what it says first is wrong. */
    private Step step(Values v) {
        String verb = v.keys().verb();
        if (!v.has(verb)) {
            return null;
        }
        StepHead head = head(v);
        String value = v.text(verb, "");
        return switch (verb) {
            case "run" -> run(v, head);
            case "console" -> new Step.Console(head, expected(v), checks.check(v, "refuse"), results(v));
            case "send" -> new Step.Send(head, value);
            case "press" -> new Step.Send(head, String.join("", v.texts(verb).stream().map(ConsoleKeys.NAMES::get).toList()));
            case "file" -> file(v, head);
            case "put" -> put(v, head);
            case "write" -> new Step.Put(head, null, v.text("content", ""), value, mode(v));
            case "get" -> new Step.Get(head, value, v.text("as", value.substring(value.lastIndexOf('/') + 1)));
            case "copy" -> copy(v, head);
            case "kvp" -> kvp(v, head);
            case "inspect" -> new Step.Inspect(head, value, checks.check(v, "value"));
            case "counter" -> counter(v, head);
            case "wait" -> new Step.Wait(head, Sizes.nanos(verb, value));
            case "do" -> action(v, head);
            case "save" -> new Step.Save(head, value);
            case "restore" -> new Step.Restore(head, value);
            case "ends" -> ends(v, head);
            case "kill-worker" -> new Step.KillWorker(head);
            default -> fault(v, head);
        };
    }

    private Step fault(Values v, StepHead head) {
        Map<String, String> values = new LinkedHashMap<>();
        v.all().forEach((key, n) -> values.put(key, v.text(key, "")));
        // what does not go together need not be told of what is wrong anyway
        boolean right = v.keys().names().stream().allMatch(k -> v.has(k) || !v.says(k));
        return new Step.Inject(head, new FaultReader(values, (key, wrong) -> {
            if (right) {
                problems.add(v.at(key), wrong);
            }
        }).fault(v.keys().verb()));
    }

    private StepHead head(Values v) {
        String text = v.text("name", null);
        return new StepHead(problems.place(v.node()), v.text("machine", null), text == null ? describe(v) : text, duration(v, "timeout", Timeouts.NONE));
    }

    /** The step's first key with its value, and a fault's others, in a line. */
    private static String describe(Values v) {
        String verb = v.keys().verb();
        Node node = v.get(verb);
        String value = node instanceof ScalarNode s ? s.getValue() : node instanceof SequenceNode ? String.join(" ", v.texts(verb)) : "";
        String line = value.strip().lines().findFirst().orElse("");
        String shown = line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line.length() < value.strip().length() ? line + " …" : line;
        var text = new StringBuilder(shown.isEmpty() ? verb : verb + " " + shown);
        if (StepKeys.FAULTS.contains(v.keys())) {
            v.all().forEach((key, n) -> {
                if (!key.equals(verb) && StepKeys.COMMON.stream().noneMatch(c -> c.name().equals(key))) {
                    text.append(", ").append(key).append(' ').append(v.text(key, ""));
                }
            });
        }
        return text.toString();
    }

    /** A duration of more than nothing, in ns. */
    long duration(Values v, String key, long otherwise) {
        long nanos = v.has(key) ? Sizes.nanos(key, v.text(key, "")) : otherwise;
        if (nanos < 1) {
            problems.add(v.at(key), key + ": more than nothing is needed; leave it out for no limit of its own");
        }
        return nanos;
    }

    private Step run(Values v, StepHead head) {
        List<String> argv = v.get("run") instanceof SequenceNode ? v.texts("run") : List.of("/bin/sh", "-c", v.text("run", ""));
        if (argv.getFirst().isBlank() || argv.getLast().isBlank() && !(v.get("run") instanceof SequenceNode)) {
            problems.add(v.at("run"), "run: a program or a line for the shell is needed");
        }
        Map<String, String> env = new LinkedHashMap<>();
        if (v.has("env")) {
            checker.entries(v.get("env"), "env").forEach((k, n) -> env.put(k, ((ScalarNode) n).getValue()));
        }
        Set<Integer> statuses = new TreeSet<>();
        List<String> given = v.has("status") ? v.texts("status") : List.of("0");
        given.stream().filter(s -> !s.equals(StepKeys.ANY)).forEach(s -> statuses.add(Integer.parseInt(s)));
        var command = new GuestCommand(argv, Map.copyOf(env), v.text("folder", null), v.text("input", "").getBytes(StandardCharsets.UTF_8), head.timeout() == Timeouts.NONE ? 0 : head.timeout());
        return new Step.Run(head, command, Set.copyOf(statuses), checks.check(v, "output"), checks.check(v, "error"), results(v));
    }

    private static Step.Results results(Values v) {
        return v.has("results") ? Step.Results.valueOf(v.text("results", "").toUpperCase(Locale.ROOT)) : Step.Results.NONE;
    }

    private Check expected(Values v) {
        Check check = checks.check(v, "console");
        if ("".equals(check.contains())) {
            problems.add(v.at("console"), "console: a text to wait for is needed");
        }
        if (check.lacks() != null) {
            problems.add(v.at("console"), "console: lacks cannot be waited for; say refuse: what must not be printed");
        }
        return check;
    }

    private Step file(Values v, StepHead head) {
        boolean exists = v.flag("exists", true);
        if (!exists && v.has("content")) {
            problems.add(v.at("content"), "content: the file is not to be there; leave one of exists: false and content out");
        }
        return new Step.CheckFile(head, v.text("file", ""), exists, checks.check(v, "content"));
    }

    private Step put(Values v, StepHead head) {
        Path file = folder.resolve(v.text("put", ""));
        try {
            InputFiles.require("put", file);
        } catch (UsageException e) {
            problems.add(v.at("put"), e.getMessage());
        }
        return new Step.Put(head, file, null, v.text("to", ""), mode(v));
    }

    private static int mode(Values v) {
        return v.has("mode") ? Integer.parseInt(v.text("mode", ""), OCTAL) : DEFAULT_MODE;
    }

    /** Null when something is wrong. */
    private Step copy(Values v, StepHead head) {
        if (!v.has("to")) {
            return null;
        }
        try {
            IntegrationAction.Copy what = IntegrationAction.copy("copy", folder.resolve(v.text("copy", "")), v.text("to", ""), v.flag("overwrite", false), v.flag("create-path", false));
            return new Step.Copy(head, what, v.has("refused") ? FileCopy.Refusal.valueOf(v.text("refused", "").toUpperCase(Locale.ROOT)).status() : 0);
        } catch (UsageException e) {
            problems.add(v.at("copy"), e.getMessage());
            return null;
        }
    }

    private Step kvp(Values v, StepHead head) {
        if (v.says("set") == v.says("value")) {
            problems.add(v.node(), "kvp: either value: what the guest's value is, or set: a value for the guest");
        }
        return new Step.Kvp(head, v.has("pool") ? KeyValuePairs.Pool.named(v.text("pool", "")) : null, v.text("kvp", ""), v.text("set", null), checks.check(v, "value"));
    }

    private Step counter(Values v, StepHead head) {
        if (!v.says("min") && !v.says("max")) {
            problems.add(v.node(), "counter: min or max is needed");
        }
        Bounds bounds = checks.bounds(v);
        return new Step.Counter(head, v.text("counter", ""), v.flag("change", false), bounds);
    }

    private Step action(Values v, StepHead head) {
        String text = v.text("do", "");
        try {
            ScheduledAction.Action action = ScheduledAction.parse("do", "0s:" + text, folder).action();
            if (action instanceof ScheduledAction.Action.Checkpoint) {
                problems.add(v.at("do"), "do: a case keeps its state with save: NAME");
            }
            if (action instanceof ScheduledAction.Action.AddDisk a && a.disk().written()) {
                problems.add(v.at("do"), "do " + text + ": " + SuiteFile.SHARED_DISK);
            }
            if (action instanceof ScheduledAction.Action.Screenshot && text.matches(".*[/\\\\].*")) {
                problems.add(v.at("do"), "do: a picture goes into the case's folder; give its name alone, as in screenshot=login.png");
            }
            return new Step.Do(head, action);
        } catch (UsageException e) {
            problems.add(v.at("do"), e.getMessage().replace(" 0s:", " "));
            return null;
        }
    }

    private Step ends(Values v, StepHead head) {
        var kind = Step.EndKind.valueOf(v.text("ends", "").toUpperCase(Locale.ROOT).replace('-', '_'));
        if ((kind == Step.EndKind.EXIT) != v.says("status")) {
            problems.add(v.node(), "ends: status goes with exit, and exit with status");
        }
        return new Step.End(head, kind, (int) v.whole("status", 0), checks.check(v, "reason"));
    }
}
