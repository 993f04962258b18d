package dev.hv.cli.record;

import dev.hv.cli.config.UsageException;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was run: the section {@code recording}. */
final class RecordingHeader implements Saveable {

    /** Most of anything in lists. */
    private static final int MOST = 100_000;

    /** What a checkpoint's manifest says: program, machine and guests. */
    String manifest = "";
    /** Sockets of the host that guests' sockets were bridged to, in the order of the guests; empty for none. */
    final List<String> sockets = new ArrayList<>();
    long maxInstructions;
    final List<Long> digestsAt = new ArrayList<>();
    /** What processors' turns follow from; 0 for the usual ones. */
    long interleaving;
    boolean reboot;
    boolean resetAtTripleFault;
    /** The checkpoint that it began with, and the script that it was given; empty for none. */
    String restored = "";
    String script = "";
    final List<InputFile> inputs = new ArrayList<>();
    /** What the agent was asked for; null for nothing. */
    RecordedJob job;
    /** The case that it was; null for a run of its own. */
    RecordedCase ofCase;

    @Override
    public void save(StateWriter out) {
        out.begin(RecordingFormat.RECORDING, RecordingFormat.VERSION);
        out.put(manifest);
        out.put(sockets.size());
        sockets.forEach(out::put);
        out.put(maxInstructions);
        out.put(digestsAt.size());
        digestsAt.forEach(out::put);
        out.put(interleaving);
        out.put(reboot);
        out.put(resetAtTripleFault);
        out.put(restored);
        out.put(script);
        out.put(inputs.size());
        inputs.forEach(i -> i.save(out));
        out.put(job != null);
        if (job != null) {
            job.save(out);
        }
        out.put(ofCase != null);
        if (ofCase != null) {
            ofCase.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin(RecordingFormat.RECORDING, RecordingFormat.VERSION);
        manifest = in.takeText();
        for (int n = count(in); n > 0; n--) {
            sockets.add(in.takeText());
        }
        maxInstructions = in.take();
        for (int n = count(in); n > 0; n--) {
            digestsAt.add(in.take());
        }
        interleaving = in.take();
        reboot = in.takeBoolean();
        resetAtTripleFault = in.takeBoolean();
        restored = in.takeText();
        script = in.takeText();
        for (int n = count(in); n > 0; n--) {
            inputs.add(InputFile.restored(in));
        }
        job = in.takeBoolean() ? RecordedJob.restored(in) : null;
        ofCase = in.takeBoolean() ? RecordedCase.restored(in) : null;
        in.end();
        if (maxInstructions < 0) {
            throw new StateFormatException("section recording has a limit of " + maxInstructions + " instructions");
        }
    }

    private static int count(StateReader in) {
        return count(in, MOST);
    }

    static int count(StateReader in, int most) {
        long n = in.take();
        if (n < 0 || n > most) {
            throw new StateFormatException("section recording has a list of " + n);
        }
        return (int) n;
    }

    /** The checkpoint that it began with; null for a run that booted. */
    Path restoredFrom(Path recording) {
        return restored.isEmpty() ? null : InputFile.named(recording, restored);
    }

    /** This, of a case whose steps read files. */
    RecordingHeader of(RecordedCase recorded, Path recording, List<Path> files) {
        ofCase = recorded;
        for (Path f : files) {
            try {
                inputs.add(InputFile.whole(f).beside(recording));
            } catch (IOException e) {
                throw new UsageException(f + ": cannot be read: " + e.getMessage());
            }
        }
        return this;
    }
}
