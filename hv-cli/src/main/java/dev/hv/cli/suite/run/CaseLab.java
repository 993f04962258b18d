package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.run.DrivenLab;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.core.machine.StopReason;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The machines of a case while it runs, with what they printed. */
final class CaseLab implements AutoCloseable {

    private final DrivenLab lab;
    private final Map<String, Transcript> transcripts;
    private Runnable printed = () -> { };
    private volatile boolean hurried;

    /**
     * Builds the machines and starts them.
     *
     * @param checkpoint what they go on from; null when they boot
     * @param witness keeps the run, or repeats it
     * @param traces that are written, beside that of VMBus
     */
    CaseLab(Testbed testbed, RunSettings settings, Checkpoint checkpoint, RunWitness witness, List<TraceConfig> traces) {
        this(testbed, settings, checkpoint, witness, traces, new HashMap<>());
        testbed.machines().forEach(m -> transcripts.putIfAbsent(m.name(), new Transcript()));
    }

    /** As above, with what was printed before. */
    CaseLab(Testbed testbed, RunSettings settings, Checkpoint checkpoint, RunWitness witness, List<TraceConfig> traces, Map<String, Transcript> before) {
        transcripts = before;
        lab = new DrivenLab(checkpoint == null ? testbed.lab() : checkpoint.manifest().lab(), settings, checkpoint, new DrivenLab.Watcher() {
            @Override
            public void printed(String machine, int value) {
                transcripts.computeIfAbsent(machine, m -> new Transcript()).add(value);
                printed.run();
            }

            @Override
            public void ended(String machine, StopReason reason) {
                if (lab != null) {
                    lab.pause();
                }
            }
        }, witness, traces);
    }

    /** The lab. */
    DrivenLab lab() {
        return lab;
    }

    /** What a machine printed. */
    Transcript transcript(String machine) {
        return transcripts.get(machine);
    }

    /** What all machines printed, by their names. */
    Map<String, Transcript> transcripts() {
        return transcripts;
    }

    /** Sets what is done when a machine has printed a byte. */
    void onPrinted(Runnable action) {
        printed = action;
    }

    /**
     * Runs until something is so.
     *
     * @param hostNanos of the host's time since this was built
     * @return null when it is so, else why it is not
     */
    StopReason runUntil(BooleanSupplier met, long hostNanos) {
        while (!met.getAsBoolean()) {
            StopReason reason = lab.run(hostNanos);
            if (reason.kind() != StopReason.Kind.REQUESTED && !met.getAsBoolean()) {
                return reason;
            }
        }
        return null;
    }

    /** Keeps the state of everything. */
    void checkpoint(Path folder) throws CheckpointException {
        lab.checkpoint(folder);
    }

    /** Has what runs end soon. From any thread. */
    void hurry() {
        hurried = true;
        lab.hurry();
    }

    /** Whether {@link #hurry} was called. */
    boolean hurried() {
        return hurried;
    }

    @Override
    public void close() {
        lab.close();
    }
}
