package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.NestedGuests;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvHypercall;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Direct virtual flush (TLFS, "Nested virtualization"): the hypercalls by which the guest of a hypervisor in a partition flushes translations of its own
 * processors, carried out without that hypervisor, which has said for which machines it wants that. What is out of the ordinary is left to it.
 */
final class NestedFlush {

    private static final int ALL_PROCESSORS = 1;
    private static final long FLAGS = 7;
    private static final int FLAGS_OFFSET = 8;
    private static final int SET_OFFSET = 16;
    private static final int BANKS_OFFSET = 24;
    private static final int FIRST_BANK_OFFSET = 32;
    private static final int PAGE = 0xFFF;

    private final VirtualProcessor vp;
    private final Cpu c;

    NestedFlush(VirtualProcessor vp) {
        this.vp = vp;
        c = vp.registers();
    }

    /**
     * A hypercall of the guest that runs, whose registers are up to date; true when it has been carried out on them, or when its hypervisor has the exit of an access to parameters that
     * it has no memory for now: the guest makes the call again then.
     */
    boolean carriesOut(int length) {
        NestedGuests guests = vp.context().nested();
        long machine = guests.directFlushMachine();
        long input = c.gpr(Cpu.RCX);
        if (machine == NestedGuests.NO_MACHINE || !c.mode64() || c.cpl != 0 || (input & HvHypercall.FAST) != 0) {
            return false;
        }
        boolean sets;
        boolean list;
        switch ((int) input & 0xFFFF) {
            case HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE -> { sets = false; list = false; }
            case HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST -> { sets = false; list = true; }
            case HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE_EX -> { sets = true; list = false; }
            case HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST_EX -> { sets = true; list = true; }
            default -> { return false; }
        }
        long mask;
        try {
            mask = processors(c.gpr(Cpu.RDX), sets);
        } catch (VmExitSignal s) {
            if (s.kind == VmExitSignal.Kind.UNREACHED) {
                return false;
            }
            c.virtualization.exit(c, s);
            return true;
        }
        if (mask == 0) {
            return false;
        }
        for (VirtualProcessor each : vp.partition().processors().values()) {
            NestedGuests theirs = each.context().nested();
            if (theirs.directFlushMachine() == machine && (mask >>> theirs.directFlushProcessor() & 1) != 0) {
                theirs.flush();
            }
        }
        guests.counts().directFlushes++;
        long repetitions = input >>> 32 & 0xFFF;
        c.gpr(Cpu.RAX, list ? repetitions << 32 : 0);
        c.rip += length;
        return true;
    }

    /** Processors that are meant, as bits; 0 for what the guest's hypervisor is to answer. */
    private long processors(long parameters, boolean sets) {
        if ((parameters & 7) != 0 || (parameters & PAGE) > PAGE + 1 - FIRST_BANK_OFFSET - 8) {
            return 0;
        }
        long at = c.nested == null ? parameters : c.nested.translate(c, parameters, Mem.READ, 0);
        long flags = PhysicalAccess.read64(c, at + FLAGS_OFFSET);
        if ((flags & ~FLAGS) != 0) {
            return 0;
        }
        if ((flags & ALL_PROCESSORS) != 0) {
            return -1;
        }
        if (!sets) {
            return PhysicalAccess.read64(c, at + SET_OFFSET);
        }
        // a sparse set: format 0, and of its banks the first one alone
        boolean sparse = PhysicalAccess.read64(c, at + SET_OFFSET) == 0;
        return sparse && PhysicalAccess.read64(c, at + BANKS_OFFSET) == 1 ? PhysicalAccess.read64(c, at + FIRST_BANK_OFFSET) : 0;
    }

    /** Behind a flush that was carried out: the exit to the hypervisor where it wants one. */
    void after() {
        if (c.guest != null) {
            vp.context().nested().exitAfterFlush();
        }
    }
}
