package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SvmOperations;

/**
 * The SVM instructions as code executes them (APM vol. 3, chapter 4): mode, privilege, intercepts, operands. What they do is in
 * {@link SvmOperations}.
 */
public final class SvmInstructions {

    private SvmInstructions() {}

    /** VMRUN rAX. */
    public static int vmrun(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMRUN)) {
            return Outcome.EXIT;
        }
        long vmcb = page(c, d, unit);
        c.rip = d.nextRip();
        unit.vmrun(vmcb);
        return Outcome.EXIT;
    }

    /** VMMCALL: only a hypervisor that wants it gives it a meaning. */
    public static int vmmcall(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.VMMCALL)) {
            return Outcome.EXIT;
        }
        throw c.ud();
    }

    /** VMLOAD rAX. */
    public static int vmload(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMLOAD)) {
            return Outcome.EXIT;
        }
        c.rip = d.rip;
        unit.vmload(page(c, d, unit));
        return next(c, d);
    }

    /** VMSAVE rAX. */
    public static int vmsave(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMSAVE)) {
            return Outcome.EXIT;
        }
        c.rip = d.rip;
        unit.vmsave(page(c, d, unit));
        return next(c, d);
    }

    /** STGI. */
    public static int stgi(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.STGI)) {
            return Outcome.EXIT;
        }
        unit.stgi();
        return next(c, d);
    }

    /** CLGI. */
    public static int clgi(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.CLGI)) {
            return Outcome.EXIT;
        }
        unit.clgi();
        return next(c, d);
    }

    /** SKINIT: no secure loader exists. */
    public static int skinit(Cpu c, Insn d) {
        throw c.ud();
    }

    /** INVLPGA rAX, ECX. */
    public static int invlpga(Cpu c, Insn d) {
        SvmOperations unit = operating(c);
        long linear = address(c, d);
        c.rip = d.rip;
        if (c.guest != null && c.guest.instruction(c, Intercept.INVLPGA, d, linear)) {
            return Outcome.EXIT;
        }
        unit.invlpga(linear, (int) c.gpr(Cpu.RCX));
        return next(c, d);
    }

    /** The unit: EFER.SVME must be set, protected mode active, the privilege level 0. */
    private static SvmOperations operating(Cpu c) {
        if (!(c.virtualization instanceof SvmOperations unit) || (c.efer & Control.EFER_SVME) == 0 || !c.protectedMode()) {
            throw c.ud();
        }
        if (c.cpl != 0) {
            throw c.gp();
        }
        return unit;
    }

    private static long address(Cpu c, Insn d) {
        return switch (d.addrSize) {
            case 16 -> c.gpr(Cpu.RAX) & 0xFFFF;
            case 32 -> c.gpr(Cpu.RAX) & 0xFFFFFFFFL;
            default -> c.gpr(Cpu.RAX);
        };
    }

    private static long page(Cpu c, Insn d, SvmOperations unit) {
        long vmcb = address(c, d);
        if (!unit.validAddress(vmcb)) {
            throw c.gp();
        }
        return vmcb;
    }

    private static int next(Cpu c, Insn d) {
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }
}
