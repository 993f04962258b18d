package dev.hv.cli.record;

import dev.hv.cli.checkpoint.CheckpointWriter;
import dev.hv.cli.checkpoint.Manifest;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.GuestJob;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunInputs;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Records a run: what was started and from which files, everything that enters from outside, and how it ended. */
public final class Recorder implements RunWitness {

    private final Path file;
    private final JournalWriter journal;
    /** Null without. */
    private final Milestones milestones;
    /** Null for a run that never rests but where something of it wants that. */
    private final Rests rests;

    /**
     * Begins a recording. The calling thread is the machine's.
     *
     * @param restart what the run goes on from; null for one that boots
     * @param interleaving what processors' turns follow from, as {@link dev.hv.cli.run.LabRun#interleave} has it; 0 for the usual ones
     * @param every instructions from one checkpoint beside the recording to the next; 0 for none
     * @throws UsageException when the run cannot be recorded, or a file cannot be read or written
     */
    public Recorder(Path file, LabConfig lab, RunSettings settings, Restart restart, long every, long interleaving) {
        this(file, lab, settings, restart, every, interleaving, null);
    }

    /**
     * Begins a recording of a run in which the agent does something.
     *
     * @param job what; null for nothing
     * @throws UsageException as above
     */
    public Recorder(Path file, LabConfig lab, RunSettings settings, Restart restart, long every, long interleaving, GuestJob job) {
        this(file, header(file, lab, settings, restart, interleaving, RecordedJob.of(job)), settings, every, true);
    }

    /**
     * Begins a recording of a case of a suite, which goes no other way for that.
     *
     * @param ofCase null while it is not known ({@link #complete})
     * @param files that its steps read
     * @throws UsageException as above
     */
    public Recorder(Path file, LabConfig lab, RunSettings settings, Restart restart, RecordedCase ofCase, List<Path> files) {
        this(file, header(file, lab, settings, restart, ofCase, files), settings, 0, false);
    }

    /**
     * Writes a recording of a case that was not known when it began: what happened in it is another one's, which was begun without one.
     *
     * @throws UsageException as above
     */
    public static void complete(Path recorded, Path file, LabConfig lab, RunSettings settings, Restart restart, RecordedCase ofCase, List<Path> files) throws IOException {
        var out = new SectionWriter();
        header(file, lab, settings, restart, ofCase, files).save(out);
        Recording.withHeader(recorded, out.toBytes(), file);
    }

    private static RecordingHeader header(Path file, LabConfig lab, RunSettings settings, Restart restart, RecordedCase ofCase, List<Path> files) {
        return header(file, lab, settings, restart, settings.seed(), null).of(ofCase, file, files);
    }

    private Recorder(Path file, RecordingHeader header, RunSettings settings, long every, boolean rest) {
        this.file = file;
        if (settings.parallel()) {
            throw new UsageException("--record " + file + ": what processors do that run at the same time cannot be repeated; leave --parallel out");
        }
        if (settings.keepDisks()) {
            throw new UsageException("--record " + file + ": a recording is repeated from disks as they were; leave --keep-disk out");
        }
        try {
            journal = new JournalWriter(file);
            journal.write(header);
            milestones = every == 0 ? null : new Milestones(file, every, journal);
            rests = rest ? new Rests(Rests.EVERY, machine -> journal.mark()) : null;
            journal.rest(Stream.of(milestones == null ? null : milestones.rests(), rests).filter(Objects::nonNull).toList());
        } catch (IOException e) {
            throw new UsageException("--record " + file + ": cannot be written: " + e.getMessage());
        }
    }

    private static RecordingHeader header(Path file, LabConfig lab, RunSettings settings, Restart restart, long interleaving, RecordedJob job) {
        var h = new RecordingHeader();
        h.interleaving = interleaving;
        h.job = job;
        h.manifest = new Manifest(CheckpointWriter.program(), settings.conditions(), lab, List.of()).toText();
        lab.machines().forEach(m -> h.sockets.add(m.sockets() == null ? "" : m.sockets().toString()));
        h.maxInstructions = settings.maxInstructions();
        h.digestsAt.addAll(settings.digestsAt());
        h.reboot = settings.reboot();
        h.resetAtTripleFault = settings.resetAtTripleFault();
        if (restart != null) {
            h.restored = InputFile.name(file, restart.folder());
            h.script = restart.script() == null ? "" : new String(restart.script(), StandardCharsets.ISO_8859_1);
        }
        Path reading = null;
        try {
            if (restart != null) {
                reading = restart.folder().resolve("manifest.json");
                h.inputs.add(InputFile.whole(reading).beside(file));
            }
            for (Path f : RunInputs.boot(lab)) {
                reading = f;
                h.inputs.add(InputFile.whole(f));
            }
            for (Path f : RunInputs.disks(lab)) {
                reading = f;
                h.inputs.add(InputFile.disk(f));
            }
        } catch (IOException e) {
            throw new UsageException(reading + ": cannot be read: " + e.getMessage());
        }
        return h;
    }

    @Override
    public Journal journal() {
        return journal;
    }

    @Override
    public void begun(Machine machine, Checkpoints checkpoints) {
        String digest = machine.digest();
        journal.write(new Start(digest));
        if (rests != null) {
            rests.begun(machine, checkpoints);
        }
        if (milestones != null) {
            try {
                milestones.begun(machine, digest, checkpoints);
            } catch (IOException e) {
                throw new UsageException("--checkpoint-every: " + Milestones.folder(file) + " cannot be written: " + e.getMessage());
            }
        }
    }

    @Override
    public Optional<String> ended(Machine machine, List<EndedVm> ended, String digest) {
        journal.end(new RecordingEnd(journal.last(), digest, ended));
        return Optional.ofNullable(journal.failure()).map(e -> "--record " + file + ": could not be written to its end: " + e.getMessage());
    }

    /** The section {@code start}. */
    private record Start(String digest) implements Saveable {
        @Override
        public void save(StateWriter out) {
            out.begin(RecordingFormat.START, RecordingFormat.VERSION);
            out.put(digest);
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            throw new UnsupportedOperationException("written only");
        }
    }
}
