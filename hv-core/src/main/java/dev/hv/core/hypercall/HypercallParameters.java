package dev.hv.core.hypercall;

import dev.hv.cpu.memory.LittleEndian;

/**
 * Input and output of a hypercall: input is a copy that the caller cannot change any more. Offsets count from the first byte of input
 * or output; the parts of input are the fixed header, the variable header, the repeated elements.
 */
public final class HypercallParameters {

    /** Bytes of a page: what input and output can be at most. */
    static final int LIMIT = 4096;

    final byte[] input = new byte[LIMIT];
    final byte[] output = new byte[LIMIT];
    int fixed;
    int variable;
    int inputElement;
    int outputElement;
    int work;

    /** Bytes of the variable header. */
    public int variableSize() {
        return variable;
    }

    /** Offset of the variable header. */
    public int variableAt() {
        return fixed;
    }

    /** Offset of the input of a repetition. */
    public int element(int index) {
        return fixed + variable + index * inputElement;
    }

    /** Offset of the output of a repetition. */
    public int outputAt(int index) {
        return index * outputElement;
    }

    /** A repetition took more than its share of time: {@code repetitions} times as much. The call is interrupted the earlier. */
    public void charge(int repetitions) {
        work = Math.min(work, Integer.MAX_VALUE / 2) + repetitions;
    }

    /** A byte of input, zero-extended. */
    public int u8(int offset) {
        return input[offset] & 0xFF;
    }

    /** 16 bits of input, zero-extended. */
    public int u16(int offset) {
        return LittleEndian.u16(input, offset);
    }

    /** 32 bits of input. */
    public int u32(int offset) {
        return LittleEndian.u32(input, offset);
    }

    /** 64 bits of input. */
    public long u64(int offset) {
        return LittleEndian.u64(input, offset);
    }

    /** Copies input. */
    public void copy(int offset, byte[] to, int at, int length) {
        System.arraycopy(input, offset, to, at, length);
    }

    /** Sets the low {@code size} bytes of output. */
    public void put(int offset, int size, long value) {
        LittleEndian.put(output, offset, size, value);
    }

    void putInput(int offset, long value) {
        LittleEndian.put64(input, offset, value);
    }

    long outputWord(int offset) {
        return LittleEndian.u64(output, offset);
    }
}
