package dev.hv.cli.commands;

import dev.hv.cli.config.Attributes;
import dev.hv.cli.config.CacheFolder;
import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.WorkFolder;
import dev.hv.cli.console.HostTerminal;
import dev.hv.cli.console.Messages;
import dev.hv.cli.coverage.SuiteCoverage;
import dev.hv.cli.run.Signals;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.SuiteListener;
import dev.hv.cli.suite.SuiteRunSettings;
import dev.hv.cli.suite.SuiteRunner;
import dev.hv.cli.suite.read.SuiteException;
import dev.hv.cli.suite.read.SuiteFile;
import dev.hv.cli.suite.read.SuiteKeys;
import dev.hv.cli.suite.report.Digests;
import dev.hv.cli.suite.report.Listeners;
import dev.hv.cli.suite.report.Progress;
import dev.hv.cli.suite.report.Reports;
import dev.hv.cli.yaml.JsonSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs suites of cases in guests (docs/testing.md). */
@Command(name = "test", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Runs suites of cases in guests: YAML files that say what machines there are, what is done to them and what must come of it. A line for each case, a summary last. Exit status 1 when a case failed.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv test smoke.yaml --report out.xml --html out.html",
            "  hv test suites/*.yaml --shard 1/4 --jobs 2",
            "  hv test smoke.yaml --filter disk --repeat 100 --until-failure",
            "  hv test smoke.yaml --repeat 100 --digest",
            "  hv test smoke.yaml --list",
            "  hv test --schema > suite.schema.json"})
public final class TestCommand implements Callable<Integer> {

    private static final Pattern SHARD = Pattern.compile("(\\d{1,6})/(\\d{1,6})");
    private static final int MOST_JOBS = 256;
    private static final int MOST_REPETITIONS = 1_000_000;
    private static final int DEFAULT_COLUMNS = 100;

    private final Supplier<SuiteRunner> runner;

    @Parameters(arity = "0..*", paramLabel = "SUITE", description = "Suite files.")
    private List<Path> files = List.of();

    @Option(names = "--report", paramLabel = "FILE", description = "Write JUnit XML, as Maven, Jenkins and GitLab read it.")
    private Path report;
    @Option(names = "--html", paramLabel = "FILE", description = "Write a page that needs no other file.")
    private Path html;
    @Option(names = "--tap", paramLabel = "FILE", description = "Write TAP 14.")
    private Path tap;
    @Option(names = "--ktap", paramLabel = "FILE", description = "Write KTAP, as the kernel's tests print it.")
    private Path ktap;
    @Option(names = "--coverage", paramLabel = "FILE", description = "Write which lines of the kernels and modules that suites name by platform: coverage and coverage-modules their cases reached, all together, as lcov's tracefile.")
    private Path coverage;
    @Option(names = "--filter", paramLabel = "TEXT", description = "Run cases with this in their names (SUITE/CASE[AXIS=VALUE,...]); may be repeated: one of the texts.")
    private List<String> filters = List.of();
    @Option(names = "--tags", paramLabel = "TAG[,!TAG...]", description = "Run cases with one of these tags; those behind ! are left out.")
    private List<String> tags = List.of();
    @Option(names = "--shard", paramLabel = "I/N", description = "Run one of N parts; all parts together run every case once.")
    private String shard;
    @Option(names = "--jobs", paramLabel = "N", defaultValue = "1", description = "Workers at the same time (default ${DEFAULT-VALUE}).")
    private int jobs;
    @Option(names = "--repeat", paramLabel = "N", defaultValue = "1", description = "Run each case so often, each time with the next seed.")
    private int repeat;
    @Option(names = "--until-failure", description = "End with the first case that does not pass.")
    private boolean untilFailure;
    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the schedule of processors and of everything else left to chance (default ${DEFAULT-VALUE}): equal seeds give equal runs.")
    private String seed;
    @Option(names = "--digest", description = "Compare digests of all state at the end of cases: repetitions all have the same seed, and fail the run when they end differently.")
    private boolean digest;
    @Option(names = "--artefacts", paramLabel = "DIR", defaultValue = "hv-artefacts", description = "Where cases that fail leave console, log, recording and checkpoint (default ${DEFAULT-VALUE}).")
    private Path artefacts;
    @Option(names = "--setups", paramLabel = "DIR", description = "Where setups are kept as checkpoints from run to run (default: hv/setups in the user's cache folder).")
    private Path setups;
    @Option(names = "--list", description = "Print the names of the cases that would run, and run nothing.")
    private boolean list;
    @Option(names = "--schema", description = "Print the JSON Schema of suite files.")
    private boolean schema;

    /** Runs cases in workers. */
    public TestCommand() {
        this(SuiteWorkerCommand::pool);
    }

    /** Runs cases by a runner of the caller's. */
    TestCommand(Supplier<SuiteRunner> runner) {
        this.runner = runner;
    }

    @Override
    public Integer call() {
        if (schema) {
            System.out.print(JsonSchema.of(SuiteKeys.SUITE, "hv test suite"));
            return ExitStatus.OK;
        }
        if (files.isEmpty()) {
            throw new UsageException("test: a suite file is needed, as in hv test smoke.yaml");
        }
        SuiteRunSettings settings = settings();
        Plan.Choice choice = choice();
        List<PlannedCase> plan;
        try {
            plan = plan(choice);
        } catch (SuiteException e) {
            e.problems().forEach(p -> Messages.say(p.toString()));
            return ExitStatus.USAGE;
        }
        if (list) {
            plan.forEach(c -> System.out.println(Messages.line(c.id())));
            return ExitStatus.OK;
        }
        if (coverage == null) {
            return run(plan, settings);
        }
        if (plan.stream().allMatch(c -> c.testbed().platform().coverage() == null)) {
            throw new UsageException("--coverage " + coverage + ": no suite says which kernel or modules: platform: {coverage: vmlinux} or platform: {coverage-modules: [driver.ko]}");
        }
        return covered(plan, settings);
    }

