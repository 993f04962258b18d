package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.instructions.ControlRegisters;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.instructions.SystemInstructions;
import dev.hv.cpu.instructions.XsaveState;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;

/** The registers of a virtual processor by their TLFS names, in a {@link Cpu} that holds its state. */
public final class CpuRegisters {

    private CpuRegisters() {}

    /** Reads a register; null for a name that does not exist. */
    public static HvRegisterValue get(Cpu c, int name) {
        if (name >= HvRegister.RAX && name <= HvRegister.R15) {
            return HvRegisterValue.of(c.gpr(name - HvRegister.RAX));
        }
        if (name >= HvRegister.XMM0 && name <= HvRegister.XMM15) {
            int n = name - HvRegister.XMM0;
            return new HvRegisterValue(c.xmm(2 * n), c.xmm(2 * n + 1));
        }
        if (name >= HvRegister.ES && name <= HvRegister.TR) {
            Segment s = segment(c, name);
            return HvRegisterValue.segment(s.selector, s.base, s.limit, s.usable() ? s.access : 0);
        }
        if (name >= HvRegister.MTRR_FIX64K_00000 && name < HvRegister.MTRR_FIX64K_00000 + 11) {
            return HvRegisterValue.of(c.mtrrFixed[name - HvRegister.MTRR_FIX64K_00000]);
        }
        if (variableMtrr(name) >= 0) {
            return HvRegisterValue.of(c.mtrrVariable[variableMtrr(name)]);
        }
        if (apicOffset(name) >= 0) {
            return HvRegisterValue.of(c.apic.readMmio(apicOffset(name), 4));
        }
        return switch (name) {
            case HvRegister.GDTR -> HvRegisterValue.table(c.gdtrBase, c.gdtrLimit);
            case HvRegister.IDTR -> HvRegisterValue.table(c.idtrBase, c.idtrLimit);
            case HvRegister.RIP -> HvRegisterValue.of(c.rip);
            case HvRegister.RFLAGS -> HvRegisterValue.of(c.rflags());
            case HvRegister.CR0 -> HvRegisterValue.of(c.cr0);
            case HvRegister.CR2 -> HvRegisterValue.of(c.cr2());
            case HvRegister.CR3 -> HvRegisterValue.of(c.cr3);
            case HvRegister.CR4 -> HvRegisterValue.of(c.cr4);
            case HvRegister.CR8 -> HvRegisterValue.of(c.apic.cr8());
            case HvRegister.XFEM -> HvRegisterValue.of(c.xcr0);
            case HvRegister.DR0, HvRegister.DR1, HvRegister.DR2, HvRegister.DR3 -> HvRegisterValue.of(c.dr[name - HvRegister.DR0]);
            case HvRegister.DR6, HvRegister.DR7 -> HvRegisterValue.of(c.dr[name - HvRegister.DR6 + 6]);
            case HvRegister.TSC -> HvRegisterValue.of(c.readTsc());
            case HvRegister.EFER -> HvRegisterValue.of(c.efer);
            case HvRegister.KERNEL_GS_BASE -> HvRegisterValue.of(c.kernelGsBase());
            case HvRegister.APIC_BASE -> HvRegisterValue.of(c.apic.apicBase());
            case HvRegister.PAT -> HvRegisterValue.of(c.pat);
            case HvRegister.SYSENTER_CS -> HvRegisterValue.of(c.sysenterCs);
            case HvRegister.SYSENTER_EIP -> HvRegisterValue.of(c.sysenterEip);
            case HvRegister.SYSENTER_ESP -> HvRegisterValue.of(c.sysenterEsp);
            case HvRegister.STAR -> HvRegisterValue.of(c.star);
            case HvRegister.LSTAR -> HvRegisterValue.of(c.lstar());
            case HvRegister.CSTAR -> HvRegisterValue.of(c.cstar);
            case HvRegister.SFMASK -> HvRegisterValue.of(c.fmask());
            case HvRegister.MTRR_DEF_TYPE -> HvRegisterValue.of(c.mtrrDefType);
            case HvRegister.TSC_AUX -> HvRegisterValue.of(c.tscAux);
            case HvRegister.XSS -> HvRegisterValue.of(c.xss);
            case HvRegister.INTERMEDIATE_CR0 -> HvRegisterValue.of(c.cr0);
            case HvRegister.INTERMEDIATE_CR3 -> HvRegisterValue.of(c.cr3);
            case HvRegister.INTERMEDIATE_CR4 -> HvRegisterValue.of(c.cr4);
            case HvRegister.INTERMEDIATE_CR8 -> HvRegisterValue.of(c.apic.cr8());
            case HvRegister.MTRR_CAP -> HvRegisterValue.of(Msrs.MTRR_CAPABILITIES);
            default -> FpRegisters.get(c, name);
        };
    }

