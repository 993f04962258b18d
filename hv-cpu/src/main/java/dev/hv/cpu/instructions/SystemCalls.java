package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.Events;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM vol. 2B). */
public final class SystemCalls {

    private static final int DPL3 = 3 << 5;
    /** What SYSRET takes of the flags that SYSCALL saved: all but VM, RF and reserved ones. */
    public static final long SYSRET_FLAGS = 0x3C7FD7;

    /** For {@link #settle}: SYSCALL in 64-bit mode, SYSRET to it, and SWAPGS have been carried out but for the segment registers. */
    public static final int CALLED = 1;
    public static final int RETURNED = 2;
    public static final int GS_SWAPPED = 4;

    private SystemCalls() {}

    /** SYSCALL. Intel processors know it in 64-bit mode alone, AMD processors in every protected mode. */
    public static int syscall(Cpu c, Insn d) {
        if ((c.efer & Control.EFER_SCE) == 0 || !c.mode64() && (c.model.intel() || (c.cr0 & Control.CR0_PE) == 0)) {
            throw c.ud();
        }
        int selector = selector(c);
        boolean big = c.longMode();
        if (big) {
            c.gpr(Cpu.RCX, d.nextRip());
            c.gpr(11, c.rflags() & ~(long) Rflags.RF);
            c.rip = c.mode64() ? c.lstar() : c.cstar;
            c.setRflags(c.rflags() & ~c.fmask() & ~(long) Rflags.RF);
        } else {
            c.gpr(Cpu.RCX, d.nextRip());
            c.rip = c.star & 0xFFFFFFFFL;
            c.setRflags(c.rflags() & ~(long) (Rflags.VM | Rflags.IF | Rflags.RF));
        }
        enter(c, selector, big);
        c.stepping &= (c.rflagsOther() & Rflags.TF) != 0;
        return Outcome.BRANCH;
    }

    /** SYSRET. */
    public static int sysret(Cpu c, Insn d) {
        if ((c.efer & Control.EFER_SCE) == 0 || !c.mode64() && (c.model.intel() || (c.cr0 & Control.CR0_PE) == 0)) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        boolean to64 = d.opSize == 64;
        long rip = c.gpr(Cpu.RCX);
        if (to64 && !Canonical.address(c, rip)) {
            throw c.gp();
        }
        outer(c, to64);
        ShadowStack.systemReturn(c);
        c.rip = to64 ? rip : rip & 0xFFFFFFFFL;
        if (c.longMode()) {
            c.setRflags(c.gpr(11) & SYSRET_FLAGS);
        } else {
            c.setRflags(c.rflags() | Rflags.IF);
        }
        c.stepping = (c.rflagsOther() & Rflags.TF) != 0;
        if (c.stepping) {
            // unlike IRET and POPF it traps by the flag that it has just set, before the code that it returns to
            c.pendingDebug |= Events.SINGLE_STEP;
        }
        Modes.update(c);
        return Outcome.BRANCH;
    }

    /** SYSENTER. */
    public static int sysenter(Cpu c, Insn d) {
        if ((c.cr0 & Control.CR0_PE) == 0 || (c.sysenterCs & 0xFFFC) == 0) {
            throw c.gp();
        }
        boolean big = c.longMode();
        c.gpr(Cpu.RSP, big ? c.sysenterEsp : c.sysenterEsp & 0xFFFFFFFFL);
        c.rip = big ? c.sysenterEip : c.sysenterEip & 0xFFFFFFFFL;
        c.setRflags(c.rflags() & ~(long) (Rflags.VM | Rflags.IF | Rflags.RF));
        enter(c, (int) c.sysenterCs & 0xFFFC, big);
        return Outcome.BRANCH;
    }

    /** SYSEXIT. */
    public static int sysexit(Cpu c, Insn d) {
        if ((c.cr0 & Control.CR0_PE) == 0 || c.cpl != 0 || (c.rflagsOther() & Rflags.VM) != 0 || (c.sysenterCs & 0xFFFC) == 0) {
            throw c.gp();
        }
        boolean to64 = d.opSize == 64;
        long rip = c.gpr(Cpu.RDX);
        long rsp = c.gpr(Cpu.RCX);
        if (to64 && (!Canonical.address(c, rip) || !Canonical.address(c, rsp))) {
            throw c.gp();
        }
        int base = (int) c.sysenterCs & 0xFFFC;
        c.gpr(Cpu.RSP, to64 ? rsp : rsp & 0xFFFFFFFFL);
        c.rip = to64 ? rip : rip & 0xFFFFFFFFL;
        c.seg[Cpu.CS].set(base + (to64 ? 32 : 16) & 0xFFFF | 3, 0, -1, (to64 ? Segment.CODE_64 : Segment.CODE_32) | DPL3);
        c.seg[Cpu.SS].set(base + (to64 ? 40 : 24) & 0xFFFF | 3, 0, -1, Segment.DATA_32 | DPL3);
        c.cpl = 3;
        ShadowStack.systemReturn(c);
        c.tlb.forgetFetches();
        Modes.update(c);
        return Outcome.BRANCH;
    }

    private static void enter(Cpu c, int selector, boolean code64) {
        if (!code64 || c.seg[Cpu.CS].base != 0 && !c.mode64()) {
            c.tlb.forgetFetches();
        }
        if ((c.mode & Modes.CET) != 0) {
            ShadowStack.systemCall(c);
        }
        inner(c, selector, code64);
        BranchTracking.entered(c);
        Modes.update(c);
    }

    private static void inner(Cpu c, int selector, boolean code64) {
        c.seg[Cpu.CS].set(selector, 0, -1, code64 ? Segment.CODE_64 : Segment.CODE_32);
        c.seg[Cpu.SS].set(selector + 8 & 0xFFFF, 0, -1, Segment.DATA_32);
        c.cpl = 0;
    }

    private static void outer(Cpu c, boolean to64) {
        int base = (int) (c.star >>> 48);
        int ss = c.seg[Cpu.SS].access;
        c.seg[Cpu.CS].set((to64 ? base + 16 : base) & 0xFFFF | 3, 0, -1, (to64 ? Segment.CODE_64 : Segment.CODE_32) | DPL3);
        // AMD processors leave the hidden part of SS but for its level
        c.seg[Cpu.SS].set(base + 8 & 0xFFFF | 3, 0, -1, c.model.intel() ? Segment.DATA_32 | DPL3 : (ss & ~Segment.UNUSABLE | Segment.REAL_DATA) & ~DPL3 | DPL3);
        c.cpl = 3;
    }

    /**
     * Gives the segment registers and the privilege level what SYSCALL, SYSRET and SWAPGS of machine code have left of them.
     *
     * @param what {@link #CALLED}, {@link #RETURNED} and {@link #GS_SWAPPED}
     * @param level privilege level in the end
     */
    public static void settle(Cpu c, int what, int level) {
        if ((what & GS_SWAPPED) != 0) {
            c.seg[Cpu.GS].base = c.segBase(Cpu.GS);
        }
        if ((what & CALLED) != 0) {
            inner(c, selector(c), true);
        }
        if ((what & RETURNED) != 0 && level == 3) {
            outer(c, true);
        }
    }

    private static int selector(Cpu c) {
        return (int) (c.star >>> 32) & 0xFFFC;
    }
}