    /** Runs with a folder for what cases executed, which goes again, and writes what they reached. */
    private int covered(List<PlannedCase> plan, SuiteRunSettings settings) {
        plan.stream().map(c -> c.testbed().platform().coverage()).filter(Objects::nonNull).distinct().forEach(SuiteCoverage.Wanted::open);
        try (var parts = new WorkFolder("hv-coverage-")) {
            int status = run(plan, settings.covering(parts.path()));
            SuiteCoverage.write(parts.path(), coverage);
            return status;
        } catch (IOException e) {
            Messages.say("--coverage " + coverage + ": could not be written: " + e.getMessage());
            return ExitStatus.OUTPUT;
        }
    }

    private List<PlannedCase> plan(Plan.Choice choice) {
        List<PlannedCase> all = Plan.of(SuiteFile.read(files));
        List<PlannedCase> chosen = Plan.choose(all, new Plan.Choice(choice.filters(), choice.tags(), choice.without(), 1, 1));
        if (chosen.isEmpty()) {
            throw new UsageException("test: none of " + all.size() + " cases is chosen by --filter and --tags; --list shows their names");
        }
        return Plan.choose(all, choice);
    }

    private Plan.Choice choice() {
        Set<String> with = new LinkedHashSet<>();
        Set<String> without = new LinkedHashSet<>();
        for (String all : tags) {
            for (String t : Attributes.list("--tags", all, "a tag is needed, as in net,!slow")) {
                boolean not = t.startsWith("!");
                String tag = not ? t.substring(1) : t;
                if (tag.isBlank()) {
                    throw new UsageException("--tags " + all + ": a tag is needed behind !, as in !slow");
                }
                if ((not ? with : without).contains(tag)) {
                    throw new UsageException("--tags " + all + ": cases with the tag " + tag + " are asked for and left out; say one of them");
                }
                (not ? without : with).add(tag);
            }
        }
        if (filters.stream().anyMatch(String::isEmpty)) {
            throw new UsageException("--filter: an empty text is in every name; say a part of one, or leave it out");
        }
        if (shard == null) {
            return new Plan.Choice(filters, with, without, 1, 1);
        }
        Matcher m = SHARD.matcher(shard);
        int i = m.matches() ? Integer.parseInt(m.group(1)) : 0;
        int n = m.matches() ? Integer.parseInt(m.group(2)) : 0;
        if (i < 1 || i > n) {
            throw new UsageException("--shard " + shard + ": a part and the number of parts are needed, from 1/N to N/N, as in 1/4");
        }
        return new Plan.Choice(filters, with, without, i, n);
    }

    private SuiteRunSettings settings() {
        between("--jobs", jobs, MOST_JOBS);
        between("--repeat", repeat, MOST_REPETITIONS);
        var roles = new FileRoles();
        files.forEach(f -> roles.read("suite ", f));
        for (var file : new Object[][] {{"--report ", report}, {"--html ", html}, {"--tap ", tap}, {"--ktap ", ktap}, {"--coverage ", coverage}}) {
            if (file[1] != null) {
                OutputFiles.require((String) file[0], (Path) file[1]);
                roles.write((String) file[0], (Path) file[1]);
            }
        }
        OutputFiles.requireFolder("--artefacts", artefacts);
        if (setups != null) {
            OutputFiles.requireFolder("--setups", setups);
        }
        return new SuiteRunSettings(jobs, repeat, untilFailure, SeedOption.parse("--seed", seed), digest, artefacts.toAbsolutePath(), setups == null ? CacheFolder.of("setups") : setups.toAbsolutePath());
    }

    private static void between(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new UsageException(option + " " + value + ": from 1 to " + most);
        }
    }

    private int run(List<PlannedCase> plan, SuiteRunSettings settings) {
        SuiteRunner run = runner.get();
        var reports = new Reports(new Reports.Targets(report, html, tap, ktap));
        boolean terminal = HostTerminal.is(HostTerminal.OUTPUT);
        var digests = new Digests();
        SuiteListener listener = new Listeners(List.of(reports, new Progress(System.out, terminal, DEFAULT_COLUMNS), digests));
        var signal = new AtomicInteger();
        // the reports are whole before anything else ends, so that a second signal costs nothing
        try (var _ = new Signals((number, name) -> {
            signal.set(number);
            reports.interrupted(name);
            write(reports);
            run.stop(name);
        })) {
            run.run(plan, settings, listener);
        }
        boolean written = write(reports);
        digests.lines().forEach(l -> System.out.println(Messages.line(l)));
        System.out.println(reports.summary());
        if (signal.get() != 0) {
            return ExitStatus.SIGNAL + signal.get();
        }
        return !reports.good() || !digests.equal() ? ExitStatus.FAILED : written ? ExitStatus.OK : ExitStatus.OUTPUT;
    }

    private static boolean write(Reports reports) {
        try {
            reports.write();
            return true;
        } catch (IOException e) {
            Messages.say(e.getMessage());
            return false;
        }
    }
}
