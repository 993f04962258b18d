package dev.hv.cli.record;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checkpoints beside a recording, one every so many instructions: named by their instruction, in a folder with the recording's name. When there are too many, or
 * they take too much room, every second one goes and the distance doubles, so that they stay spread over all of the run.
 */
final class Milestones {

    /** Most that are kept, and bytes that they may take. */
    static final int MOST = 16;
    /** What the agent was doing, in a checkpoint's folder. */
    static final String JOB = "job.bin";
    private static final long MOST_BYTES = 8L << 30;

    private final Path folder;
    private final JournalWriter journal;
    private final List<Path> kept = new ArrayList<>();
    private final Rests rests;
    private String start;
    private RunWitness.Checkpoints checkpoints;
    private long first;

    /**
     * Milestones of a run that has not begun.
     *
     * @param recording the recording's file
     * @param every instructions from one to the next
     */
    Milestones(Path recording, long every, JournalWriter journal) {
        folder = folder(recording);
        rests = new Rests(every, this::take);
        this.journal = journal;
    }

    /** Where the checkpoints of a recording are. */
    static Path folder(Path recording) {
        return recording.resolveSibling(recording.getFileName() + ".checkpoints");
    }

    /**
     * The last checkpoint of a recording that is not behind an instant; null when there is none.
     *
     * @param start digest of the recording's booted machine
     */
    static Path nearest(Path recording, String start, Replayer.Until until) throws IOException {
        Path best = null;
        long reached = -1;
        if (!Files.isDirectory(folder(recording))) {
            return null;
        }
        try (Stream<Path> all = Files.list(folder(recording))) {
            for (Path each : all.toList()) {
                try {
                    Position p = Position.read(each);
                    if (p.start().equals(start) && p.instructions() > reached && p.instructions() < until.instructions() && p.nanos() < until.nanos()) {
                        best = each;
                        reached = p.instructions();
                    }
                } catch (RecordingException e) {
                    // something else that lies there, or one whose run was killed while it wrote
                }
            }
        }
        return best;
    }

    /** The machine is booted. */
    void begun(Machine machine, String digest, RunWitness.Checkpoints taker) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> old = Files.list(folder)) {
            for (Path f : old.filter(f -> Files.exists(f.resolve(Position.FILE))).toList()) {
                delete(f);
            }
        }
        start = digest;
        checkpoints = taker;
        first = machine.instructions();
        rests.begun(machine, taker);
    }

    /** When the machine is to rest for them. */
    Rests rests() {
        return rests;
    }

    private void take(Machine machine) {
        if (machine.stopped() != null) {
            // it rests for the last time: nothing goes on from there
            return;
        }
        long instructions = machine.instructions() - first;
        Path to = folder.resolve(Long.toString(instructions));
        long offset = journal.mark();
        try {
            checkpoints.write(to);
            byte[] job = checkpoints.job();
            if (job != null) {
                Files.write(to.resolve(JOB), job);
            }
            new Position(start, machine.mark(), first, instructions, machine.clock().seenNanos(), offset).write(to);
            kept.add(to);
            thin();
        } catch (CheckpointException | IOException e) {
            rests.end();
            Messages.say("--checkpoint-every: " + e.getMessage() + "; the recording goes on without checkpoints");
        }
    }

    private void thin() throws IOException {
        while (kept.size() > 1 && (kept.size() > MOST || bytes() > MOST_BYTES)) {
            for (int i = 0; i < kept.size(); i++) {
                delete(kept.remove(i));
            }
            rests.thin();
        }
    }

    private long bytes() throws IOException {
        long sum = 0;
        for (Path each : kept) {
            try (Stream<Path> files = Files.list(each)) {
                for (Path f : files.toList()) {
                    sum += Files.size(f);
                }
            }
        }
        return sum;
    }

    private static void delete(Path checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint)) {
            for (Path f : files.toList()) {
                Files.delete(f);
            }
        }
        Files.delete(checkpoint);
    }
}
