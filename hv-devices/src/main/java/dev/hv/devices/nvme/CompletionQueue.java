package dev.hv.devices.nvme;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A completion queue as the system made it, and how far it is (4.1). */
final class CompletionQueue {

    private static final String[] NAMES = {"base", "size", "interrupts", "vector", "tail", "head", "phase"};

    final long base;
    final int size;
    final boolean interrupts;
    final int vector;
    int tail;
    int head;
    boolean phase = true;

    CompletionQueue(long base, int size, boolean interrupts, int vector) {
        this.base = base;
        this.size = size;
        this.interrupts = interrupts;
        this.vector = vector;
    }

    boolean full() {
        return (tail + 1) % size == head;
    }

    /** Whether the system could have read up to there. */
    boolean holds(int newHead) {
        return newHead < size && (newHead - head + size) % size <= (tail - head + size) % size;
    }

    /** The next entry is taken. */
    void advance() {
        tail = (tail + 1) % size;
        if (tail == 0) {
            phase = !phase;
        }
    }

    void save(StateWriter out) {
        out.put(NAMES, new long[] {base, size, interrupts ? 1 : 0, vector, tail, head, phase ? 1 : 0});
    }

    static CompletionQueue restored(StateReader in) {
        long[] v = new long[NAMES.length];
        in.take(v);
        var q = new CompletionQueue(v[0], (int) v[1], v[2] != 0, (int) v[3]);
        q.tail = (int) v[4];
        q.head = (int) v[5];
        q.phase = v[6] != 0;
        return q;
    }
}
