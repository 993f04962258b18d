package dev.hv.core.winhv;

import dev.hv.core.hypervisor.RootEntrance;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvHypercall;
import dev.hv.core.tlfs.HvStatus;

/**
 * Makes hypercalls for the root partition's services: input structures are built in a page of the root's, output is read from another
 * (TLFS, "Hypercall interface"). The fields of the input are put first, then the call is made: bytes that nobody put are 0.
 */
final class CallPages {

    private final RootEntrance entrance;
    private final SystemMemory memory;
    private final long input;
    private final long output;
    private int used;
    private int completed;

    /**
     * With pages of the root's.
     *
     * @param input address of the page for input
     * @param output address of the page for output
     */
    CallPages(RootEntrance entrance, long input, long output) {
        this.entrance = entrance;
        memory = entrance.memory();
        this.input = input;
        this.output = output;
        memory.clearPage(input);
    }

    /** Puts the low bytes of a value into the input. */
    CallPages put(int offset, int size, long value) {
        memory.write(input + offset, size, value);
        used = Math.max(used, offset + size);
        return this;
    }

    /** Puts bytes into the input. */
    CallPages put(int offset, byte[] bytes, int length) {
        memory.copyIn(bytes, 0, input + offset, length);
        used = Math.max(used, offset + length);
        return this;
    }

    /** Makes a call that does not repeat. */
    HvStatus call(int code) {
        return repeat(code, 0);
    }

    /** Makes a call that repeats; {@link #completed} tells how often it was done. */
    HvStatus repeat(int code, int count) {
        long result;
        try {
            result = entrance.call(code | (long) count << HvHypercall.COUNT_SHIFT, input, output);
        } finally {
            clear();
        }
        completed = (int) (result >>> HvHypercall.COUNT_SHIFT) & HvHypercall.REPETITIONS_MASK;
        return HvStatus.of((int) result & HvHypercall.STATUS_MASK);
    }

    /** The next call finds zeroes where it puts nothing. */
    private void clear() {
        int at = 0;
        for (; at < used; at += 8) {
            memory.write(input + at, 8, 0);
        }
        used = 0;
    }

    /** Repetitions done of the call made last. */
    int completed() {
        return completed;
    }

    /** A value of the output. */
    long get(int offset, int size) {
        return memory.read(output + offset, size);
    }
}
