package dev.hv.cpu.events;

import dev.hv.cpu.state.BranchRecords;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/**
 * Delivery of one interrupt or exception through the IVT or IDT (SDM vol. 3A, 7.12 and 7.14, vol. 2A "INT n"). What goes
 * wrong on the way is thrown as the fault it is; {@link ExceptionDelivery} combines it with the event under delivery.
 */
public final class Interrupts {

    private Interrupts() {}

    /**
     * Delivers an event: {@link Cpu#rip} becomes its handler's first instruction.
     *
     * @param kind what it is
     * @param withCode whether the handler gets an error code
     * @param returnRip address that the handler returns to
     * @param length length of the INT instruction; 0 for other kinds
     * @throws dev.hv.cpu.state.GuestFault with {@link Cpu#delivering} telling the event under delivery
     */
    public static void deliver(Cpu c, int vector, EventKind kind, boolean withCode, int errorCode, long returnRip, int length) {
        // in real-address mode no handler gets one, and no exit tells of one
        c.delivering.set(kind, vector, withCode && c.cr0(Control.CR0_PE), errorCode, length);
        c.monitor.disarm();
        long flags = c.rflags();
        if (kind == EventKind.EXCEPTION && setsResume(vector)) {
            flags |= Rflags.RF;
        }
        if (kind == EventKind.NMI) {
            c.nmiBlocked = true;
        }
        if (c.longMode()) {
            LongModeDelivery.deliver(c, vector, kind, withCode, errorCode, returnRip, flags);
        } else if ((c.cr0 & Control.CR0_PE) != 0) {
            LegacyDelivery.deliver(c, vector, kind, withCode, errorCode, returnRip, flags);
        } else {
            realMode(c, vector, returnRip, flags);
        }
        c.delivering.clear();
        if ((c.debugCtl & BranchRecords.LBR) != 0) {
            c.branches.event(returnRip - length, c.rip);
        }
        c.shadow = 0;
        c.shadowBefore = 0;
        c.stepping = false;
        c.resuming = false;
        Modes.update(c);
    }

    /** Whether the exception is a fault whose handler returns to the instruction with RF set (SDM vol. 3B, 18.3.1.1). */
    private static boolean setsResume(int vector) {
        return switch (vector) {
            case Vector.DB, Vector.BP, Vector.OF, Vector.DF, Vector.MC -> false;
            default -> true;
        };
    }

    /** Pushes the real-mode frame, reads the vector table and leaves for the handler. */
    private static void realMode(Cpu c, int vector, long returnRip, long flags) {
        if (vector * 4 + 3 > c.idtrLimit) {
            throw c.fault(Vector.GP, 0);
        }
        long entry = Mem.readSystem(c, c.idtrBase + vector * 4 & 0xFFFFFFFFL, 4);
        int offset = (int) entry & 0xFFFF;
        if (offset > (c.seg[Cpu.CS].limit & 0xFFFFFFFFL)) {
            throw c.fault(Vector.GP, 0);
        }
        StackFrame stack = StackFrame.current(c, 0);
        stack.require(6);
        stack.push(2, flags);
        stack.push(2, c.seg[Cpu.CS].selector);
        stack.push(2, returnRip);
        stack.commit();
        int selector = (int) (entry >>> 16) & 0xFFFF;
        c.seg[Cpu.CS].selector = selector;
        c.seg[Cpu.CS].base = (long) selector << 4;
        c.rip = offset;
        c.setRflags(flags & ~(long) (Rflags.IF | Rflags.TF | Rflags.AC | Rflags.RF));
        c.tlb.forgetFetches();
    }

    /** The IVT handler of virtual-8086 mode with CR4.VME: stays in virtual-8086 mode (SDM vol. 3B, 21.3.3.4). */
    static void virtual8086(Cpu c, int vector, long returnRip) {
        long entry = Mem.readIn(c, c.ctx(), vector * 4L, 4);
        StackFrame stack = StackFrame.current(c, 0);
        stack.require(6);
        long flags = c.rflags();
        boolean iopl3 = (flags & Rflags.IOPL) == Rflags.IOPL;
        long image = flags | Rflags.IOPL;
        if (!iopl3) {
            image = image & ~(long) Rflags.IF | ((flags & Rflags.VIF) != 0 ? Rflags.IF : 0);
        }
        stack.push(2, image);
        stack.push(2, c.seg[Cpu.CS].selector);
        stack.push(2, returnRip);
        stack.commit();
        int selector = (int) (entry >>> 16) & 0xFFFF;
        c.seg[Cpu.CS].set(selector, (long) selector << 4, 0xFFFF, 0xF3);
        c.rip = entry & 0xFFFF;
        c.setRflags(flags & ~(long) (Rflags.TF | Rflags.RF | (iopl3 ? Rflags.IF : Rflags.VIF)));
        c.tlb.forgetFetches();
    }

    /**
     * Looks an interrupt up in the software interrupt redirection bitmap of the TSS.
     *
     * @return true when the program's own handler takes it
     */
    static boolean redirected(Cpu c, int vector) {
        long limit = c.tr.limit & 0xFFFFFFFFL;
        if (c.tr.type() != Descriptors.TSS32_BUSY || limit < 103) {
            throw c.fault(Vector.GP, 0);
        }
        long map = Mem.readSystem(c, c.tr.base + 102 & 0xFFFFFFFFL, 2) - 32 + (vector >> 3);
        if (map > limit || map < 0) {
            throw c.fault(Vector.GP, 0);
        }
        return (Mem.readSystem(c, c.tr.base + map & 0xFFFFFFFFL, 1) >>> (vector & 7) & 1) == 0;
    }
}
