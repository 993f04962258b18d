package dev.hv.cpu.events;

import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;

/** Event delivery in IA-32e mode: 16-byte gates, interrupt stack table, aligned 64-bit frame (SDM vol. 3A, 7.14). */
final class LongModeDelivery {

    private LongModeDelivery() {}

    static void deliver(Cpu c, int vector, EventKind kind, boolean withCode, int errorCode, long returnRip, long flags) {
        boolean software = kind.checksGate();
        int ext = software ? 0 : 1;
        int gateCode = vector << 3 | 2 | ext;
        int offset = vector * 16;
        if (offset + 15 > c.idtrLimit) {
            throw c.fault(Vector.GP, gateCode);
        }
        long gate = Mem.readSystem(c, c.idtrBase + offset, 8);
        long upper = Mem.readSystem(c, c.idtrBase + offset + 8, 8);
        int gateType = (int) (gate >>> 40) & 0x1F;
        if (gateType != Descriptors.INTERRUPT_GATE32 && gateType != Descriptors.TRAP_GATE32) {
            throw c.fault(Vector.GP, gateCode);
        }
        if (software && Descriptors.dpl(gate) < c.cpl) {
            throw c.fault(Vector.GP, gateCode);
        }
        if (!Descriptors.present(gate)) {
            throw c.fault(Vector.NP, gateCode);
        }
        int selector = (int) (gate >>> 16) & 0xFFFF;
        if (Descriptors.isNull(selector)) {
            throw c.fault(Vector.GP, ext);
        }
        long code = Descriptors.fetch(c, selector, Vector.GP, ext);
        int codeCode = selector & 0xFFFC | ext;
        if (!Descriptors.code(code) || Descriptors.dpl(code) > c.cpl || !Descriptors.longCode(code) || Descriptors.big(code)) {
            throw c.fault(Vector.GP, codeCode);
        }
        if (!Descriptors.present(code)) {
            throw c.fault(Vector.NP, codeCode);
        }
        int cpl = Descriptors.conforming(code) ? c.cpl : Descriptors.dpl(code);
        int ist = (int) (gate >>> 32) & 7;
        long rsp = ist != 0 || cpl < c.cpl ? tssStack(c, ist, cpl, ext) : c.gpr(Cpu.RSP);
        rsp &= ~15L;
        int bytes = withCode ? 48 : 40;
        if (!Canonical.address(c, rsp - bytes) || !Canonical.address(c, rsp - 1)) {
            throw c.fault(Vector.SS, ext);
        }
        long target = gate & 0xFFFF | gate >>> 32 & 0xFFFF0000L | upper << 32;
        if (!Canonical.address(c, target)) {
            throw c.fault(Vector.GP, ext);
        }
        code = Descriptors.markAccessed(c, selector, code);
        long ctx = Mem.contextFor(c, cpl);
        long sp = rsp - 40;
        if (withCode) {
            Mem.writeIn(c, ctx, rsp - 48, 8, errorCode & 0xFFFFFFFFL);
            sp = rsp - 48;
        }
        Mem.writeIn(c, ctx, rsp - 40, 8, returnRip);
        Mem.writeIn(c, ctx, rsp - 32, 8, c.seg[Cpu.CS].selector);
        Mem.writeIn(c, ctx, rsp - 24, 8, flags);
        Mem.writeIn(c, ctx, rsp - 16, 8, c.gpr(Cpu.RSP));
        Mem.writeIn(c, ctx, rsp - 8, 8, c.seg[Cpu.SS].selector);
        long ssp = ShadowStack.enter(c, cpl, ist, returnRip);

        if (cpl < c.cpl) {
            c.seg[Cpu.SS].set(cpl, 0, -1, Segment.UNUSABLE | Segment.DB | cpl << 5);
        }
        c.gpr(Cpu.RSP, sp);
        c.seg[Cpu.CS].setFromDescriptor(selector & ~3 | cpl, code);
        c.cpl = cpl;
        c.rip = target;
        c.ssp = ssp;
        BranchTracking.entered(c);
        long clear = Rflags.TF | Rflags.NT | Rflags.RF | Rflags.VM | (gateType == Descriptors.INTERRUPT_GATE32 ? Rflags.IF : 0);
        c.rflagsOther(c.rflagsOther() & ~clear);
    }

    /** RSP from the 64-bit TSS: IST 1 … 7, or RSP 0 … 2 of the new privilege level. */
    private static long tssStack(Cpu c, int ist, int cpl, int ext) {
        int offset = ist != 0 ? 28 + 8 * ist : 4 + 8 * cpl;
        if (offset + 7 > (c.tr.limit & 0xFFFFFFFFL)) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC | ext);
        }
        return Mem.readSystem(c, c.tr.base + offset, 8);
    }
}
