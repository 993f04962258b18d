package dev.hv.core.hypercall;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.memory.LittleEndian;
import java.util.Arrays;

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
    boolean left;
    boolean again;

    /** Parameters without contents, to be filled and taken apart by who answers a call that was left to him. */
    public HypercallParameters() {}

    /**
     * Begins with the input of a call that does not repeat.
     *
     * @param fixedBytes bytes of the fixed header
     * @param variableBytes bytes of the variable header
     * @return false when that is more than a page
     */
    public boolean begin(int fixedBytes, int variableBytes) {
        fixed = fixedBytes;
        variable = variableBytes;
        return fixed + variable <= LIMIT;
    }

    /**
     * The body of a call that does not repeat leaves it to the owner of the caller's partition (HvMessageTypeHypercallIntercept): no status is
     * given and the caller does not go on until that answers. To be returned by the body.
     */
    public HvStatus leave() {
        left = true;
        return HvStatus.SUCCESS;
    }

    /**
     * The body of a call that does not repeat has begun something that ends later: the caller's instruction is executed again then, which gives the answer. To be returned by the
     * body.
     */
    public HvStatus again() {
        again = true;
        return HvStatus.SUCCESS;
    }

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

    /** Sets the first bytes of output to zero. */
    public void clearOutput(int bytes) {
        Arrays.fill(output, 0, bytes, (byte) 0);
    }

    /** Sets 64 bits of input. */
    public void putInput(int offset, long value) {
        LittleEndian.put64(input, offset, value);
    }

    /** 64 bits of output. */
    public long outputWord(int offset) {
        return LittleEndian.u64(output, offset);
    }
}
