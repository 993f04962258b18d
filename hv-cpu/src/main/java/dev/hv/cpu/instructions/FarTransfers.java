package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.InnerStack;
import dev.hv.cpu.events.StackFrame;
import dev.hv.cpu.events.TaskSwitch;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.Vector;

/** JMP and CALL far: code segments, call gates, tasks (SDM vol. 2A, "CALL" and "JMP"; vol. 3A, 6.8). */
public final class FarTransfers {

    private FarTransfers() {}

    /** JMP ptr16:16, ptr16:32. */
    public static int jmpDirect(Cpu c, Insn d) {
        return jump(c, d, (int) d.imm2, d.imm);
    }

    /** JMP m16:16, m16:32, m16:64. */
    public static int jmpMemory(Cpu c, Insn d) {
        if (d.isReg) {
            throw c.ud();
        }
        int size = d.opSize >> 3;
        long rip = Mem.read(c, Ea.of(c, d, size, false), size);
        int selector = (int) Mem.read16(c, Ea.of(c, d, size, 2, false));
        return jump(c, d, selector, rip);
    }

    /** CALL ptr16:16, ptr16:32. */
    public static int callDirect(Cpu c, Insn d) {
        return call(c, d, (int) d.imm2, d.imm);
    }

    /** CALL m16:16, m16:32, m16:64. */
    public static int callMemory(Cpu c, Insn d) {
        if (d.isReg) {
            throw c.ud();
        }
        int size = d.opSize >> 3;
        long rip = Mem.read(c, Ea.of(c, d, size, false), size);
        int selector = (int) Mem.read16(c, Ea.of(c, d, size, 2, false));
        return call(c, d, selector, rip);
    }

    private static int jump(Cpu c, Insn d, int selector, long rip) {
        if (CodeSegments.unprotected(c)) {
            CodeSegments.checkUnprotectedRip(c, rip);
            CodeSegments.loadUnprotected(c, selector, rip);
            return Outcome.BRANCH;
        }
        if (Descriptors.isNull(selector)) {
            throw c.gp();
        }
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        if (Descriptors.system(descriptor)) {
            return throughGate(c, d, selector, descriptor, false);
        }
        CodeSegments.checkDirect(c, selector, descriptor);
        long target = CodeSegments.checkRip(c, descriptor, rip);
        descriptor = Descriptors.markAccessed(c, selector, descriptor);
        CodeSegments.load(c, selector, c.cpl, descriptor, target);
        BranchTracking.branchedFar(c);
        return Outcome.BRANCH;
    }

    private static int call(Cpu c, Insn d, int selector, long rip) {
        int size = d.opSize >> 3;
        if (CodeSegments.unprotected(c)) {
            StackFrame stack = StackFrame.current(c, 0);
            stack.require(2 * size);
            CodeSegments.checkUnprotectedRip(c, rip);
            stack.push(size, c.seg[Cpu.CS].selector);
            stack.push(size, d.nextRip());
            stack.commit();
            CodeSegments.loadUnprotected(c, selector, rip);
            return Outcome.BRANCH;
        }
        if (Descriptors.isNull(selector)) {
            throw c.gp();
        }
        long descriptor = Descriptors.fetch(c, selector, Vector.GP, 0);
        if (Descriptors.system(descriptor)) {
            return throughGate(c, d, selector, descriptor, true);
        }
        CodeSegments.checkDirect(c, selector, descriptor);
        callSame(c, d, selector, descriptor, rip, size);
        return Outcome.BRANCH;
    }

    /** Pushes the return address on the current stack and loads CS at the same privilege level. */
    private static void callSame(Cpu c, Insn d, int selector, long descriptor, long rip, int size) {
        StackFrame stack = StackFrame.current(c, 0);
        stack.require(2 * size);
        long target = CodeSegments.checkRip(c, descriptor, rip);
        long accessed = Descriptors.markAccessed(c, selector, descriptor);
        stack.push(size, c.seg[Cpu.CS].selector);
        stack.push(size, d.nextRip());
        long ssp = ShadowStack.enter(c, c.cpl, 0, d.nextRip());
        stack.commit();
        c.ssp = ssp;
        CodeSegments.load(c, selector, c.cpl, accessed, target);
        BranchTracking.branchedFar(c);
    }

