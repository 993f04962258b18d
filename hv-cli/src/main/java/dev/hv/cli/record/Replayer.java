package dev.hv.cli.record;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.CheckpointWriter;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.record.RecordingFormat.Instant;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.LabRun;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunResult;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.execute.EngineKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Repeats a recorded run, and compares. */
public final class Replayer implements RunWitness {

    /** What ends a replay that is nothing of the guests'. */
    private static final Set<StopReason.Kind> OF_THIS_RUN = EnumSet.of(StopReason.Kind.SIGNAL, StopReason.Kind.OUTPUT_LOST);

    /** What came of a replay. */
    public enum Outcome { EQUAL, DIVERGED, STOPPED, CUT_OFF }

    private final Recording recording;
    private final JournalReader journal;
    private final Until until;
    /** The checkpoint that this goes on from; null for the beginning. */
    private final Path fromFolder;
    private final Position from;
    /** The state of this process that it goes on from; null for another. */
    private final Waypoint waypoint;
    /** Whether what a command printed in the recorded run is shown. */
    private final boolean shown;
    private int open;
    private long first;
    private boolean cutShort;
    private Outcome outcome = Outcome.DIVERGED;
    private String finding = "it did not end";

    /**
     * Where a replay is to end.
     *
     * @param instructions so many after its beginning, {@link Long#MAX_VALUE} for all
     * @param nanos of the guest's time, {@link Long#MAX_VALUE} for all
     */
    public record Until(long instructions, long nanos) {
        /** The end of the recording. */
        public static final Until END = new Until(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * The last checkpoint beside a recording from which an instant can still be reached; null when there is none.
     *
     * @throws UsageException when the host fails
     */
    public static Path nearest(Recording recording, Until until) {
        try {
            return Milestones.nearest(recording.path(), recording.start(), until);
        } catch (IOException e) {
            throw new UsageException(Milestones.folder(recording.path()) + " cannot be read: " + e.getMessage());
        }
    }

    /**
     * A replay that has not begun. The calling thread is the machine's.
     *
     * @param fromFolder a checkpoint of the run to go on from; null for its beginning
     * @throws UsageException when the files of the run are not what they were
     */
    public Replayer(Recording recording, Until until, Path fromFolder) {
        this(recording, until, fromFolder, null, true);
    }

    /**
     * A replay, after another one, whose files were what they had been.
     *
     * @param waypoint what it goes on from; null for what the other began with
     */
    Replayer(Recording recording, Until until, Path fromFolder, Waypoint waypoint) {
        this(recording, until, fromFolder, waypoint, false);
    }

    private Replayer(Recording recording, Until until, Path fromFolder, Waypoint waypoint, boolean check) {
        this.fromFolder = fromFolder;
        this.recording = recording;
        this.until = until;
        this.waypoint = waypoint;
        shown = check;
        if (check) {
            recording.header().inputs.forEach(i -> i.check(recording.path()));
            if (recording.header().job != null) {
                recording.header().job.puts().forEach(p -> p.from().check(recording.path()));
            }
        }
        try {
            from = waypoint != null ? waypoint.position() : fromFolder == null ? null : position(fromFolder);
            journal = new JournalReader(recording, from);
        } catch (IOException | RecordingException e) {
            throw new UsageException(recording.path() + ": " + e.getMessage());
        }
    }

    private Position position(Path folder) {
        try {
            Position p = Position.read(folder);
            if (!p.start().equals(recording.start())) {
                throw new RecordingException("it belongs to another recording");
            }
            return p;
        } catch (RecordingException e) {
            throw new UsageException("--from " + folder + ": " + e.getMessage());
        }
    }

    /** The machines of the run; what they print goes where this run shows it. */
    public LabConfig lab() {
        List<VmConfig> all = new ArrayList<>();
        for (VmConfig vm : recording.manifest().lab().machines()) {
            String sockets = recording.header().sockets.get(all.size());
            // standard output is the command's, as in the recorded run
            String serial = recording.header().job == null ? vm.serial() : "none";
            all.add(new VmConfig(vm.name(), vm.boot(), vm.memory(), vm.cpus(), vm.rights(), vm.testDevices(), serial, sockets.isEmpty() ? null : Path.of(sockets),
                    vm.disks(), vm.networks(), vm.actions()).withIommu(vm.iommu()).withScreen(vm.screen()));
        }
        return new LabConfig(List.copyOf(all), recording.manifest().lab().hostMemory());
    }

    /** What the run went on from; null for one that booted. */
    public Restart restart() {
        if (waypoint != null) {
            return restart(waypoint.checkpoint());
        }
        Path folder = fromFolder != null ? fromFolder : recording.header().restoredFrom(recording.path());
        if (folder == null) {
            return null;
        }
        try {
            return restart(Checkpoint.open(folder));
        } catch (CheckpointException e) {
            throw new UsageException(from != null ? "--from " + folder + ": " + e.getMessage() : recording.path() + ": the run began with checkpoint " + folder + ": " + e.getMessage());
        }
    }

    /** What the agent was doing where this goes on; null for nothing. */
    private byte[] job() {
        if (waypoint != null) {
            return waypoint.job();
        }
        if (recording.header().job == null) {
            return null;
        }
        Path file = fromFolder.resolve(Milestones.JOB);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("--from " + fromFolder + ": " + Milestones.JOB + (Files.exists(file) ? " cannot be read: " + e.getMessage() : " is missing: not a whole checkpoint of this recording"));
        }
    }

