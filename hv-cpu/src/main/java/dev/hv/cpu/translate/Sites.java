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
    private int count;

    int add(Translatable b, int i) {
        if (count == operation.length) {
            block = Arrays.copyOf(block, 2 * count);
            operation = Arrays.copyOf(operation, 2 * count);
            address = Arrays.copyOf(address, 2 * count);
            rip = Arrays.copyOf(rip, 2 * count);
        }
        block[count] = b;
        operation[count] = i;
        address[count] = 0;
        return count++;
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
}
