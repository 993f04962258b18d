package dev.hv.cli.record;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Checkpoints that a replay takes on its way, at places where the recorded run rested, so that going back costs little: spread over all of the run, of which every second one goes when there
 * are too many, and a few close before where the debugger is. They are temporary files of this process, removed with {@link #close}.
 */
final class Waypoints implements AutoCloseable {

    /** Instructions between those that are spread over the run, at first. */
    private static final long SPREAD = 4 * Rests.EVERY;
    /** Instructions before an instant that is gone to within which others are taken. */
    private static final long NEAR = 2 * Rests.EVERY;
    private static final int MOST = 16;
    private static final int MOST_NEAR = 4;
    private static final long MOST_BYTES = 2L << 30;

    private final TreeMap<Long, Waypoint> kept = new TreeMap<>();
    private final List<Long> near = new ArrayList<>();
    private Path folder;
    private long spread = SPREAD;
    private boolean failed;
    private int number;

    /** The last one that is not behind an instant; null for the beginning. */
    Waypoint before(long instant) {
        var e = kept.floorEntry(instant);
        return e == null ? null : e.getValue();
    }

    /** Whether one is to be taken where the machine rests, on the way to an instant; {@link Long#MAX_VALUE} for no certain one. */
    boolean wanted(long now, long target) {
        if (failed || kept.containsKey(now)) {
            return false;
        }
        Waypoint last = before(now);
        return target != Long.MAX_VALUE && target >= now && target - now <= NEAR || now - (last == null ? 0 : last.instant()) >= spread && (kept.higherKey(now) == null || kept.higherKey(now) - now >= spread);
    }

    /** Takes one. The machine is at rest. */
    void take(Machine machine, RunWitness.Checkpoints checkpoints, Position position, long target, long[] printed) {
        Path to = null;
        try {
            if (folder == null) {
                folder = Files.createTempDirectory("hv-replay");
            }
            to = folder.resolve(Integer.toString(number++));
            checkpoints.write(to);
            long now = machine.instructions();
            kept.put(now, new Waypoint(now, Checkpoint.open(to), position, printed, checkpoints.job()));
            if (target != Long.MAX_VALUE && target - now <= NEAR) {
                near.add(now);
            }
            thin(target);
        } catch (CheckpointException | IOException e) {
            failed = true;
            Messages.say("checkpoints for going back end here: " + e.getMessage());
        }
    }

    private void thin(long target) throws IOException {
        while (near.size() > MOST_NEAR) {
            Long farthest = near.stream().max(Comparator.comparingLong(i -> Math.abs(target - i))).orElseThrow();
            near.remove(farthest);
            drop(farthest);
        }
        while (kept.size() - near.size() > MOST || kept.size() > 1 && kept.values().stream().mapToLong(Waypoint::bytes).sum() > MOST_BYTES) {
            List<Long> all = new ArrayList<>(kept.keySet());
            all.removeAll(near);
            if (all.isEmpty()) {
                drop(near.removeFirst());
            }
            for (int i = 0; i < all.size(); i += 2) {
                drop(all.get(i));
            }
            spread *= 2;
        }
    }

    private void drop(long instant) throws IOException {
        delete(kept.remove(instant).checkpoint().folder());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path f : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(f);
            }
        }
    }

    /** Removes all of them. */
    @Override
    public void close() {
        kept.clear();
        if (folder != null) {
            try {
                delete(folder);
            } catch (IOException e) {
                throw new UsageException(folder + " cannot be removed: " + e.getMessage());
            }
        }
    }
}
