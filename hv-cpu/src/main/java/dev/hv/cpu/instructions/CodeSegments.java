package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/** Checks and loads of CS that far transfers share. */
final class CodeSegments {

    private CodeSegments() {}

    /** Whether segment registers load without descriptors: real or virtual-8086 mode. */
    static boolean unprotected(Cpu c) {
        return (c.cr0 & Control.CR0_PE) == 0 || (c.rflagsOther() & Rflags.VM) != 0;
    }

    /** Checks an instruction pointer against CS as it is, in real and virtual-8086 mode. */
    static void checkUnprotectedRip(Cpu c, long rip) {
        if (rip > (c.seg[Cpu.CS].limit & 0xFFFFFFFFL)) {
            throw c.gp();
        }
    }

    /** Loads CS:IP in real or virtual-8086 mode. In real mode the limit and the rights stay what they are. */
    static void loadUnprotected(Cpu c, int selector, long rip) {
        if ((c.rflagsOther() & Rflags.VM) != 0) {
            c.seg[Cpu.CS].set(selector, (long) selector << 4, 0xFFFF, 0xF3);
        } else {
            c.seg[Cpu.CS].selector = selector;
            c.seg[Cpu.CS].base = (long) selector << 4;
        }
        c.rip = rip;
        c.tlb.forgetFetches();
        Modes.update(c);
    }

    /** Checks a code segment that a jump or call goes to without a gate. */
    static void checkDirect(Cpu c, int selector, long descriptor) {
        int code = selector & 0xFFFC;
        int dpl = Descriptors.dpl(descriptor);
        boolean ok = Descriptors.code(descriptor)
                && (Descriptors.conforming(descriptor) ? dpl <= c.cpl : (selector & 3) <= c.cpl && dpl == c.cpl)
                && !(c.longMode() && Descriptors.longCode(descriptor) && Descriptors.big(descriptor));
        if (!ok) {
            throw c.fault(Vector.GP, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
    }

    /** Whether the segment is 64-bit code in this mode. */
    static boolean is64(Cpu c, long descriptor) {
        return c.longMode() && Descriptors.longCode(descriptor);
    }

    /**
     * Checks an instruction pointer against the segment it will run in.
     *
     * @return it, truncated to what the segment allows
     * @throws dev.hv.cpu.state.GuestFault #GP(0)
     */
    static long checkRip(Cpu c, long descriptor, long rip) {
        if (is64(c, descriptor)) {
            if (!Canonical.address(c, rip)) {
                throw c.gp();
            }
            return rip;
        }
        long eip = rip & 0xFFFFFFFFL;
        if (eip > Descriptors.limit(descriptor)) {
            throw c.gp();
        }
        return eip;
    }

    /** Loads CS, RIP and the privilege level; everything has been checked, the accessed bit set. */
    static void load(Cpu c, int selector, int cpl, long descriptor, long rip) {
        set(c, selector, cpl, descriptor, rip);
        Modes.update(c);
    }

    /** As {@link #load}, but {@link Modes#update} comes after. */
    static void set(Cpu c, int selector, int cpl, long descriptor, long rip) {
        long base = c.seg[Cpu.CS].base;
        c.seg[Cpu.CS].setFromDescriptor(selector & ~3 | cpl, descriptor);
        c.cpl = cpl;
        c.rip = rip;
        if (!is64(c, descriptor) && c.seg[Cpu.CS].base != base) {
            c.tlb.forgetFetches();
        }
    }
}
