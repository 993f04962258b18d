package dev.hv.cpu.execute;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;

/** What the segment of an operand makes of a fault. */
final class OperandFaults {

    private OperandFaults() {}

    /**
     * Makes a fault the one of its operand.
     *
     * @param segment of the operand, as {@link dev.hv.cpu.forms.Op#segment} tells
     */
    static void bySegment(Cpu c, GuestFault f, int segment) {
        if (f.nonCanonical) {
            f.vector = segment == Cpu.SS ? Vector.SS : f.vector;
        } else if (f.vector == Vector.PF && !f.ofStack && segment >= Cpu.FS && !c.model.intel() && (c.mode & Modes.CODE64) != 0
                && !Canonical.address(c, c.pageFaultAddress - c.segBase(segment))) {
            // AMD's processors look at the offset too: with a base that makes it canonical, it is still no page fault
            f.vector = Vector.GP;
            f.errorCode = 0;
        }
    }
}
