package dev.hv.cpu.execute;

import dev.hv.cpu.forms.CompiledBlock;
import dev.hv.cpu.forms.Op;

/** A run of decoded instructions with one entry: straight-line code with side exits, within one page. */
final class Block {

    /** RIP of the first instruction; operations have absolute addresses in them. */
    final long rip;
    /** Physical address of the first byte. */
    final long physical;
    /** Mode bits it was decoded for. */
    final int mode;
    final Op[] ops;
    /** Byte offset of each operation; one more at the end for the length. */
    final short[] offsets;
    final int count;
    /** Physical page of the part beyond the page end, for the single instruction that crosses it; else -1. */
    final long secondPage;
    /** False once its code was written or all blocks were dropped. */
    boolean valid = true;
    /** Times the whole block was entered while it was interpreted. */
    int entries;
    /** The block as one method, once it is hot. */
    CompiledBlock code;
    /** Next block with the same hash. */
    Block chain;

    Block(long rip, long physical, int mode, Op[] ops, short[] offsets, int count, long secondPage) {
        this.rip = rip;
        this.physical = physical;
        this.mode = mode;
        this.ops = ops;
        this.offsets = offsets;
        this.count = count;
        this.secondPage = secondPage;
    }

    int length() {
        return offsets[count];
    }

    /** Whether one of these bytes of physical memory belongs to the block. */
    boolean overlaps(long from, int bytes) {
        long end = physical + length();
        if (secondPage < 0) {
            return from < end && from + bytes > physical;
        }
        long pageEnd = (physical | 0xFFF) + 1;
        return from < pageEnd && from + bytes > physical || from < secondPage + end - pageEnd && from + bytes > secondPage;
    }
}
