package dev.hv.cli.suite.read;

import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.suite.CaseSpec;
import dev.hv.cli.suite.CaseTrace;
import dev.hv.cli.suite.Matrix;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Suite;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Nearest;
import dev.hv.cli.yaml.Place;
import dev.hv.cli.yaml.Problem;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import dev.hv.cli.yaml.YamlText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads suite files (docs/testing.md). Relative names in one count from its folder. */
public final class SuiteFile {

    static final String SHARED_DISK = "cases run side by side and start from the same state, and cannot write the same file; say snapshot or ro";

    private static final int LARGEST = 4 << 20;
    private static final int DEEPEST = 16;
    private static final int MOST_PLANNED = 100_000;
    private static final long SECOND = 1_000_000_000L;
    private static final Timeouts CASE_DEFAULT = new Timeouts(60 * SECOND, 120 * SECOND);
    private static final Timeouts SETUP_DEFAULT = new Timeouts(300 * SECOND, 600 * SECOND);

    private final Path file;
    private final Problems problems;
    private final Checker checker;
    private final StepReader steps;

    private SuiteFile(Path file) {
        this.file = file;
        problems = new Problems(file);
        checker = new Checker(problems);
        steps = new StepReader(problems, file.toAbsolutePath().getParent());
    }

    /**
     * Reads several suites.
     *
     * @throws SuiteException when anything is wrong in any of them, with all of it
     */
    public static List<Suite> read(List<Path> files) {
        List<Problem> wrong = new ArrayList<>();
        List<Suite> suites = new ArrayList<>();
        Map<String, Path> names = new LinkedHashMap<>();
        for (Path f : files) {
            var reader = new SuiteFile(f);
            Suite suite = reader.suite();
            Path other = suite == null ? null : names.put(suite.name(), f);
            if (other != null) {
                reader.problems.add(new Place(f, 1, 1), other.equals(f) ? "is given twice" : "suite " + suite.name() + " has the name of that in " + other + "; say suite: and another one");
            }
            wrong.addAll(reader.problems.all());
            suites.add(suite);
        }
        if (!wrong.isEmpty()) {
            throw new SuiteException(wrong);
        }
        return List.copyOf(suites);
    }

    /**
     * Reads a suite that is no file.
     *
     * @param file what problems are said to be in; relative names count from its folder
     * @throws SuiteException when anything is wrong in it, with all of it
     */
    public static Suite read(Path file, String text) {
        var reader = new SuiteFile(file);
        Suite suite = reader.suite(text.getBytes(StandardCharsets.UTF_8));
        if (!reader.problems.all().isEmpty()) {
            throw new SuiteException(reader.problems.all());
        }
        return suite;
    }

    /** The suite as far as it can be read; what is wrong stands among the problems. */
    private Suite suite() {
        byte[] bytes;
        try {
            InputFiles.require("", file);
            bytes = InputFiles.readSmall(file, LARGEST, "a suite");
        } catch (UsageException e) {
            problems.add(new Place(file, 1, 1), e.getMessage().replaceFirst("^" + java.util.regex.Pattern.quote(file + ": "), ""));
            return null;
        }
        return suite(bytes);
    }

    private Suite suite(byte[] bytes) {
        Node root = YamlText.root(file, bytes, DEEPEST, "a suite has cases", problems);
        if (root == null) {
            return null;
        }
        Values v = checker.table(root, SuiteKeys.SUITE);
        var axes = new MatrixReader(problems);
        Matrix matrix = axes.matrix(v.get("matrix"));
        List<Testbed> testbeds = new TestbedReader(problems, file.toAbsolutePath().getParent(), v, axes).testbeds(matrix);
        Map<String, Setup> setups = setups(v);
        List<CaseSpec> cases = cases(v, setups);
        if ((long) cases.size() * matrix.cells().size() > MOST_PLANNED) {
            problems.add(v.at("matrix"), "%d cases in %d combinations are %d; at most %d can be run".formatted(cases.size(), matrix.cells().size(), (long) cases.size() * matrix.cells().size(), MOST_PLANNED));
        }
        // where nothing of a machine could be read, that has been told
        var fit = new StepsFit(problems, testbeds.stream().filter(b -> !b.machines().isEmpty()).toList());
        setups.values().forEach(s -> fit.check(s.steps()));
        cases.forEach(c -> {
            fit.check(c.steps());
            fit.check(c);
        });
        return new Suite(file, v.text("suite", nameOf(file)), matrix, testbeds, List.copyOf(setups.values()), cases);
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString().replaceFirst("\\.ya?ml$", "").replaceAll("[/\\[\\]\\p{Cntrl}]", "_");
    }