    /** Writes a register. Whether the state as a whole is valid, the next entry finds out; single values are checked here. */
    public static HvStatus set(Cpu c, int name, HvRegisterValue value) {
        long v = value.low();
        if (name >= HvRegister.RAX && name <= HvRegister.R15) {
            c.gpr(name - HvRegister.RAX, v);
            return HvStatus.SUCCESS;
        }
        if (name >= HvRegister.XMM0 && name <= HvRegister.XMM15) {
            int n = name - HvRegister.XMM0;
            c.xmm(2 * n, v);
            c.xmm(2 * n + 1, value.high());
            return HvStatus.SUCCESS;
        }
        if (name >= HvRegister.ES && name <= HvRegister.TR) {
            int attributes = value.attributes() & 0xF0FF;
            segment(c, name).set(value.selector(), v, value.limit(), (attributes & Segment.P) != 0 ? attributes : attributes | Segment.UNUSABLE);
            if (name == HvRegister.SS) {
                c.cpl = c.seg[Cpu.SS].dpl();
            }
            return HvStatus.SUCCESS;
        }
        if (name >= HvRegister.MTRR_FIX64K_00000 && name < HvRegister.MTRR_FIX64K_00000 + 11) {
            c.mtrrFixed[name - HvRegister.MTRR_FIX64K_00000] = v;
            return HvStatus.SUCCESS;
        }
        if (variableMtrr(name) >= 0) {
            c.mtrrVariable[variableMtrr(name)] = v;
            return HvStatus.SUCCESS;
        }
        if (apicOffset(name) >= 0) {
            c.apic.writeMmio(apicOffset(name), 4, v & 0xFFFF_FFFFL);
            return HvStatus.SUCCESS;
        }
        return setSystem(c, name, value, v);
    }

    private static HvStatus setSystem(Cpu c, int given, HvRegisterValue value, long v) {
        // a name of a control register between instructions differs in one bit
        int name = given >= HvRegister.INTERMEDIATE_CR0 && given <= HvRegister.INTERMEDIATE_CR8 ? given - HvRegister.INTERMEDIATE_CR0 + HvRegister.CR0 : given;
        switch (name) {
            case HvRegister.GDTR -> {
                c.gdtrBase = value.high();
                c.gdtrLimit = value.tableLimit();
            }
            case HvRegister.IDTR -> {
                c.idtrBase = value.high();
                c.idtrLimit = value.tableLimit();
            }
            case HvRegister.RIP -> c.rip = v;
            case HvRegister.RFLAGS -> {
                if ((v & ~(long) Rflags.ALL & ~Rflags.FIXED) != 0) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.setRflags(v);
            }
            case HvRegister.CR0 -> {
                if (v >>> 32 != 0 || (v & Control.CR0_PG) != 0 && (v & Control.CR0_PE) == 0) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.cr0 = v | Control.CR0_ET;
            }
            case HvRegister.CR2 -> c.cr2(v);
            case HvRegister.CR3 -> c.cr3 = v;
            case HvRegister.CR4 -> c.cr4 = v;
            case HvRegister.CR8 -> c.apic.setCr8((int) v & 15);
            case HvRegister.XSS -> {
                if ((v & ~XsaveState.supervisorComponents(c)) != 0) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.xss = v;
            }
            case HvRegister.XFEM -> {
                if (!SystemInstructions.xcr0Allowed(c, v)) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.xcr0 = v;
            }
            case HvRegister.DR0, HvRegister.DR1, HvRegister.DR2, HvRegister.DR3 -> c.dr[name - HvRegister.DR0] = v;
            case HvRegister.DR6, HvRegister.DR7 -> c.dr[name - HvRegister.DR6 + 6] = v & 0xFFFF_FFFFL;
            case HvRegister.TSC -> c.tscAdjust += v - c.readTsc();
            case HvRegister.EFER -> {
                if ((v & ~ControlRegisters.eferValid(c.model)) != 0) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.efer = v;
            }
            case HvRegister.KERNEL_GS_BASE -> {
                if (!Canonical.register(c.model, v)) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.kernelGsBase(v);
            }
            case HvRegister.APIC_BASE -> {
                if (!c.apic.setApicBase(v)) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
            }
            case HvRegister.PAT -> c.pat = v;
            case HvRegister.SYSENTER_CS -> c.sysenterCs = v;
            case HvRegister.SYSENTER_EIP -> c.sysenterEip = v;
            case HvRegister.SYSENTER_ESP -> c.sysenterEsp = v;
            case HvRegister.STAR -> c.star = v;
            case HvRegister.LSTAR -> c.lstar(v);
            case HvRegister.CSTAR -> c.cstar = v;
            case HvRegister.SFMASK -> c.fmask(v);
            case HvRegister.MTRR_DEF_TYPE -> c.mtrrDefType = v;
            case HvRegister.TSC_AUX -> c.tscAux = v;
            default -> {
                return FpRegisters.set(c, name, value);
            }
        }
        return HvStatus.SUCCESS;
    }

    private static Segment segment(Cpu c, int name) {
        return switch (name) {
            case HvRegister.LDTR -> c.ldtr;
            case HvRegister.TR -> c.tr;
            default -> c.seg[name - HvRegister.ES];
        };
    }

    /** Offset in the xAPIC page, or -1. */
    private static int apicOffset(int name) {
        return name >= HvRegister.APIC_REGISTERS && name < HvRegister.APIC_REGISTERS + 0x40 ? name - HvRegister.APIC_REGISTERS << 4 : -1;
    }

    /** Index in {@link Cpu#mtrrVariable} (base and mask in turn), or -1. */
    private static int variableMtrr(int name) {
        if (name >= HvRegister.MTRR_PHYS_BASE0 && name < HvRegister.MTRR_PHYS_BASE0 + 8) {
            return 2 * (name - HvRegister.MTRR_PHYS_BASE0);
        }
        if (name >= HvRegister.MTRR_PHYS_MASK0 && name < HvRegister.MTRR_PHYS_MASK0 + 8) {
            return 2 * (name - HvRegister.MTRR_PHYS_MASK0) + 1;
        }
        return -1;
    }
}