    private Restart restart(Checkpoint checkpoint) {
        String script = recording.header().script;
        return new Restart(checkpoint.folder(), checkpoint, script.isEmpty() ? null : script.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The case that was recorded; null for a run of its own. */
    public RecordedCase ofCase() {
        return recording.ofCase();
    }

    /** What this goes on from of those that a replay has taken; null for none. */
    Waypoint waypoint() {
        return waypoint;
    }

    /** Has somebody told of rounds in which the machine rests. */
    void onRest(Consumer<Machine> told) {
        journal.onRest(told);
    }

    /** Ways into the machine that were open when it had been built: others are no part of its state. */
    int open() {
        return open;
    }

    /** Where in the recording the machine is, which looks at itself at rest; null where nothing can go on. */
    Position position(Machine machine) {
        long place = journal.place();
        return place < 0 ? null : new Position(recording.start(), machine.mark(), first, machine.instructions() - first, machine.clock().seenNanos(), place);
    }

    /** It is ended before its end. */
    void cutShort() {
        cutShort = true;
    }

    /**
     * The run of it.
     *
     * @param witness this, or who stands before it
     */
    private LabRun run(RunSettings settings, RunWitness witness) {
        Restart restart = restart();
        var run = new LabRun(lab(), settings, restart, witness);
        // a state has its turns in it
        run.interleave(restart == null ? recording.header().interleaving : 0);
        run.doing(recording.header().job == null ? null : recording.header().job.again(shown), from == null ? null : job());
        return run;
    }

    /**
     * Builds and runs it, to its end.
     *
     * @param witness this, or who stands before it
     */
    public RunResult repeat(RunSettings settings, RunWitness witness) {
        return recording.ofCase() == null ? run(settings, witness).run() : recording.cases().repeat(this, settings, witness);
    }

    /** Lets go of the recording. */
    void close() {
        journal.close();
    }

    /**
     * What the run was, with what this one has of its own.
     *
     * @param timeoutNanos wall time after which it ends
     * @param stats file for counters, or null
     * @param trace file for a trace of VMBus, or null
     */
    public RunSettings settings(long timeoutNanos, Path stats, String trace, boolean digest, EngineKind engine, long codeCache) {
        RecordingHeader h = recording.header();
        Conditions c = recording.manifest().conditions();
        long most = Math.min(h.maxInstructions, until.instructions());
        return new RunSettings(c.bare(), c.realTime(), c.cpu(), c.processors(), false, c.picosPerInstruction(), c.seed(), timeoutNanos, most, false, stats, trace, digest, h.digestsAt, h.reboot,
                h.resetAtTripleFault, engine, codeCache, false);
    }

    @Override
    public Journal journal() {
        return journal;
    }

    @Override
    public long first(Machine machine) {
        return from == null ? machine.instructions() : from.first();
    }

    @Override
    public void begun(Machine machine, Checkpoints checkpoints) {
        first = first(machine);
        if (from != null) {
            machine.resume(from.mark());
            journal.goOn(machine);
        } else {
            compareStart(machine);
        }
        open = machine.mark().open();
        if (until.instructions() != Long.MAX_VALUE) {
            journal.stopAt(first(machine) + until.instructions());
        }
        if (until.nanos() != Long.MAX_VALUE) {
            machine.clock().timer("replay until", () -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED))).arm(until.nanos());
        }
    }

    private void compareStart(Machine machine) {
        String now = machine.digest();
        if (!now.equals(recording.start())) {
            throw new UsageException("%s: section start: hv %s makes another machine of these files than hv %s, which recorded it".formatted(recording.path(),
                    CheckpointWriter.program(), recording.manifest().program()));
        }
    }

    @Override
    public void stopped(Machine machine) {
        if (cutShort || recording.end() == null || machine.instructions() < recording.end().at().instructions() || journal.ownLimit()) {
            journal.stop();
        }
    }

    @Override
    public Optional<String> ended(Machine machine, List<EndedVm> ended, String digest) {
        Instant now = journal.last();
        String where = "instruction %d, %d.%09d s of the guest's time".formatted(machine.instructions(), now.nanos() / 1_000_000_000, now.nanos() % 1_000_000_000);
        RecordingEnd end = recording.end();
        boolean stopped = cutShort || journal.ownLimit() || ended.stream().anyMatch(vm -> OF_THIS_RUN.contains(vm.reason().kind())) && !ended.equals(end == null ? null : end.ended()) || until != Until.END && (end == null || machine.instructions() < end.at().instructions() || now.nanos() < end.at().nanos());
        if (journal.cutOff()) {
            outcome = Outcome.CUT_OFF;
            finding = "repeated to " + where + ", where the recording is cut off: there is nothing to compare with";
        } else if (stopped) {
            outcome = Outcome.STOPPED;
            finding = "stopped at " + where;
        } else if (end == null) {
            finding = "ended at " + where + ", and the recording goes on";
        } else if (!RecordingEnd.text(ended).equals(RecordingEnd.text(end.ended()))) {
            finding = "ended with " + RecordingEnd.text(ended) + " at " + where + " where the recorded run ended with " + RecordingEnd.text(end.ended()) + " at instruction " + end.at().instructions();
        } else if (machine.instructions() != end.at().instructions()) {
            finding = "ended at " + where + " where the recorded run ended at instruction " + end.at().instructions();
        } else if (!digest.equals(end.digest())) {
            finding = "at its end, " + where + ": digest " + digest + " where " + end.digest() + " was recorded";
        } else {
            outcome = Outcome.EQUAL;
            finding = "equal to its end at " + where + ", digest " + digest;
        }
        journal.close();
        return Optional.empty();
    }

    /** The replay went another way. */
    public void diverged(ReplayDivergence e) {
        outcome = Outcome.DIVERGED;
        finding = e.getMessage();
        journal.close();
    }

    /** What came of it. */
    public Outcome outcome() {
        return outcome;
    }

    /** What came of it, in words. */
    public String finding() {
        return finding;
    }
}
