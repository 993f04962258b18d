package dev.hv.cpu.execute;

import dev.hv.cpu.forms.CompiledBlock;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.translate.Translatable;

/** A run of decoded instructions with one entry: straight-line code with side exits, within one page. */
final class Block extends Translatable {

    /** Its operations, which have absolute addresses in them. */
    final Op[] ops;
    /** Row of the instruction table that the first one is; -1 for none. */
    final int row;
    /** False once its code was written or all blocks were dropped. */
    boolean valid = true;
    /** Times the whole block was entered while it was interpreted. */
    int entries;
    /** The block as one method, once it is hot. */
    CompiledBlock code;
    /** Its machine code has been compared ({@link EngineCheck}). */
    boolean checked;
    /** Rows of its instructions in the table, for a witness; null without one. */
    short[] rows;
    /** How many of its instructions a witness has seen. */
    int witnessed;
    /** Next block with the same hash. */
    Block chain;

    Block(long rip, long physical, int mode, Op[] ops, int row, short[] offsets, int count, long secondPage) {
        super(rip, physical, mode, offsets, count, secondPage);
        this.ops = ops;
        this.row = row;
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
