package dev.hv.devices.vpci;

import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.MsiPort;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * Where the messages of an assigned function go. The child asks for an interrupt and gets an address and data that mean nothing to an interrupt
 * controller; it has the function send those. Which processors and vector they stand for it says then, and says anew by hypercall whenever that changes.
 */
final class VpciInterrupts implements MsiPort, Saveable {

    /** Interrupts at most: so many vectors a function can have. */
    static final int MOST = 2048;
    private static final int COUNT_SHIFT = 5;
    private static final int LEAST_VECTOR = 16;

    private final InterruptMessageSink processors;
    /** By number, which data has above {@link #COUNT_SHIFT}: vector, 0 for none; how many in a row; mask of virtual processors; whether to all of them. */
    private long[][] targets = new long[16][];

    VpciInterrupts(InterruptMessageSink processors) {
        this.processors = processors;
    }

    /** Address of all messages. */
    static long address() {
        return MsiMessages.BASE;
    }

    /**
     * Makes an interrupt.
     *
     * @param count vectors in a row, 1 to 32
     * @return data of its message; -1 when there are too many
     */
    int make(int vector, int count, long mask) {
        int number = 0;
        while (number < targets.length && targets[number] != null) {
            number++;
        }
        if (number == MOST || count < 1 || count > 1 << COUNT_SHIFT) {
            return -1;
        }
        if (number == targets.length) {
            targets = Arrays.copyOf(targets, 2 * number);
        }
        targets[number] = new long[] {vector, count, mask, 0};
        return number << COUNT_SHIFT;
    }

    private long[] find(int data) {
        int number = data >>> COUNT_SHIFT;
        return number < targets.length ? targets[number] : null;
    }

    /** Takes an interrupt away. */
    void delete(int data) {
        if (find(data) != null) {
            targets[data >>> COUNT_SHIFT] = null;
        }
    }

    /** Has an interrupt go elsewhere; false when there is no such. */
    boolean retarget(int data, int vector, boolean multicast, long mask) {
        long[] t = find(data);
        if (t == null) {
            return false;
        }
        t[0] = vector;
        t[2] = mask;
        t[3] = multicast ? 1 : 0;
        return true;
    }

    /** The function is the child's no more. */
    void clear() {
        Arrays.fill(targets, null);
    }

    /** {@inheritDoc} To the lowest of the processors, or to all of them. */
    @Override
    public void send(long address, int data) {
        long[] t = find(data);
        int within = data & (1 << COUNT_SHIFT) - 1;
        if (address != address() || t == null || within >= t[1] || t[0] < LEAST_VECTOR) {
            return;
        }
        long mask = t[3] != 0 ? t[2] : Long.lowestOneBit(t[2]);
        for (long left = mask; left != 0; left &= left - 1) {
            processors.deliver(Long.numberOfTrailingZeros(left), false, 0, (int) t[0] + within & 0xFF, false);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("interrupts", targets.length);
        for (int i = 0; i < targets.length; i++) {
            out.item("interrupt", i);
            out.put("target", targets[i] == null ? new long[0] : targets[i]);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        targets = new long[(int) in.take()][];
        for (int i = 0; i < targets.length; i++) {
            int n = (int) in.take();
            targets[i] = n == 0 ? null : new long[n];
            for (int k = 0; k < n; k++) {
                targets[i][k] = in.take();
            }
        }
    }
}
