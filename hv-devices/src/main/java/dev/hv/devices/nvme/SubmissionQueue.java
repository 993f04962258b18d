package dev.hv.devices.nvme;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A submission queue as the system made it, and how far it is (4.1). */
final class SubmissionQueue {

    private static final String[] NAMES = {"base", "size", "completions", "tail", "head"};

    final long base;
    final int size;
    /** Number of the completion queue that its commands are completed in. */
    final int completions;
    int tail;
    int head;

    SubmissionQueue(long base, int size, int completions) {
        this.base = base;
        this.size = size;
        this.completions = completions;
    }

    boolean empty() {
        return head == tail;
    }

    /** Where the next command is. */
    long next() {
        return base + (long) head * NvmeFormat.COMMAND;
    }

    void advance() {
        head = (head + 1) % size;
    }

    void save(StateWriter out) {
        out.put(NAMES, new long[] {base, size, completions, tail, head});
    }

    static SubmissionQueue restored(StateReader in) {
        long[] v = new long[NAMES.length];
        in.take(v);
        var q = new SubmissionQueue(v[0], (int) v[1], (int) v[2]);
        q.tail = (int) v[3];
        q.head = (int) v[4];
        return q;
    }
}
