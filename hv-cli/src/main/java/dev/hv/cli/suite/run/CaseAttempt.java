package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.WorkFolder;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.suite.CaseTrace;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.SubtestResult;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.StopReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Runs steps one after the other on machines of their own, from their start or from a checkpoint, until one of them fails. */
final class CaseAttempt implements AutoCloseable {

    /** What names of folders begin with that cases have for themselves. */
    static final String WORK = "hv-case-";
    /** An agent says itself that a program ran out of time; this much later it is said for it. */
    private static final long AGENTS_SAY = 5 * Clock.SECOND;
    private static final int CONSOLE_SHOWN = 1 << 14;

    private final Testbed testbed;
    private final Checkpoint checkpoint;
    private final List<Step> steps;
    private final Timeouts timeouts;
    private final long seed;
    private final Path folder;
    private final Agents agents;
    private final Runnable kill;
    private final Map<String, Checkpoint> kept = new HashMap<>();
    private final List<StepResult> results = new ArrayList<>();
    private final List<SubtestResult> subtests = new ArrayList<>();
    private WorkFolder work;
    private CaseCoverage coverage;
    private List<CaseTrace> traces = List.of();
    private final List<String> lost = new ArrayList<>();
    /** Labs that there were before this one. */
    private int labs;
    private RunWitness witness = RunWitness.NONE;
    private Legs legs = (state, done, left, how) -> new Leg(RunWitness.NONE, how);
    /** What machines printed before, that steps may read; null for nothing. */
    private Map<String, Transcript> earlierText;
    /** Null for those that follow from the case. */
    private RunSettings settings;
    private volatile CaseLab lab;
    private Counters before;
    /** Guest's time at which the case is over time. */
    private long deadline;
    /** Guest's time that there is; without a limit, what the case's own limit says. */
    private long left = Long.MAX_VALUE;
    private long begun;
    /** Time that went by before going back to a state. */
    private long earlier;
    private long earlierHost;
    private volatile boolean hurried;
    /** Whether the host's time was up. */
    private boolean hostLimit;
    /** Instructions that the machine had run at the begin, or when it went back to a state last. */
    private long first;
    /** Whether the step after this one is about the end of the machine. */
    private boolean endsNext;

    /**
     * An attempt that has not begun.
     *
     * @param checkpoint what it goes on from; null for machines that boot
     * @param folder where files of the guest go; null for nowhere
     * @param kill ends this process; null when it must not
     */
    CaseAttempt(Testbed testbed, Checkpoint checkpoint, List<Step> steps, Timeouts timeouts, long seed, Path folder, Agents agents, Runnable kill) {
        this.testbed = testbed;
        this.checkpoint = checkpoint;
        this.steps = steps;
        this.timeouts = timeouts;
        this.seed = seed;
        this.folder = folder;
        this.agents = agents;
        this.kill = kill;
    }

    /** Has code that is executed noted; null for none. Before the run. */
    void cover(CaseCoverage by) {
        coverage = by;
    }

    /**
     * Has somebody keep or repeat the run. Before it.
     *
     * @param how it is run
     */
    void witness(RunWitness by, RunSettings how) {
        witness = by;
        settings = how;
    }

    /** How machines are run that go on from a state that the case has kept. */
    record Leg(RunWitness witness, RunSettings settings) {}

    /** Says how machines are run that go on from a state that the case has kept. */
    @FunctionalInterface
    interface Legs {
        /**
         * The case goes back to a state.
         *
         * @param done steps that have been begun, with the one that goes back
         * @param left nanoseconds of the guest's time that the others have
         * @param how machines are run where nobody looks
         */
        Leg begin(Checkpoint state, int done, long left, RunSettings how) throws IOException, CheckpointException;
    }

    /** Has somebody keep what becomes of machines that go back to a state. Before the run. */
    void legs(Legs all) {
        legs = all;
    }

