package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.StackFrame;
import dev.hv.cpu.events.TaskSwitch;
import dev.hv.cpu.state.Breakpoints;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.Vector;

/** RET far and IRET in every mode (SDM vol. 2A, "IRET"; vol. 2B, "RET"). */
public final class FarReturns {

    private static final int[] DATA = {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};
    /** What a 16-bit IRET may change at privilege level 0. */
    private static final long FLAGS16 = Rflags.ARITHMETIC | Rflags.TF | Rflags.IF | Rflags.DF | Rflags.IOPL | Rflags.NT;

    /** Bytes of the frame of an interrupt in 64-bit mode. */
    private static final int FRAME64 = 40;

    private FarReturns() {}

    /** RET far, with the bytes to release in the immediate (0 without one). */
    public static int retFar(Cpu c, Insn d) {
        int size = d.opSize >> 3;
        long release = d.imm & 0xFFFF;
        StackFrame stack = StackFrame.current(c, 0);
        long rip = stack.pop(size);
        int selector = (int) stack.pop(size) & 0xFFFF;
        if (CodeSegments.unprotected(c)) {
            CodeSegments.checkUnprotectedRip(c, rip);
            stack.skip(release);
            stack.commit();
            CodeSegments.loadUnprotected(c, selector, rip);
            return Outcome.BRANCH;
        }
        long code = returnSegment(c, selector);
        int cpl = selector & 3;
        if (cpl == c.cpl) {
            long target = CodeSegments.checkRip(c, code, rip);
            long ssp = ssp(c, selector, code, target);
            code = Descriptors.markAccessed(c, selector, code);
            stack.skip(release);
            stack.commit();
            c.ssp = ssp;
            CodeSegments.load(c, selector, cpl, code, target);
            return Outcome.BRANCH;
        }
        stack.skip(release);
        long rsp = stack.pop(size);
        int ss = (int) stack.pop(size) & 0xFFFF;
        outer(c, selector, code, rip, ss, rsp, release);
        Modes.update(c);
        return Outcome.BRANCH;
    }

