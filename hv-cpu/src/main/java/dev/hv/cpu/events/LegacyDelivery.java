package dev.hv.cpu.events;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;

/** Event delivery in protected and virtual-8086 mode outside IA-32e mode (SDM vol. 3A, 7.12; vol. 3B, 21.3). */
final class LegacyDelivery {

    private LegacyDelivery() {}

    static void deliver(Cpu c, int vector, EventKind kind, boolean withCode, int errorCode, long returnRip, long flags) {
        boolean v86 = (c.rflagsOther() & Rflags.VM) != 0;
        if (v86 && kind == EventKind.SOFTWARE_INTERRUPT) {
            if (c.cr4(Control.CR4_VME) && Interrupts.redirected(c, vector)) {
                Interrupts.virtual8086(c, vector, returnRip);
                return;
            }
            if ((c.rflagsOther() & Rflags.IOPL) != Rflags.IOPL) {
                throw c.fault(Vector.GP, 0);
            }
        }
        boolean software = kind.checksGate();
        int ext = software ? 0 : 1;
        int gateCode = vector << 3 | 2 | ext;
        if (vector * 8 + 7 > c.idtrLimit) {
            throw c.fault(Vector.GP, gateCode);
        }
        long gate = Mem.readSystem(c, c.idtrBase + vector * 8 & 0xFFFFFFFFL, 8);
        int gateType = (int) (gate >>> 40) & 0x1F;
        switch (gateType) {
            case Descriptors.TASK_GATE, Descriptors.INTERRUPT_GATE16, Descriptors.TRAP_GATE16, Descriptors.INTERRUPT_GATE32, Descriptors.TRAP_GATE32 -> {}
            default -> throw c.fault(Vector.GP, gateCode);
        }
        if (software && Descriptors.dpl(gate) < c.cpl) {
            throw c.fault(Vector.GP, gateCode);
        }
        if (!Descriptors.present(gate)) {
            throw c.fault(Vector.NP, gateCode);
        }
        int selector = (int) (gate >>> 16) & 0xFFFF;
        if (gateType == Descriptors.TASK_GATE) {
            taskGate(c, selector, withCode, errorCode, returnRip, ext, flags);
            return;
        }
        if (Descriptors.isNull(selector)) {
            throw c.fault(Vector.GP, ext);
        }
        long code = Descriptors.fetch(c, selector, Vector.GP, ext);
        int codeCode = selector & 0xFFFC | ext;
        if (!Descriptors.code(code) || Descriptors.dpl(code) > c.cpl) {
            throw c.fault(Vector.GP, codeCode);
        }
        if (!Descriptors.present(code)) {
            throw c.fault(Vector.NP, codeCode);
        }
        int cpl = Descriptors.conforming(code) ? c.cpl : Descriptors.dpl(code);
        if (v86 && cpl != 0) {
            throw c.fault(Vector.GP, codeCode);
        }
        boolean wide = (gateType & 8) != 0;
        int size = wide ? 4 : 2;
        long target = wide ? gate & 0xFFFF | gate >>> 32 & 0xFFFF0000L : gate & 0xFFFF;
        int words = (withCode ? 1 : 0) + 3 + (cpl < c.cpl ? 2 : 0) + (v86 ? 4 : 0);
        Segment newSs = null;
        StackFrame stack;
        if (cpl < c.cpl) {
            newSs = new Segment();
            stack = InnerStack.open(c, cpl, ext, newSs);
        } else {
            stack = StackFrame.current(c, ext);
        }
        stack.require(words * size);
        if (target > Descriptors.limit(code)) {
            throw c.fault(Vector.GP, ext);
        }
        code = Descriptors.markAccessed(c, selector, code);
        if (v86) {
            stack.push(size, c.seg[Cpu.GS].selector);
            stack.push(size, c.seg[Cpu.FS].selector);
            stack.push(size, c.seg[Cpu.DS].selector);
            stack.push(size, c.seg[Cpu.ES].selector);
        }
        if (newSs != null) {
            stack.push(size, c.seg[Cpu.SS].selector);
            stack.push(size, c.gpr(Cpu.RSP));
        }
        stack.push(size, flags);
        stack.push(size, c.seg[Cpu.CS].selector);
        stack.push(size, returnRip);
        if (withCode) {
            stack.push(size, errorCode);
        }

        long ssp = ShadowStack.enter(c, cpl, 0, returnRip);
        if (newSs != null) {
            c.seg[Cpu.SS].set(newSs);
        }
        stack.commit();
        if (v86) {
            for (int s : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
                c.seg[s].set(0, 0, 0, Segment.UNUSABLE);
            }
        }
        c.seg[Cpu.CS].setFromDescriptor(selector & ~3 | cpl, code);
        c.cpl = cpl;
        c.rip = target;
        long clear = Rflags.TF | Rflags.NT | Rflags.RF | Rflags.VM | ((gateType & 1) == 0 ? Rflags.IF : 0);
        c.rflagsOther(c.rflagsOther() & ~clear);
        c.ssp = ssp;
        BranchTracking.entered(c);
        c.tlb.forgetFetches();
    }

    private static void taskGate(Cpu c, int selector, boolean withCode, int errorCode, long returnRip, int ext, long flags) {
        TaskSwitch.enter(c, selector, returnRip, ext, flags);
        if (withCode) {
            boolean wide = (c.tr.access & 8) != 0;
            StackFrame stack = StackFrame.current(c, ext);
            stack.push(wide ? 4 : 2, errorCode);
            stack.commit();
        }
    }
}
