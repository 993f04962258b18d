package dev.hv.cli.debug;

import static dev.hv.cli.debug.Register.check;

import dev.hv.cpu.instructions.ControlRegisters;
import dev.hv.cpu.instructions.DebugRegisters;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.instructions.SystemInstructions;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Control registers, descriptor-table registers, debug registers and MSRs to a debugger. They are written by the rules of the instructions that write them, so
 * what those refuse is refused; which order of writes leads to another mode is the debugger's business.
 */
final class SystemRegisters {

    private static final String FEATURE = "hv.system";
    /** Bits of a table's limit, and of a selector. */
    private static final int LIMIT16 = 0xFFFF;
    private static final int CR8_BITS = 15;

    private SystemRegisters() {}

    static void add(List<Register> to) {
        msr(to, "k_gs_base", Msrs.KERNEL_GS_BASE);
        one(to, "cr0", c -> c.cr0, ControlRegisters::writeCr0);
        one(to, "cr2", Cpu::cr2, Cpu::cr2);
        one(to, "cr3", c -> c.cr3, ControlRegisters::writeCr3);
        one(to, "cr4", c -> c.cr4, ControlRegisters::writeCr4);
        one(to, "efer", c -> c.efer, (c, v) -> {
            // LMA follows from LME and paging
            check(c, ((v ^ c.efer) & Control.EFER_LMA) == 0);
            Msrs.write(c, Msrs.EFER, v);
        });
        one(to, "gdtr_base", c -> c.gdtrBase, (c, v) -> c.gdtrBase = canonical(c, v));
        one(to, "idtr_base", c -> c.idtrBase, (c, v) -> c.idtrBase = canonical(c, v));
        one(to, "tr_base", c -> c.tr.base, (c, v) -> c.tr.base = canonical(c, v));
        msr(to, "star", Msrs.STAR);
        msr(to, "lstar", Msrs.LSTAR);
        msr(to, "fmask", Msrs.FMASK);
        one(to, "tsc_aux", c -> c.tscAux, (c, v) -> Msrs.write(c, Msrs.TSC_AUX, v));
        msr(to, "pat", Msrs.PAT);
        one(to, "cr8", c -> c.apic == null ? 0 : c.apic.cr8(), (c, v) -> {
            check(c, c.apic != null && (v & ~CR8_BITS) == 0);
            c.apic.setCr8((int) v);
        });
        one(to, "xcr0", c -> c.xcr0, (c, v) -> {
            check(c, SystemInstructions.xcr0Allowed(c, v));
            c.xcr0 = v;
            Modes.update(c);
        });
        one(to, "gdtr_limit", c -> c.gdtrLimit, (c, v) -> c.gdtrLimit = limit(c, v));
        one(to, "idtr_limit", c -> c.idtrLimit, (c, v) -> c.idtrLimit = limit(c, v));
        one(to, "tr", c -> c.tr.selector, (c, v) -> c.tr.selector = limit(c, v));
        one(to, "ldtr", c -> c.ldtr.selector, (c, v) -> c.ldtr.selector = limit(c, v));
        one(to, "ldtr_base", c -> c.ldtr.base, (c, v) -> c.ldtr.base = canonical(c, v));
        for (int n : new int[] {0, 1, 2, 3, 6, 7}) {
            one(to, "dr" + n, c -> c.dr[n], (c, v) -> DebugRegisters.write(c, n, v));
        }
        msr(to, "cstar", Msrs.CSTAR);
        msr(to, "sysenter_cs", Msrs.SYSENTER_CS);
        msr(to, "sysenter_esp", Msrs.SYSENTER_ESP);
        msr(to, "sysenter_eip", Msrs.SYSENTER_EIP);
        msr(to, "debugctl", Msrs.DEBUGCTL);
        one(to, "apic_base", c -> Msrs.read(c, Msrs.APIC_BASE), (c, v) -> Msrs.write(c, Msrs.APIC_BASE, v));
    }

    private static void one(List<Register> to, String name, ToLongFunction<Cpu> get, Register.SetWhole set) {
        to.add(Register.of(FEATURE, name, 64, "int64", get, set));
    }

    private static void msr(List<Register> to, String name, int msr) {
        one(to, name, c -> Msrs.read(c, msr), (c, v) -> Msrs.write(c, msr, v));
    }

    private static long canonical(Cpu c, long v) {
        check(c, c.longMode() ? Canonical.register(c.model, v) : v >>> 32 == 0);
        return v;
    }

    private static int limit(Cpu c, long v) {
        check(c, (v & ~LIMIT16) == 0);
        return (int) v;
    }
}
