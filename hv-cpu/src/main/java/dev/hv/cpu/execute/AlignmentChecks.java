package dev.hv.cpu.execute;

import dev.hv.cpu.decode.Table;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/**
 * What Intel's processors make of RFLAGS.AC that does not come from an operand's address and size alone (SDM vol. 2, 2.5 and vol. 3A, 6.15 leave it open;
 * so it is on silicon). Operands of 16 bytes and more, of half-precision conversions and of gathers are never #AC, whatever their address: what must be
 * aligned is #GP, all else is not looked at. An instruction that has met #AC all the same, for operands are accessed in parts, is carried out again with the
 * check off. And an operand that begins at a canonical address and ends beyond the last one is misaligned before it is #GP or #SS, where it is looked at.
 * Programs with RFLAGS.AC set are rare, and everybody else pays nothing.
 */
final class AlignmentChecks {

    private final Cpu c;
    /** Made when it is needed. */
    private CodeFetch fetch;

    AlignmentChecks(Cpu c) {
        this.c = c;
    }

    /** Whether the instruction at RIP, which has met this fault, is to be carried out in spite of it. Where it has not, the fault may become another. */
    boolean pass(GuestFault f) {
        if (f.vector != Vector.AC && !f.misaligned || !c.model.intel()) {
            return false;
        }
        fetchAgain();
        if (fetch.row() < 0) {
            return false;
        }
        boolean free = free(Table.mnemonic(fetch.row()), Table.operands(fetch.row()), fetch.wide());
        if (f.misaligned) {
            if (!free) {
                c.fault(Vector.AC, 0);
            }
            return false;
        }
        return free;
    }

    private void fetchAgain() {
        if (fetch == null) {
            fetch = new CodeFetch(c);
        }
        boolean code64 = (c.mode & Modes.CODE64) != 0;
        fetch.open(c.rip, MemSlow.translateFetch(c, code64 ? c.rip : c.seg[Cpu.CS].base + c.rip & 0xFFFFFFFFL));
        fetch.first();
    }

    private static boolean free(String mnemonic, String operands, boolean wide) {
        return operands.contains("Wx") || operands.contains("Wdq") || operands.contains("Wqq") || operands.contains("Wh") && wide
                || mnemonic.equals("VCVTPH2PS") || mnemonic.equals("VCVTPS2PH");
    }

    /**
     * Carries out the instruction at RIP, which {@link #pass} has decoded.
     *
     * @return its outcome
     */
    int exec(Op op) {
        c.alignmentFree = true;
        int outcome;
        try {
            outcome = op.exec(c);
        } catch (GuestFault f) {
            OperandFaults.bySegment(c, f, op.segment());
            throw f;
        } catch (VmExitSignal s) {
            s.length = fetch.length();
            throw s;
        } finally {
            c.alignmentFree = false;
        }
        if (outcome == Outcome.NEXT) {
            long next = c.rip + fetch.length();
            c.rip = (c.mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL;
            c.instructions++;
        }
        return outcome;
    }
}
