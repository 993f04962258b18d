package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.events.StackFrame;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;

/** Instructions on RFLAGS as such (SDM vol. 2: CLI, STI, PUSHF, POPF, CLAC, STAC). */
public final class FlagInstructions {

    private static final long POPF16 = Rflags.ARITHMETIC | Rflags.TF | Rflags.DF | Rflags.NT;
    private static final long POPF32 = POPF16 | Rflags.AC | Rflags.ID;

    private FlagInstructions() {}

    private static boolean ioplAllows(Cpu c) {
        return c.cpl <= (c.rflagsOther() >>> 12 & 3);
    }

    /** Whether CLI and STI work on VIF: virtual-8086 mode with VME, or level 3 with PVI, where IOPL forbids IF. */
    private static boolean virtualInterrupts(Cpu c) {
        return (c.rflagsOther() & Rflags.VM) != 0 ? c.cr4(Control.CR4_VME) : c.cpl == 3 && c.cr4(Control.CR4_PVI);
    }

    /** CLI. */
    public static int cli(Cpu c, Insn d) {
        if (ioplAllows(c)) {
            c.rflagsOther(c.rflagsOther() & ~(long) Rflags.IF);
            c.shadow = 0;
            Modes.updateEvents(c);
        } else if (virtualInterrupts(c)) {
            c.rflagsOther(c.rflagsOther() & ~(long) Rflags.VIF);
        } else {
            throw c.gp();
        }
        return Outcome.NEXT;
    }

    /** STI. */
    public static int sti(Cpu c, Insn d) {
        if (ioplAllows(c)) {
            if ((c.rflagsOther() & Rflags.IF) == 0) {
                c.rflagsOther(c.rflagsOther() | Rflags.IF);
                Modes.updateEvents(c);
                c.block(Cpu.SHADOW_STI, d.nextRip());
                if (c.guest != null || (c.events & Cpu.EVENT_INTERRUPT) != 0) {
                    // the next instruction runs alone: STI, NOP, CLI lets a pending interrupt in, and a VM exit finds the blocking exact
                    c.rip = d.nextRip();
                    return Outcome.BRANCH;
                }
            }
        } else if (virtualInterrupts(c) && (c.rflagsOther() & Rflags.VIP) == 0) {
            c.rflagsOther(c.rflagsOther() | Rflags.VIF);
        } else {
            throw c.gp();
        }
        return Outcome.NEXT;
    }

    /** PUSHF, PUSHFD, PUSHFQ. */
    public static int pushf(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.PUSHF)) {
            return Outcome.EXIT;
        }
        long image = c.rflags() & ~(long) (Rflags.VM | Rflags.RF);
        Stack.checkTop(c, c.gpr(Cpu.RSP) - (d.opSize >> 3), d.opSize >> 3);
        if (d.opSize == 64) {
            long rsp = c.gpr(Cpu.RSP) - 8;
            Mem.write64(c, rsp, image);
            c.gpr(Cpu.RSP, rsp);
            return Outcome.NEXT;
        }
        if ((c.rflagsOther() & Rflags.VM) != 0 && !ioplAllows(c)) {
            if (!c.cr4(Control.CR4_VME) || d.opSize != 16) {
                throw c.gp();
            }
            image = image & ~(long) Rflags.IF | Rflags.IOPL | ((image & Rflags.VIF) != 0 ? Rflags.IF : 0);
        }
        StackFrame stack = StackFrame.current(c, 0);
        stack.push(d.opSize >> 3, image);
        stack.commit();
        return Outcome.NEXT;
    }

    /** POPF, POPFD, POPFQ. */
    public static int popf(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.POPF)) {
            return Outcome.EXIT;
        }
        boolean v86 = (c.rflagsOther() & Rflags.VM) != 0;
        boolean virtual = v86 && !ioplAllows(c);
        if (virtual && (!c.cr4(Control.CR4_VME) || d.opSize != 16)) {
            throw c.gp();
        }
        long image;
        Stack.checkTop(c, c.gpr(Cpu.RSP), d.opSize >> 3);
        if (d.opSize == 64) {
            long rsp = c.gpr(Cpu.RSP);
            image = Mem.read64(c, rsp);
            c.gpr(Cpu.RSP, rsp + 8);
        } else {
            StackFrame stack = StackFrame.current(c, 0);
            image = stack.pop(d.opSize >> 3);
            if (virtual && ((image & Rflags.TF) != 0 || (image & Rflags.IF) != 0 && (c.rflagsOther() & Rflags.VIP) != 0)) {
                throw c.gp();
            }
            stack.commit();
        }
        long changed = d.opSize == 16 ? POPF16 : POPF32;
        if (virtual) {
            image = image & ~(long) Rflags.VIF | ((image & Rflags.IF) != 0 ? Rflags.VIF : 0);
            changed |= Rflags.VIF;
        } else if (ioplAllows(c)) {
            changed |= Rflags.IF;
        }
        if (c.cpl == 0) {
            changed |= Rflags.IOPL;
        }
        c.setRflags((c.rflags() & ~changed | image & changed) & ~(long) Rflags.RF);
        c.rip = d.nextRip();
        // with TF the next instruction runs alone; a pending interrupt comes at once
        return (c.events & c.eventMask() & (Cpu.EVENT_DEBUG | Cpu.EVENT_INTERRUPT)) != 0 ? Outcome.BRANCH : Outcome.NEXT;
    }

    /** CLAC. */
    public static int clac(Cpu c, Insn d) {
        requireSmap(c);
        c.rflagsOther(c.rflagsOther() & ~(long) Rflags.AC);
        Modes.updatePrivilege(c);
        return Outcome.NEXT;
    }

    /** STAC. */
    public static int stac(Cpu c, Insn d) {
        requireSmap(c);
        c.rflagsOther(c.rflagsOther() | Rflags.AC);
        Modes.updatePrivilege(c);
        return Outcome.NEXT;
    }

    private static void requireSmap(Cpu c) {
        if (!c.model.has(Feature.SMAP) || c.cpl != 0) {
            throw c.ud();
        }
    }
}
