package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** A set of interrupt vectors, readable as the eight 32-bit registers of IRR, ISR and TMR. */
final class VectorSet {

    private final long[] words = new long[4];

    void add(int vector) {
        words[vector >> 6] |= 1L << vector;
    }

    void remove(int vector) {
        words[vector >> 6] &= ~(1L << vector);
    }

    boolean has(int vector) {
        return (words[vector >> 6] >>> vector & 1) != 0;
    }

    /** The highest vector in the set, or -1. */
    int highest() {
        for (int i = 3; i >= 0; i--) {
            if (words[i] != 0) {
                return (i << 6) + 63 - Long.numberOfLeadingZeros(words[i]);
            }
        }
        return -1;
    }

    /** Vectors 32 n … 32 n + 31 as a register. */
    int register(int n) {
        return (int) (words[n >> 1] >>> ((n & 1) << 5));
    }

    /** Sets vectors 32 n … 32 n + 31 as a register. */
    void setRegister(int n, int value) {
        int shift = (n & 1) << 5;
        words[n >> 1] = words[n >> 1] & ~(0xFFFF_FFFFL << shift) | (value & 0xFFFF_FFFFL) << shift;
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    void save(StateWriter out) {
        out.put("words", words);
    }

    void restore(StateReader in) {
        in.take(words);
    }
}
