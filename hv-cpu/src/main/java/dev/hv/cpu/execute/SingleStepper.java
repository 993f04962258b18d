package dev.hv.cpu.execute;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Carries out single instructions at a processor's RIP: fetched, decoded, executed and concluded as the {@link Interpreter} does it, but
 * without its tables. For who is asked for an instruction now and then, as an instruction emulator is: it keeps a few decoded
 * instructions and nothing else, and watches no code, for the bytes are fetched anew every time.
 */
public final class SingleStepper {

    /** Decoded instructions kept: a driver's loop around a device register fits. */
    static final int KEPT = 16;

    private final Cpu c;
    private final CodeFetch fetch;
    private final AlignmentChecks alignment;
    private final Decoded[] kept = new Decoded[KEPT];
    /** Row of the instruction table that the instruction under way is. */
    private int row;

    /** A stepper of a processor, whose code watch nobody needs to be. */
    public SingleStepper(Cpu c) {
        this.c = c;
        fetch = new CodeFetch(c);
        alignment = new AlignmentChecks(c);
    }

    /**
     * Carries out one instruction with its interrupt shadow and its debug traps, which it leaves pending, and delivers the exception it
     * raises. Of a repeated string instruction a part. Breakpoints on the instruction itself have been met before, where it was stopped.
     */
    public void step() {
        step(0);
    }

    /**
     * As {@link #step()}.
     *
     * @param withheld exceptions by vector, as bits: such a one is not delivered
     * @return the exception that was not delivered, with RIP at the instruction; null for none
     */
    public GuestFault step(int withheld) {
        Events.begin(c);
        long from = c.rip;
        try {
            int outcome = execute();
            Events.afterStep(c, outcome, from, row);
        } catch (GuestFault f) {
            if ((withheld >>> f.vector & 1) != 0) {
                return f;
            }
            ExceptionDelivery.raise(c, f);
        }
        return null;
    }

    /**
     * Executes one instruction and lets its exception out, with RIP at the instruction.
     *
     * @return its outcome, one of {@link Outcome}; {@link Outcome#YIELD} after a part of a repeated one
     */
    public int execute() {
        Cpu c = this.c;
        long rip = c.rip;
        int pending = c.pendingDebug;
        Decoded i = decode(rip);
        row = i.row;
        c.instructions++;
        try {
            int outcome = i.op.exec(c);
            if (outcome == Outcome.NEXT) {
                long next = rip + i.length;
                c.rip = (i.mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL;
            } else if (outcome != Outcome.BRANCH && outcome != Outcome.HALT) {
                c.instructions--;
            }
            return outcome;
        } catch (GuestFault f) {
            back(rip);
            if (alignment.pass(f)) {
                return alignment.exec(i.op);
            }
            OperandFaults.bySegment(c, f, i.op.segment());
            throw f;
        } catch (VmExitSignal s) {
            back(rip);
            s.length = i.length;
            // what its accesses met counts when they are done
            c.pendingDebug = pending;
            throw s;
        }
    }

    private void back(long rip) {
        c.rip = rip;
        c.instructions--;
    }

    /** The instruction at RIP, decoded now or when its bytes were the same. A fault here is the fetch's. */
    private Decoded decode(long rip) {
        boolean code64 = (c.mode & Modes.CODE64) != 0;
        long physical = MemSlow.translateFetch(c, code64 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL);
        fetch.open(rip, physical);
        int slot = (int) (rip ^ rip >>> 4) & KEPT - 1;
        Decoded i = kept[slot];
        if (i == null || !i.is(rip, c, fetch)) {
            int mode = c.mode;
            Op op = fetch.first();
            i = new Decoded(rip, mode, c.parallel, fetch.row(), fetch.length(), fetch.low(), fetch.high(), op);
            if (fetch.secondPage() < 0) {
                kept[slot] = i;
            }
        }
        return i;
    }

    /**
     * A decoded instruction and all that its decoding depends on. One that crosses a page end never comes back: its bytes are not all
     * there when they are compared.
     */
    private record Decoded(long rip, int mode, boolean parallel, int row, int length, long low, long high, Op op) {

        boolean is(long at, Cpu c, CodeFetch bytes) {
            return rip == at && mode == c.mode && parallel == c.parallel && length <= bytes.loaded()
                    && (length >= 8 ? low == bytes.low() : (low ^ bytes.low()) << 64 - 8 * length == 0)
                    && (length <= 8 || (high ^ bytes.high()) << 128 - 8 * length == 0);
        }
    }
}