    /** IRET, IRETD, IRETQ. */
    public static int iret(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.IRET)) {
            return Outcome.EXIT;
        }
        try {
            int outcome;
            if ((c.cr0 & Control.CR0_PE) == 0) {
                outcome = unprotected(c, d.opSize >> 3, FLAGS16 | Rflags.RF | Rflags.AC | Rflags.ID);
            } else if ((c.rflagsOther() & Rflags.VM) != 0) {
                outcome = virtual8086(c, d);
            } else {
                outcome = protectedMode(c, d);
            }
            return outcome;
        } catch (GuestFault f) {
            // an IRET that faults has ended the blocking of NMIs all the same (SDM vol. 3A, 7.7.1)
            c.nmiBlocked = false;
            throw f;
        }
    }

    private static int unprotected(Cpu c, int size, long changed) {
        StackFrame stack = StackFrame.current(c, 0);
        long rip = stack.pop(size);
        int selector = (int) stack.pop(size) & 0xFFFF;
        long image = stack.pop(size);
        CodeSegments.checkUnprotectedRip(c, rip);
        stack.commit();
        setFlags(c, image, size == 2 ? changed & 0xFFFF : changed);
        c.nmiBlocked = false;
        CodeSegments.loadUnprotected(c, selector, rip);
        return Outcome.BRANCH;
    }

    private static int virtual8086(Cpu c, Insn d) {
        if ((c.rflagsOther() & Rflags.IOPL) == Rflags.IOPL) {
            return unprotected(c, d.opSize >> 3, FLAGS16 & ~Rflags.IOPL | Rflags.RF | Rflags.AC | Rflags.ID);
        }
        if (!c.cr4(Control.CR4_VME) || d.opSize != 16) {
            throw c.gp();
        }
        StackFrame stack = StackFrame.current(c, 0);
        long rip = stack.pop(2);
        int selector = (int) stack.pop(2);
        long image = stack.pop(2);
        if ((image & Rflags.TF) != 0 || (image & Rflags.IF) != 0 && (c.rflagsOther() & Rflags.VIP) != 0) {
            throw c.gp();
        }
        CodeSegments.checkUnprotectedRip(c, rip);
        stack.commit();
        image |= (image & Rflags.IF) != 0 ? Rflags.VIF : 0;
        setFlags(c, image, FLAGS16 & ~(long) (Rflags.IF | Rflags.IOPL) | Rflags.VIF);
        c.nmiBlocked = false;
        CodeSegments.loadUnprotected(c, selector, rip);
        return Outcome.BRANCH;
    }

    private static int protectedMode(Cpu c, Insn d) {
        int size = d.opSize >> 3;
        if ((c.rflagsOther() & Rflags.NT) != 0) {
            if (c.longMode()) {
                throw c.gp();
            }
            c.rip = d.rip;
            return TaskSwitch.iret(c, d.nextRip(), d.length);
        }
        boolean from64 = c.mode64();
        long top = c.gpr(Cpu.RSP);
        if (from64 && size == 8 && Canonical.address(c, top) && Canonical.address(c, top + FRAME64 - 1)) {
            return from64(c, top);
        }
        StackFrame stack = StackFrame.current(c, 0);
        long rip = stack.pop(size);
        int selector = (int) stack.pop(size) & 0xFFFF;
        long image = stack.pop(size);
        if (size == 4 && (image & Rflags.VM) != 0 && c.cpl == 0 && !c.longMode()) {
            toVirtual8086(c, stack, rip, selector, image);
            return Outcome.BRANCH;
        }
        long code = returnSegment(c, selector);
        int cpl = selector & 3;
        long changed = changed(c, size);
        if (from64 || cpl != c.cpl) {
            long rsp = stack.pop(size);
            int ss = (int) stack.pop(size) & 0xFFFF;
            outer(c, selector, code, rip, ss, rsp, 0);
        } else {
            long target = CodeSegments.checkRip(c, code, rip);
            long ssp = ssp(c, selector, code, target);
            code = Descriptors.markAccessed(c, selector, code);
            stack.commit();
            c.ssp = ssp;
            CodeSegments.set(c, selector, cpl, code, target);
        }
        setFlags(c, image, changed);
        c.nmiBlocked = false;
        Modes.update(c);
        return Outcome.BRANCH;
    }

    /** What IRET may change of RFLAGS in protected mode. */
    private static long changed(Cpu c, int size) {
        long changed = Rflags.ARITHMETIC | Rflags.TF | Rflags.DF | Rflags.NT;
        if (size > 2) {
            changed |= Rflags.RF | Rflags.AC | Rflags.ID;
        }
        if (c.cpl <= (c.rflagsOther() >>> 12 & 3)) {
            changed |= Rflags.IF;
        }
        if (c.cpl == 0) {
            changed |= Rflags.IOPL | (size > 2 ? Rflags.VIF | Rflags.VIP : 0);
        }
        return changed;
    }

    /** IRETQ in 64-bit mode, what every system does all the time, from a frame whose addresses are canonical. */
    private static int from64(Cpu c, long top) {
        long ctx = c.ctx();
        long rip = Mem.readIn(c, ctx, top, 8);
        int selector = (int) Mem.readIn(c, ctx, top + 8, 8) & 0xFFFF;
        long image = Mem.readIn(c, ctx, top + 16, 8);
        long code = returnSegment(c, selector);
        long changed = changed(c, 8);
        long rsp = Mem.readIn(c, ctx, top + 24, 8);
        int ss = (int) Mem.readIn(c, ctx, top + 32, 8) & 0xFFFF;
        outer(c, selector, code, rip, ss, rsp, 0);
        setFlags(c, image, changed);
        c.nmiBlocked = false;
        Modes.update(c);
        return Outcome.BRANCH;
    }

    /** Loads RFLAGS, before {@link Modes#update}; RF is kept only where an instruction breakpoint could see it, so that returning costs no single step. */
    private static void setFlags(Cpu c, long image, long changed) {
        long value = c.rflags() & ~changed | image & changed;
        if (!Breakpoints.armed(c)) {
            value &= ~(long) Rflags.RF;
        }
        Flags.load(c, value);
        c.rflagsOther(value & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        c.resuming = false;
    }

    /** Fetches and checks the code segment that RET or IRET returns to. */
    private static long returnSegment(Cpu c, int selector) {
        if (Descriptors.isNull(selector)) {
            throw c.gp();
        }
        int code = selector & 0xFFFC;
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        int rpl = selector & 3;
        int dpl = Descriptors.dpl(descriptor);
        if (!Descriptors.code(descriptor) || rpl < c.cpl || (Descriptors.conforming(descriptor) ? dpl > rpl : dpl != rpl)
                || CodeSegments.is64(c, descriptor) && Descriptors.big(descriptor)) {
            throw c.fault(Vector.GP, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
        return descriptor;
    }

    /** SSP after the return, which the shadow stack must allow. */
    private static long ssp(Cpu c, int selector, long code, long target) {
        if ((c.mode & Modes.CET) == 0) {
            return c.ssp;
        }
        boolean to64 = CodeSegments.is64(c, code);
        long linear = to64 ? target : Descriptors.base(code) + target & 0xFFFFFFFFL;
        return ShadowStack.leave(c, selector & 3, selector, linear, to64);
    }

    /** Loads CS:RIP and SS:RSP of the level in the selector's RPL (outer, or the same for IRETQ), with every check first; {@link Modes#update} comes after. */
    private static void outer(Cpu c, int selector, long code, long rip, int ss, long rsp, long release) {
        int cpl = selector & 3;
        boolean to64 = CodeSegments.is64(c, code);
        long data = 0;
        boolean nullSs = Descriptors.isNull(ss);
        if (nullSs) {
            if (!to64 || cpl == 3 || (ss & 3) != cpl) {
                throw c.gp();
            }
        } else {
            data = Descriptors.fetch(c, ss, Vector.GP, 0);
            if ((ss & 3) != cpl || !Descriptors.writableData(data) || Descriptors.dpl(data) != cpl) {
                throw c.fault(Vector.GP, ss & 0xFFFC);
            }
            if (!Descriptors.present(data)) {
                throw c.fault(Vector.SS, ss & 0xFFFC);
            }
        }
        long target = CodeSegments.checkRip(c, code, rip);
        long ssp = ssp(c, selector, code, target);
        long accessedCode = Descriptors.markAccessed(c, selector, code);
        boolean outward = cpl > c.cpl;
        if (nullSs) {
            c.seg[Cpu.SS].set(ss, 0, -1, Segment.UNUSABLE | Segment.DB | cpl << 5);
        } else {
            data = Descriptors.markAccessed(c, ss, data);
            c.seg[Cpu.SS].setFromDescriptor(ss, data);
        }
        StackFrame.setPointer(c, rsp + release, to64, Descriptors.big(data));
        c.ssp = ssp;
        CodeSegments.set(c, selector, cpl, accessedCode, target);
        if (outward) {
            hideInner(c);
        }
    }

    /** Makes data segments that the new level may not use null. */
    private static void hideInner(Cpu c) {
        for (int i : DATA) {
            Segment s = c.seg[i];
            boolean conforming = (s.access & (Segment.CODE | Segment.EXPAND_DOWN)) == (Segment.CODE | Segment.EXPAND_DOWN);
            if (s.usable() && s.dpl() < c.cpl && !conforming) {
                // the base stays: software in 64-bit mode relies on it for FS and GS
                s.selector = 0;
                s.access |= Segment.UNUSABLE;
            }
        }
    }

    /** IRETD with VM set in the image: all segment registers come from the stack. */
    private static void toVirtual8086(Cpu c, StackFrame stack, long rip, int cs, long image) {
        if (ShadowStack.forbidsVirtual8086(c)) {
            throw c.gp();
        }
        long esp = stack.pop(4);
        int[] order = {Cpu.SS, Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS};
        int[] selectors = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            selectors[i] = (int) stack.pop(4) & 0xFFFF;
        }
        if (rip > 0xFFFF) {
            throw c.gp();
        }
        ShadowStack.leaveForUser(c);
        c.cpl = 3;
        c.seg[Cpu.CS].set(cs, (long) cs << 4, 0xFFFF, 0xF3);
        for (int i = 0; i < order.length; i++) {
            c.seg[order[i]].set(selectors[i], (long) selectors[i] << 4, 0xFFFF, 0xF3);
        }
        c.gpr(Cpu.RSP, esp);
        c.rip = rip;
        c.nmiBlocked = false;
        setFlags(c, image, Rflags.ALL);
        c.tlb.forgetFetches();
        Modes.update(c);
    }
}
