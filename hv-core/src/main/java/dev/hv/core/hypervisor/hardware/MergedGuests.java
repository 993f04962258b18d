package dev.hv.core.hypervisor.hardware;

import dev.hv.core.hypervisor.memory.MergedTables;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.VmExitSignal;

/** Guests of a virtual processor that is a hypervisor, with second-level tables that lead through their hypervisor's and the partition's. */
public abstract class MergedGuests implements NestedGuests {

    private static final long NOWHERE = -1;

    protected final ContextOwner vp;
    protected final Cpu registers;
    protected final MergedTables tables;
    protected final NestedCounts counts = new NestedCounts();
    private final Runnable takeOut;

    /** @param takeOut takes the processor out of guest operation */
    protected MergedGuests(ContextOwner vp, Runnable takeOut, SystemMemory memory, SlatFormat format) {
        this.vp = vp;
        this.takeOut = takeOut;
        registers = vp.registers();
        tables = new MergedTables(memory, format, vp.space(), vp.pool());
    }

    /** Tells apart the guests whose tables are merged. */
    protected abstract long identity();

    /** The hardware uses the tables of the guest in hand, if it is about to run that. */
    protected abstract void point();

    /** Drops the tables, and what the hardware has cached of them. */
    protected abstract void forget();

    /** Drops what the hypervisor's own unit has cached of its tables. */
    protected abstract void dropOwn();

    /** Whether what runs is the hypervisor's guest. */
    public final boolean running() {
        return registers.guest != null;
    }

    @Override
    public final NestedCounts counts() {
        return counts;
    }

    protected final void takeOut() {
        takeOut.run();
    }

    @Override
    public final boolean fill(VmExit exit) {
        if (registers.nested == null) {
            return false;
        }
        long address = translate(exit, 0);
        if (address == NOWHERE && exit.access == Mem.FETCH) {
            address = translate(exit, NestedPaging.USER_PAGE);
        }
        if (address == NOWHERE || (address & NestedPaging.REGISTERS) != 0) {
            // its hypervisor's affair, or a register that it virtualises: the instruction is carried out in software and meets this again
            return false;
        }
        int permissions = registers.nested.permissions();
        if (tables.full()) {
            forget();
        }
        boolean done = tables.map(tables.root(identity()), exit.gpa >>> 12, address, permissions, exit.access);
        point();
        return done;
    }

    private long translate(VmExit exit, int mode) {
        try {
            return registers.nested.translate(registers, exit.gpa, exit.access | mode, exit.linear);
        } catch (VmExitSignal s) {
            return NOWHERE;
        }
    }

    @Override
    public final void drop() {
        takeOut();
        forget();
        if (running()) {
            point();
        }
    }

    @Override
    public final void dropTheirs() {
        takeOut();
        dropOwn();
        drop();
    }
}