    /** Goes on where so many nanoseconds of the guest's time are left, none or fewer where it is over already. Before the run. */
    void left(long nanos) {
        left = nanos;
    }

    /** Goes on where machines have printed something that no step has read yet. Before the run. */
    void printed(List<String> unread) {
        earlierText = new HashMap<>();
        for (int i = 0; i < testbed.machines().size(); i++) {
            earlierText.put(testbed.machines().get(i).name(), Transcript.of(i < unread.size() ? unread.get(i) : ""));
        }
    }

    /** What each machine has printed that no step has read. */
    List<String> unread() {
        return testbed.machines().stream().map(m -> lab.transcript(m.name()).unread()).toList();
    }

    /** Has traces written into its folder. Before the run. */
    void trace(List<CaseTrace> what) {
        traces = what;
    }

    /** Ends traces; what is to be said of those that could not be written. */
    List<String> endTraces() {
        if (lab != null) {
            lost.addAll(lab.lab().closeTraces());
        }
        return lost;
    }

    /** Where a trace goes: that of machines that go on from a state that was kept has a file of its own. */
    private Path traced(CaseTrace t) {
        return folder.resolve(labs == 0 ? t.name() : (labs + 1) + "-" + t.name());
    }

    private List<TraceConfig> tracing() {
        if (!traces.isEmpty()) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new UsageException("trace: " + folder + " cannot be made: " + e.getMessage());
            }
        }
        return traces.stream().filter(t -> t.config() != null).map(t -> t.config().to(traced(t).toString())).toList();
    }

    private RunSettings traced(RunSettings s) {
        CaseTrace bus = traces.stream().filter(t -> t.config() == null).findFirst().orElse(null);
        return bus == null ? s : CaseSettings.tracing(s, traced(bus).toString());
    }

    private CaseLab covered(CaseLab begun) {
        if (coverage != null) {
            coverage.begin(begun);
        }
        return begun;
    }

    /**
     * Runs the first steps.
     *
     * @param count how many at most
     * @param progress told the number of each step that begins
     * @return whether all of them passed
     */
    boolean run(int count, IntConsumer progress) {
        return run(0, count, progress);
    }

    /** The same, but for the first steps, which were done before the state that it goes on from was kept. */
    boolean run(int from, int count, IntConsumer progress) {
        try {
            RunSettings how = traced(settings != null ? settings : CaseSettings.of(testbed.platform(), checkpoint, steps, seed));
            lab = covered(earlierText == null ? new CaseLab(testbed, how, checkpoint, witness, tracing()) : new CaseLab(testbed, how, checkpoint, witness, tracing(), earlierText));
        } catch (UsageException e) {
            results.add(new StepResult(null, Status.ERROR, e.getMessage(), 0, 0, ""));
            return false;
        }
        Clock clock = lab.lab().clock();
        first = lab.lab().machine().instructions();
        // the clock is read in this order after a return to a state, too: what is repeated of a case in real time begins there
        begun = clock.nanos();
        before = counted();
        deadline = left == Long.MAX_VALUE ? after(begun, timeouts.guest()) : begun + left;
        if (hurried) {
            lab.hurry();
        }
        for (int i = from; i < Math.min(count, steps.size()); i++) {
            progress.accept(i);
            endsNext = i + 1 < steps.size() && steps.get(i + 1) instanceof Step.End;
            if (step(steps.get(i)).status().bad()) {
                return false;
            }
        }
        return true;
    }

    private Counters counted() {
        try {
            return new Counters(lab.lab().statistics());
        } catch (IOException e) {
            throw new IllegalStateException("counters in memory", e);
        }
    }

    /** Runs one more step. */
    StepResult step(Step step) {
        long guest = guestNanos();
        long host = hostNanos();
        Outcome o = outcome(step);
        subtests.addAll(o.subtests());
        results.add(new StepResult(step, o.status(), o.reason(), guestNanos() - guest, hostNanos() - host, o.output()));
        return results.getLast();
    }

    private static long after(long instant, long nanos) {
        return nanos > Long.MAX_VALUE - instant ? Long.MAX_VALUE : instant + nanos;
    }

    /** Guest's time since the begin. */
    long guestNanos() {
        return lab == null ? 0 : earlier + lab.lab().clock().nanos() - begun;
    }

    /** Host's time since the begin, building the machines included. */
    long hostNanos() {
        return lab == null ? 0 : earlierHost + lab.lab().hostNanos();
    }

    private Outcome outcome(Step step) {
        try {
            return switch (step) {
                case Step.Save s -> save(s);
                case Step.Restore r -> restore(r);
                default -> wait(step, step.head().machine() == null ? testbed.machines().getFirst().name() : step.head().machine());
            };
        } catch (CheckpointException | IOException e) {
            return Outcome.error(e.getMessage());
        }
    }

    private Outcome save(Step.Save s) throws CheckpointException, IOException {
        if (work == null) {
            work = new WorkFolder(WORK);
        }
        Path at = work.path().resolve("state-" + kept.size());
        lab.checkpoint(at);
        kept.put(s.name(), Checkpoint.open(at));
        return Outcome.passed("");
    }

    private Outcome restore(Step.Restore r) throws IOException, CheckpointException {
        Checkpoint state = kept.get(r.name());
        if (state == null) {
            return Outcome.error("no state was kept under the name " + r.name());
        }
        long left = deadline == Long.MAX_VALUE ? deadline : deadline - lab.lab().clock().nanos();
        earlier = guestNanos();
        Map<String, Transcript> transcripts = lab.transcripts();
        Leg leg = legs.begin(state, results.size() + 1, left, CaseSettings.of(testbed.platform(), state, steps, seed));
        earlierHost = hostNanos();
        if (coverage != null) {
            coverage.end();
        }
        lost.addAll(lab.lab().closeTraces());
        lab.close();
        labs++;
        lab = covered(new CaseLab(testbed, traced(leg.settings()), state, leg.witness(), tracing(), transcripts));
        first = lab.lab().machine().instructions();
        begun = lab.lab().clock().nanos();
        deadline = after(begun, left);
        if (hurried) {
            lab.hurry();
        }
        return Outcome.passed("");
    }

    private Outcome wait(Step step, String machine) {
        boolean end = step instanceof Step.End;
        StopReason over = lab.lab().end(machine);
        if (over != null) {
            return end ? Outcome.of(Ends.problem((Step.End) step, over), over.detail()) : Outcome.failed("the guest " + Ends.text(over) + " before this step", "");
        }
        Clock clock = lab.lab().clock();
        Outcome[] got = {null};
        boolean[] late = {false};
        long own = after(clock.nanos(), step.head().timeout());
        long limit = Math.min(deadline, step instanceof Step.Run && own != Long.MAX_VALUE ? after(own, AGENTS_SAY) : own);
        Clock.Timer timer = clock.timer("step-timeout", () -> {
            late[0] = true;
            lab.lab().pause();
        });
        if (limit != Long.MAX_VALUE) {
            timer.arm(limit);
        }
        var runner = new StepRunner(lab, agents, kill, folder, before);
        runner.begin(step, machine, o -> {
            if (got[0] == null) {
                got[0] = o;
                lab.lab().pause();
            }
        });
        StopReason why = lab.runUntil(() -> got[0] != null || late[0] || lab.lab().end(machine) != null, timeouts.host());
        timer.cancel();
        over = lab.lab().end(machine);
        if (over != null && end) {
            return Outcome.of(Ends.problem((Step.End) step, over), over.detail());
        }
        if (over != null && got[0] == null) {
            runner.over();
        }
        if (got[0] != null && (over == null || !got[0].status().bad())) {
            return got[0];
        }
        if (over != null && endsNext && step instanceof Step.Run(var _, var _, var statuses, var _, var _, var _) && statuses.isEmpty()) {
            // a program that ends its guest has no status to tell: the next step says what end is right
            return Outcome.passed("");
        }
        if (over != null) {
            return over.kind() == StopReason.Kind.INTERNAL_ERROR ? Outcome.error("hv has a bug: " + over.detail()) : Outcome.failed("the guest " + Ends.text(over) + " during this step", "");
        }
        if (late[0]) {
            return Outcome.failed((limit == deadline ? "the case took longer than its " + seconds(timeouts.guest()) : "took longer than " + seconds(step.head().timeout())) + " of the guest's time", "");
        }
        return switch (why.kind()) {
            case TIME_LIMIT -> {
                hostLimit = true;
                yield Outcome.failed("the case took longer than its " + seconds(timeouts.host()) + " of the host's time", "");
            }
            case SIGNAL -> Outcome.error("interrupted");
            default -> Outcome.error("hv stopped: " + why.kind() + " " + why.detail());
        };
    }

    private static String seconds(long nanos) {
        double s = nanos / 1e9;
        return (s == Math.rint(s) ? Long.toString((long) s) : Double.toString(s)) + " s";
    }

    /** Waits for agents, as a step of its own; whether they listen. */
    boolean awaitAgents(List<MachineSpec> machines) {
        for (MachineSpec m : machines) {
            Outcome[] got = {null};
            agents.of(lab.lab(), m.name()).whenReady(() -> got[0] = Outcome.passed(""), why -> got[0] = Outcome.error(why));
            Outcome o = got[0] != null ? got[0] : waitFor(got, m.name());
            if (o.status().bad()) {
                results.add(new StepResult(null, o.status(), "the agent of " + m.name() + ": " + o.reason(), guestNanos(), 0, ""));
                return false;
            }
        }
        return true;
    }

    private Outcome waitFor(Outcome[] got, String machine) {
        boolean[] late = {false};
        Clock.Timer timer = lab.lab().clock().timer("agents", () -> {
            late[0] = true;
            lab.lab().pause();
        });
        agents.of(lab.lab(), machine).whenReady(lab.lab()::pause, why -> lab.lab().pause());
        if (deadline != Long.MAX_VALUE) {
            timer.arm(deadline);
        }
        StopReason why = lab.runUntil(() -> got[0] != null || late[0] || lab.lab().end(machine) != null, timeouts.host());
        timer.cancel();
        StopReason over = lab.lab().end(machine);
        return got[0] != null ? got[0] : over != null ? Outcome.error("the guest " + Ends.text(over))
                : Outcome.error("does not listen within " + seconds(late[0] ? timeouts.guest() : timeouts.host()) + (why == null ? " of the guest's time" : " of the host's time"));
    }

    /** Results that guests reported themselves, in order. */
    List<SubtestResult> subtests() {
        return List.copyOf(subtests);
    }

    /** Steps that were begun, and what became of them. */
    List<StepResult> results() {
        return results;
    }

    /** Whether it failed because the host's time was up, at an instant that is not the guests' doing. */
    boolean hostLimit() {
        return hostLimit;
    }

    /** Instructions that the machine had run at the begin, or when it went back to a state last. */
    long first() {
        return first;
    }

    /** The last that all machines printed. */
    String console() {
        if (lab == null) {
            return "";
        }
        return String.join("\n", testbed.machines().stream().map(m -> (testbed.machines().size() > 1 ? "== " + m.name() + " ==\n" : "") + lab.transcript(m.name()).last(CONSOLE_SHOWN)).toList());
    }

    /** The machines; null when they could not be built. */
    CaseLab lab() {
        return lab;
    }

    /** Has it end soon. From any thread. */
    void hurry() {
        hurried = true;
        CaseLab running = lab;
        if (running != null) {
            running.hurry();
        }
    }

    @Override
    public void close() {
        if (lab != null) {
            lab.close();
        }
        if (work != null) {
            work.close();
        }
    }
}