    private Map<String, Setup> setups(Values v) {
        Map<String, Setup> all = new LinkedHashMap<>();
        if (v.has("setups")) {
            checker.entries(v.get("setups"), "setups").forEach((name, node) -> {
                Values s = checker.table(node, SuiteKeys.SETUP);
                if (name.equals(SuiteKeys.NO_SETUP)) {
                    problems.add(node, "setups: " + name + " is what a case says that has none; take another name");
                }
                all.put(name, new Setup(name, problems.place(node), timeouts(s, SETUP_DEFAULT), steps.steps(s.list("steps"))));
            });
        }
        return all;
    }

    private Timeouts timeouts(Values v, Timeouts otherwise) {
        return new Timeouts(steps.duration(v, "timeout", otherwise.guest()), steps.duration(v, "host-timeout", otherwise.host()));
    }

    private List<CaseSpec> cases(Values v, Map<String, Setup> setups) {
        Values defaults = v.has("defaults") ? checker.table(v.get("defaults"), SuiteKeys.DEFAULTS) : null;
        Timeouts timeouts = defaults == null ? CASE_DEFAULT : timeouts(defaults, CASE_DEFAULT);
        Setup setup = defaults == null ? null : setup(defaults, setups, null);
        List<CaseSpec> all = new ArrayList<>();
        Map<String, Place> names = new LinkedHashMap<>();
        for (Node n : v.list("cases")) {
            Values c = checker.table(n, SuiteKeys.CASE);
            Place before = c.has("name") ? names.putIfAbsent(c.text("name", ""), problems.place(n)) : null;
            if (before != null) {
                problems.add(c.at("name"), "the case in line " + before.line() + " has this name, too: " + c.text("name", ""));
            }
            Set<String> tags = new LinkedHashSet<>(defaults == null ? List.of() : defaults.texts("tags"));
            tags.addAll(c.texts("tags"));
            List<Step> done = steps.steps(c.list("steps"));
            all.add(new CaseSpec(c.text("name", ""), problems.place(n), Set.copyOf(tags), timeouts(c, timeouts), setup(c, setups, setup), c.text("skip", null), done, traces(c)));
        }
        return List.copyOf(all);
    }

    private List<CaseTrace> traces(Values c) {
        List<CaseTrace> all = new ArrayList<>();
        for (String text : c.texts("trace")) {
            try {
                CaseTrace trace = CaseTrace.parse(text);
                if (all.stream().anyMatch(t -> t.name().equals(trace.name()))) {
                    problems.add(c.at("trace"), "trace: two of them go into " + trace.name());
                }
                all.add(trace);
            } catch (UsageException e) {
                // that has been told
            }
        }
        if (all.stream().filter(t -> t.config() == null).count() > 1) {
            problems.add(c.at("trace"), "trace: vmbus is there twice");
        }
        return List.copyOf(all);
    }

    private Setup setup(Values v, Map<String, Setup> setups, Setup otherwise) {
        if (!v.has("setup")) {
            return otherwise;
        }
        String name = v.text("setup", "");
        if (!name.equals(SuiteKeys.NO_SETUP) && !setups.containsKey(name)) {
            problems.add(v.at("setup"), "setup: there is no " + name + " under setups" + (setups.isEmpty() ? "" : Nearest.hint(name, setups.keySet())));
        }
        return setups.get(name);
    }
}
