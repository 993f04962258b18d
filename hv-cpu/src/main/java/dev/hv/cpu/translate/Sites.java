package dev.hv.cpu.translate;

import java.util.Arrays;

/** Places in machine code that leave it, by number: which instruction of which block it is, and where to go on. */
final class Sites {

    private static final int FIRST = 1 << 12;

    private Translatable[] block = new Translatable[FIRST];
    private int[] operation = new int[FIRST];
    /** Where to come back to behind the instruction, or where the distance of a jump lies that may be patched; 0 for nowhere. */
    private long[] address = new long[FIRST];
    /** Where a jump leads. */
    private long[] rip = new long[FIRST];
    /** Bytes of the access that missed the translation cache, negative for a write; 0 where the instruction is the interpreter's anyway. */
    private byte[] access = new byte[FIRST];
    /** Where to try the instruction again once the translation cache knows the page. */
    private long[] again = new long[FIRST];
    private int count;

    int add(Translatable b, int i) {
        if (count == operation.length) {
            block = Arrays.copyOf(block, 2 * count);
            operation = Arrays.copyOf(operation, 2 * count);
            address = Arrays.copyOf(address, 2 * count);
            rip = Arrays.copyOf(rip, 2 * count);
            access = Arrays.copyOf(access, 2 * count);
            again = Arrays.copyOf(again, 2 * count);
        }
        block[count] = b;
        operation[count] = i;
        address[count] = 0;
        access[count] = 0;
        return count++;
    }

    int count() {
        return count;
    }

    void clear() {
        Arrays.fill(block, 0, count, null);
        count = 0;
    }

    Translatable block(int site) {
        return block[site];
    }

    int operation(int site) {
        return operation[site];
    }

    long address(int site) {
        return address[site];
    }

    void address(int site, long at) {
        address[site] = at;
    }

    long rip(int site) {
        return rip[site];
    }

    void rip(int site, long to) {
        rip[site] = to;
    }

    int access(int site) {
        return access[site];
    }

    long again(int site) {
        return again[site];
    }

    void again(int site, int accessed, long at) {
        access[site] = (byte) accessed;
        again[site] = at;
    }
}
