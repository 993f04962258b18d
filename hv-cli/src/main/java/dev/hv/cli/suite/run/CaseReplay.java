package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Messages;
import dev.hv.cli.console.StandardOutput;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.cli.record.RecordedCase;
import dev.hv.cli.record.RepeatedConsole;
import dev.hv.cli.record.Replayer;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunResult;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.run.Signals;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.suite.read.SuiteFile;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** Repeats a case that was recorded: its steps are done once more, at machines that begin as they did. */
public final class CaseReplay {

    private CaseReplay() {}

    /**
     * The case with an id in the text of a suite; null when there is none.
     *
     * @throws UsageException when the suite is wrong
     */
    static PlannedCase find(Path file, String text, String id) {
        return Plan.of(List.of(SuiteFile.read(file, text))).stream().filter(c -> c.id().equals(id)).findFirst().orElse(null);
    }

    /** Repeats a case, as {@link dev.hv.cli.record.Recording.CaseRepeater} asks for it. */
    public static RunResult repeat(Replayer replayer, RunSettings settings, RunWitness witness) {
        RecordedCase recorded = replayer.ofCase();
        PlannedCase planned = find(Path.of(recorded.suite()), recorded.text(), recorded.id());
        if (planned == null || planned.spec().steps().size() < recorded.steps() || recorded.first() > recorded.steps()) {
            throw new UsageException(recorded.suite() + ": the recording names a case that its suite does not have: " + recorded.id());
        }
        Restart restart = replayer.restart();
        Checkpoint from = restart == null ? null : restart.checkpoint();
        var timeouts = new Timeouts(planned.spec().timeouts().guest(), settings.timeoutNanos());
        try (var shown = new Shown(witness, replayer.lab().machines());
                var attempt = new CaseAttempt(planned.testbed(), from, planned.spec().steps(), timeouts, settings.seed(), null, DrivenAgents.INSTANCE, null);
                var signals = new Signals((number, name) -> attempt.hurry())) {
            attempt.witness(shown, settings);
            attempt.printed(recorded.unread());
            attempt.left(recorded.guest());
            attempt.run(recorded.first(), recorded.steps(), i -> { });
            if (attempt.lab() == null) {
                throw new UsageException(attempt.results().getLast().reason());
            }
            RunResult result = attempt.lab().lab().end();
            if (replayer.outcome() == Replayer.Outcome.EQUAL) {
                List<StepResult> results = attempt.results();
                int done = recorded.first() + results.size();
                String now = results.isEmpty() || !results.getLast().status().bad() || attempt.hostLimit() ? recorded.failure() : CaseRunner.reason(results.getLast(), done);
                // where the host's time was up the run just ends
                Messages.say("the case failed: " + recorded.failure() + (now.equals(recorded.failure()) || done < recorded.steps() ? "" : "; now: " + now));
            }
            return result;
        }
    }

    /** Has a witness' machines print to standard output where it does not say where they do. */
    private static final class Shown implements RunWitness, AutoCloseable {
        private final RunWitness witness;
        private final boolean several;
        private final OutputStream shared = new StandardOutput();
        private final Map<String, RepeatedConsole> consoles = new HashMap<>();

        Shown(RunWitness witness, List<VmConfig> machines) {
            this.witness = witness;
            several = machines.size() > 1;
        }

        @Override
        public IntConsumer console(VmConfig vm) {
            IntConsumer own = witness.console(vm);
            return own != null ? own : consoles.computeIfAbsent(vm.name(), name -> RepeatedConsole.on(shared, several ? name : null));
        }

        @Override
        public Journal journal() {
            return witness.journal();
        }

        @Override
        public void begun(Machine machine, Checkpoints checkpoints) {
            witness.begun(machine, checkpoints);
        }

        @Override
        public String debugged() {
            return witness.debugged();
        }

        @Override
        public void ready(Machine machine, DebugTarget target, BooleanSupplier over) {
            witness.ready(machine, target, over);
        }

        @Override
        public long first(Machine machine) {
            return witness.first(machine);
        }

        @Override
        public void stopped(Machine machine) {
            consoles.values().forEach(RepeatedConsole::flush);
            witness.stopped(machine);
        }

        @Override
        public Optional<String> ended(Machine machine, List<EndedVm> ended, String digest) {
            return witness.ended(machine, ended, digest);
        }

        @Override
        public void close() {
            consoles.values().forEach(RepeatedConsole::close);
        }
    }
}
