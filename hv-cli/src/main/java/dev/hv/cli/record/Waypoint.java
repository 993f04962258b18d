package dev.hv.cli.record;

import dev.hv.cli.checkpoint.Checkpoint;

/**
 * A state of a run that is repeated, from which it can go on.
 *
 * @param instant instructions of the machine since power-on
 * @param checkpoint the state
 * @param position where in the recording it belongs
 * @param printed bytes that each machine had printed
 * @param job what the agent was doing; null for nothing
 */
record Waypoint(long instant, Checkpoint checkpoint, Position position, long[] printed, byte[] job) {

    /** Bytes that it takes on the host. */
    long bytes() {
        return checkpoint.memory().usedBytes() + checkpoint.manifest().parts().stream().filter(p -> !p.sha256().isEmpty() || p.bytes() < checkpoint.memory().size()).mapToLong(p -> p.bytes()).sum();
    }
}