    /** A system descriptor as target: call gate, task gate or TSS. */
    private static int throughGate(Cpu c, Insn d, int selector, long gate, boolean call) {
        int code = selector & 0xFFFC;
        int type = Descriptors.type(gate);
        boolean valid = c.longMode() ? type == Descriptors.CALL_GATE32 : switch (type) {
            case Descriptors.TSS16_AVAILABLE, Descriptors.TSS32_AVAILABLE, Descriptors.CALL_GATE16, Descriptors.CALL_GATE32, Descriptors.TASK_GATE -> true;
            default -> false;
        };
        if (!valid || Descriptors.dpl(gate) < c.cpl || Descriptors.dpl(gate) < (selector & 3)) {
            throw c.fault(Vector.GP, code);
        }
        switch (type) {
            case Descriptors.TSS16_AVAILABLE, Descriptors.TSS32_AVAILABLE -> {
                c.rip = d.rip;
                return TaskSwitch.instruction(c, selector, call ? TaskSwitchSource.CALL : TaskSwitchSource.JMP, d.nextRip(), d.length);
            }
            case Descriptors.TASK_GATE -> {
                if (!Descriptors.present(gate)) {
                    throw c.fault(Vector.NP, code);
                }
                c.rip = d.rip;
                return TaskSwitch.instruction(c, (int) (gate >>> 16) & 0xFFFF, call ? TaskSwitchSource.CALL : TaskSwitchSource.JMP, d.nextRip(), d.length);
            }
            default -> {}
        }
        long upper = c.longMode() ? Descriptors.fetchUpper(c, selector, Vector.GP, 0) : 0;
        if (!Descriptors.present(gate)) {
            throw c.fault(Vector.NP, code);
        }
        int target = (int) (gate >>> 16) & 0xFFFF;
        if (Descriptors.isNull(target)) {
            throw c.gp();
        }
        long segment = Descriptors.fetch(c, target, Vector.GP, 0);
        int dpl = Descriptors.dpl(segment);
        boolean conforming = Descriptors.conforming(segment);
        if (!Descriptors.code(segment) || dpl > c.cpl || !call && !conforming && dpl != c.cpl
                || c.longMode() && (!Descriptors.longCode(segment) || Descriptors.big(segment))) {
            throw c.fault(Vector.GP, target & 0xFFFC);
        }
        if (!Descriptors.present(segment)) {
            throw c.fault(Vector.NP, target & 0xFFFC);
        }
        long rip = gate & 0xFFFF | (type == Descriptors.CALL_GATE32 ? gate >>> 32 & 0xFFFF0000L : 0) | upper << 32;
        if (!call) {
            rip = CodeSegments.checkRip(c, segment, rip);
            CodeSegments.load(c, target, c.cpl, Descriptors.markAccessed(c, target, segment), rip);
            BranchTracking.branchedFar(c);
        } else if (conforming || dpl == c.cpl) {
            callSame(c, d, target, segment, rip, c.longMode() ? 8 : type == Descriptors.CALL_GATE32 ? 4 : 2);
        } else if (c.longMode()) {
            callInner64(c, d, target, segment, rip, dpl);
        } else {
            callInner(c, d, target, segment, rip, dpl, gate);
        }
        return Outcome.BRANCH;
    }

    /** Through a 64-bit call gate to an inner level: RSP from the TSS, SS null, nothing copied. */
    private static void callInner64(Cpu c, Insn d, int selector, long segment, long rip, int cpl) {
        int offset = 4 + 8 * cpl;
        if (offset + 7 > (c.tr.limit & 0xFFFFFFFFL)) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC);
        }
        long rsp = Mem.readSystem(c, c.tr.base + offset, 8);
        if (!Canonical.address(c, rsp - 32) || !Canonical.address(c, rsp - 1)) {
            throw c.fault(Vector.SS, 0);
        }
        long target = CodeSegments.checkRip(c, segment, rip);
        long accessed = Descriptors.markAccessed(c, selector, segment);
        StackFrame stack = new StackFrame(c, 0, -1, 0, rsp, Mem.contextFor(c, cpl), 0, true);
        stack.push(8, c.seg[Cpu.SS].selector);
        stack.push(8, c.gpr(Cpu.RSP));
        stack.push(8, c.seg[Cpu.CS].selector);
        stack.push(8, d.nextRip());
        long ssp = ShadowStack.enter(c, cpl, 0, d.nextRip());
        c.seg[Cpu.SS].set(cpl, 0, -1, Segment.UNUSABLE | Segment.DB | cpl << 5);
        stack.commit();
        inner(c, selector, cpl, accessed, target, ssp);
    }

    private static void inner(Cpu c, int selector, int cpl, long descriptor, long target, long ssp) {
        CodeSegments.set(c, selector, cpl, descriptor, target);
        c.ssp = ssp;
        Modes.update(c);
        BranchTracking.branchedFar(c);
    }

    /** Through a 16-bit or 32-bit call gate to an inner level: stack from the TSS, parameters copied. */
    private static void callInner(Cpu c, Insn d, int selector, long segment, long rip, int cpl, long gate) {
        int size = Descriptors.type(gate) == Descriptors.CALL_GATE32 ? 4 : 2;
        int count = (int) (gate >>> 32) & 0x1F;
        Segment ss = new Segment();
        StackFrame inner = InnerStack.open(c, cpl, 0, ss);
        inner.require((4 + count) * size);
        long target = CodeSegments.checkRip(c, segment, rip);
        StackFrame outer = StackFrame.current(c, 0);
        long accessed = Descriptors.markAccessed(c, selector, segment);
        inner.push(size, c.seg[Cpu.SS].selector);
        inner.push(size, c.gpr(Cpu.RSP));
        for (int i = count - 1; i >= 0; i--) {
            inner.push(size, outer.peek(i * size, size));
        }
        inner.push(size, c.seg[Cpu.CS].selector);
        inner.push(size, d.nextRip());
        long ssp = ShadowStack.enter(c, cpl, 0, d.nextRip());
        c.seg[Cpu.SS].set(ss);
        inner.commit();
        inner(c, selector, cpl, accessed, target, ssp);
    }
}
