package dev.hv.cpu.instructions;

import dev.hv.cpu.events.MachineChecks;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.MiscEnable;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.ProtectionKeys;

/**
 * The model-specific registers (SDM vol. 4, chapter 2; APM vol. 2, appendix A). What is not here raises #GP. Also used by VM entry
 * and exit for their MSR areas.
 */
public final class Msrs {

    public static final int TSC = 0x10;
    public static final int APIC_BASE = 0x1B;
    public static final int FEATURE_CONTROL = 0x3A;
    public static final int TSC_ADJUST = 0x3B;
    public static final int SPEC_CTRL = 0x48;
    public static final int PRED_CMD = 0x49;
    public static final int BIOS_UPDATE_TRIGGER = 0x79;
    public static final int BIOS_SIGN_ID = 0x8B;
    public static final int PLATFORM_INFO = 0xCE;
    public static final int UMWAIT_CONTROL = 0xE1;
    public static final int MTRR_CAP = 0xFE;
    public static final int ARCH_CAPABILITIES = 0x10A;
    public static final int SYSENTER_CS = 0x174;
    public static final int SYSENTER_ESP = 0x175;
    public static final int SYSENTER_EIP = 0x176;
    public static final int MCG_CAP = 0x179;
    public static final int MCG_STATUS = 0x17A;
    public static final int MISC_ENABLE = 0x1A0;
    public static final int DEBUGCTL = 0x1D9;
    public static final int MTRR_PHYS = 0x200;
    public static final int MTRR_FIX64K = 0x250;
    public static final int MTRR_FIX16K = 0x258;
    public static final int MTRR_FIX4K = 0x268;
    public static final int PAT = 0x277;
    /** IA32_MC0_CTL2. */
    public static final int MC0_CTL2 = 0x280;
    public static final int MTRR_DEF_TYPE = 0x2FF;
    public static final int MC0 = 0x400;
    public static final int TSC_DEADLINE = 0x6E0;
    public static final int PKRS = 0x6E1;
    public static final int X2APIC = 0x800;
    public static final int XSS = 0xDA0;
    public static final int HWCR = 0xC0010015;
    public static final int EFER = 0xC0000080;
    public static final int STAR = 0xC0000081;
    public static final int LSTAR = 0xC0000082;
    public static final int CSTAR = 0xC0000083;
    public static final int FMASK = 0xC0000084;
    public static final int FS_BASE = 0xC0000100;
    public static final int GS_BASE = 0xC0000101;
    public static final int KERNEL_GS_BASE = 0xC0000102;
    public static final int TSC_AUX = 0xC0000103;

    /** RDCL, IBRS_ALL, SKIP_L1DFL_VMENTRY, SSB, MDS, IF_PSCHANGE_MC, TAA, SBDR_SSDP, FBSDP, PSDP, BHI, PBRSB, GDS, RFDS, ITS: not affected. */
    private static final long NOT_AFFECTED = 1 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 20 | 1 << 24
            | 1 << 26 | 1 << 27 | 1L << 62;
    /** TscFreqSel of HWCR: the counter runs at the frequency of P-state 0 (AMD's PPR of family 19h, MSRC001_0015). */
    private static final long TSC_FREQUENCY_OF_P0 = 1 << 24;
    private static final long MICROCODE = 0x2B0007FFL << 32;
    /** Eight variable ranges, fixed ranges, write combining. */
    public static final long MTRR_CAPABILITIES = 8 | 1 << 8 | 1 << 10;
    private static final long DEBUGCTL_VALID = 0xFFC3;
    /** Bits of AMD's DEBUGCTL: LBR, BTF, performance-monitoring pins. */
    public static final long DEBUGCTL_AMD = 0x3F;

    private Msrs() {}

    /**
     * Reads an MSR as RDMSR does.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0)
     */
    public static long read(Cpu c, int msr) {
        if (c.virtualization != null && c.virtualization.ownsMsr(msr)) {
            return c.virtualization.readMsr(c, msr);
        }
        requireOwner(c, msr);
        return switch (msr) {
            case TSC -> c.readTsc();
            case 0x17 -> 0;
            case APIC_BASE -> c.apic == null ? 0xFEE00800L | (c.index == 0 ? 0x100 : 0) : c.apic.apicBase();
            case FEATURE_CONTROL -> requires(c, Feature.VMX, c.featureControl);
            case TSC_ADJUST -> requires(c, Feature.TSC_ADJUST, c.tscAdjust);
            case SPEC_CTRL -> {
                check(c, speculationControl(c.model));
                yield c.specCtrl;
            }
            case BIOS_SIGN_ID -> c.model.intel() ? MICROCODE : 0x0A101148L;
            case HWCR -> {
                check(c, !c.model.intel());
                yield TSC_FREQUENCY_OF_P0;
            }
            case PLATFORM_INFO -> intel(c, c.model.tscHz() / 100_000_000L << 8);
            case MTRR_CAP -> MTRR_CAPABILITIES;
            case ARCH_CAPABILITIES -> requires(c, Feature.ARCH_CAPABILITIES, NOT_AFFECTED);
            case SYSENTER_CS -> c.sysenterCs;
            case SYSENTER_ESP -> c.sysenterEsp;
            case SYSENTER_EIP -> c.sysenterEip;
            case MCG_CAP -> Cpu.MACHINE_CHECK_BANKS | (c.model.intel() ? MachineChecks.CAPABILITY_CMCI : 0);
            case MCG_STATUS -> c.mcgStatus;
            case MISC_ENABLE -> intel(c, c.miscEnable);
            case DEBUGCTL -> c.debugCtl;
            case PAT -> c.pat;
            case MTRR_DEF_TYPE -> c.mtrrDefType;
            case TSC_DEADLINE -> {
                if (c.apic == null || !c.model.has(Feature.TSC_DEADLINE)) {
                    throw c.gp();
                }
                yield c.apic.tscDeadline();
            }
            case EFER -> c.efer;
            case STAR -> c.star;
            case LSTAR -> c.lstar();
            case CSTAR -> c.cstar;
            case FMASK -> c.fmask();
            case FS_BASE -> c.seg[Cpu.FS].base;
            case GS_BASE -> c.seg[Cpu.GS].base;
            case KERNEL_GS_BASE -> c.kernelGsBase();
            case TSC_AUX -> requires(c, Feature.RDTSCP, c.tscAux);
            case XSS -> requires(c, Feature.XSAVES, c.xss);
            case UMWAIT_CONTROL -> requires(c, Feature.WAITPKG, c.umwaitControl);
            case PKRS -> requires(c, Feature.PKS, c.pkrs() & 0xFFFFFFFFL);
            default -> readRange(c, msr);
        };
    }

    private static long readRange(Cpu c, int msr) {
        if (msr >= MTRR_PHYS && msr < MTRR_PHYS + 16) {
            return c.mtrrVariable[msr - MTRR_PHYS];
        }
        int fixed = fixedMtrr(msr);
        if (fixed >= 0) {
            return c.mtrrFixed[fixed];
        }
        if (msr >= MC0 && msr < MC0 + c.machineCheck.length) {
            return c.machineCheck[msr - MC0];
        }
        if (controlsCorrectedErrors(c, msr)) {
            return c.machineCheckControl2[msr - MC0_CTL2];
        }
        if (msr >= X2APIC && msr < X2APIC + 0x100) {
            if (c.apic == null || !c.apic.canReadMsr(msr)) {
                throw c.gp();
            }
            return c.apic.readMsr(msr);
        }
        if (c.branches.owns(msr)) {
            return c.branches.read(msr);
        }
        if (CounterMsrs.has(c.model, msr)) {
            return CounterMsrs.read(c, msr);
        }
        if (CetMsrs.has(c.model, msr)) {
            return CetMsrs.read(c, msr);
        }
        if (readsZero(c, msr)) {
            return 0;
        }
        throw c.gp();
    }

    private static void adjustTsc(Cpu c, long adjustment) {
        c.tscAdjust = adjustment;
        if (c.apic != null) {
            c.apic.tscChanged();
        }
    }

    /**
     * Writes an MSR as WRMSR does.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0), before anything changes
     */
    public static void write(Cpu c, int msr, long v) {
        if (c.virtualization != null && c.virtualization.ownsMsr(msr)) {
            c.virtualization.writeMsr(c, msr, v);
            return;
        }
        requireOwner(c, msr);
        switch (msr) {
            // writing the counter moves IA32_TSC_ADJUST by as much (SDM vol. 3B, 18.17.3)
            case TSC -> adjustTsc(c, v - c.time.tsc());
            case APIC_BASE -> {
                check(c, c.apic != null && c.apic.setApicBase(v));
                // what is cached says that the page of registers is memory, or the other way round
                c.tlb.flushAll();
            }
            case FEATURE_CONTROL -> {
                check(c, c.model.has(Feature.VMX) && (c.featureControl & 1) == 0 && (v & ~5L) == 0);
                c.featureControl = v;
            }
            case TSC_ADJUST -> {
                check(c, c.model.has(Feature.TSC_ADJUST));
                adjustTsc(c, v);
            }
            case SPEC_CTRL -> {
                check(c, speculationControl(c.model) && (v & ~speculationControls(c.model)) == 0);
                c.specCtrl = v;
            }
            case PRED_CMD -> check(c, (c.model.has(Feature.IBRS) || c.model.has(Feature.AMD_IBPB)) && (v & ~1L) == 0);
            case BIOS_SIGN_ID, BIOS_UPDATE_TRIGGER -> {}
            case SYSENTER_CS -> c.sysenterCs = v & 0xFFFFFFFFL;
            case SYSENTER_ESP -> c.sysenterEsp = canonical(c, v);
            case SYSENTER_EIP -> c.sysenterEip = canonical(c, v);
            case MCG_STATUS -> {
                check(c, (v & ~7L) == 0);
                c.mcgStatus = v;
            }
            case MISC_ENABLE -> {
                check(c, c.model.intel());
                c.miscEnable = MiscEnable.written(c.miscEnable, v);
            }
            case DEBUGCTL -> {
                check(c, (v & ~(c.model.intel() ? DEBUGCTL_VALID : DEBUGCTL_AMD)) == 0);
                c.debugCtl = v;
                Modes.updateEvents(c);
            }
            case PAT -> {
                for (int i = 0; i < 64; i += 8) {
                    long type = v >>> i & 0xFF;
                    check(c, type <= 7 && type != 2 && type != 3);
                }
                c.pat = v;
            }
            case MTRR_DEF_TYPE -> {
                check(c, (v & ~0xCFFL) == 0 && memoryType(v & 0xFF));
                c.mtrrDefType = v;
            }
            case TSC_DEADLINE -> {
                check(c, c.apic != null && c.model.has(Feature.TSC_DEADLINE));
                c.apic.setTscDeadline(v);
            }
            case EFER -> writeEfer(c, v);
            case STAR -> c.star = v;
            case LSTAR -> c.lstar(canonical(c, v));
            case CSTAR -> c.cstar = canonical(c, v);
            case FMASK -> {
                check(c, v >>> 32 == 0);
                c.fmask(v);
            }
            case FS_BASE -> setBase(c, Cpu.FS, canonical(c, v));
            case GS_BASE -> setBase(c, Cpu.GS, canonical(c, v));
            case KERNEL_GS_BASE -> c.kernelGsBase(canonical(c, v));
            case TSC_AUX -> {
                check(c, c.model.has(Feature.RDTSCP) && v >>> 32 == 0);
                c.tscAux = v;
            }
            case XSS -> {
                check(c, c.model.has(Feature.XSAVES) && (v & ~XsaveState.supervisorComponents(c)) == 0);
                c.xss = v;
            }
            case UMWAIT_CONTROL -> {
                check(c, c.model.has(Feature.WAITPKG) && v >>> 32 == 0 && (v & 2) == 0);
                c.umwaitControl = v;
            }
            case PKRS -> {
                check(c, c.model.has(Feature.PKS) && v >>> 32 == 0);
                ProtectionKeys.pkrs(c, (int) v);
            }
            default -> writeRange(c, msr, v);
        }
    }

    private static void writeRange(Cpu c, int msr, long v) {
        int fixed = fixedMtrr(msr);
        if (msr >= MTRR_PHYS && msr < MTRR_PHYS + 16) {
            boolean mask = (msr & 1) != 0;
            check(c, (v & ~c.model.physicalMask()) == 0 && (mask ? (v & 0x7FF) == 0 : (v & 0xF00) == 0 && memoryType(v & 0xFF)));
            c.mtrrVariable[msr - MTRR_PHYS] = v;
        } else if (fixed >= 0) {
            for (int i = 0; i < 64; i += 8) {
                check(c, memoryType(v >>> i & 0xFF));
            }
            c.mtrrFixed[fixed] = v;
        } else if (msr >= MC0 && msr < MC0 + c.machineCheck.length) {
            // control is all or nothing, a status can only be cleared; addresses and details take any value on silicon, which the SDM (vol. 3B, 16.3.2) would have cleared alone
            int kind = msr & 3;
            check(c, v == 0 || kind == 0 && v == -1 || kind >= 2);
            c.machineCheck[msr - MC0] = v;
        } else if (controlsCorrectedErrors(c, msr)) {
            check(c, (v & ~(MachineChecks.CMCI_ENABLE | MachineChecks.THRESHOLD)) == 0);
            c.machineCheckControl2[msr - MC0_CTL2] = v;
        } else if (msr >= X2APIC && msr < X2APIC + 0x100) {
            check(c, c.apic != null && c.apic.writeMsr(msr, v));
        } else if (c.branches.owns(msr)) {
            check(c, c.branches.write(msr, v));
        } else if (CounterMsrs.has(c.model, msr)) {
            CounterMsrs.write(c, msr, v);
        } else if (CetMsrs.has(c.model, msr)) {
            CetMsrs.write(c, msr, v);
        } else {
            // the machine-check address and type of the P5 are there to read alone
            check(c, readsZero(c, msr) && (msr & ~1) != 0);
        }
    }

    /** Sets the base of FS or GS where addresses are formed, too. */
    static void setBase(Cpu c, int segment, long base) {
        c.seg[segment].base = base;
        c.segBase(segment, base);
    }

    private static void writeEfer(Cpu c, long v) {
        boolean switchesLme = ((v ^ c.efer) & Control.EFER_LME) != 0;
        check(c, (v & ~ControlRegisters.eferValid(c.model)) == 0 && !(switchesLme && c.cr0(Control.CR0_PG)) && (c.virtualization == null || c.virtualization.allowsEfer(c, v)));
        long before = c.efer;
        check(c, (v & ~before & Control.EFER_NXE) == 0 || MiscEnable.executeDisable(c));
        c.efer = v & ~Control.EFER_LMA | c.efer & Control.EFER_LMA;
        if (((before ^ c.efer) & Control.EFER_NXE) != 0) {
            c.tlb.flushAll();
        }
        Modes.update(c);
    }

    /** Whether an MSR is an IA32_MCi_CTL2 (SDM vol. 3B, 16.3.2.5). */
    private static boolean controlsCorrectedErrors(Cpu c, int msr) {
        return msr >= MC0_CTL2 && msr < MC0_CTL2 + c.machineCheckControl2.length && c.model.intel();
    }

    /** Index in the fixed ranges, -1 for other MSRs. */
    private static int fixedMtrr(int msr) {
        if (msr == MTRR_FIX64K) {
            return 0;
        }
        if (msr == MTRR_FIX16K || msr == MTRR_FIX16K + 1) {
            return 1 + msr - MTRR_FIX16K;
        }
        return msr >= MTRR_FIX4K && msr < MTRR_FIX4K + 8 ? 3 + msr - MTRR_FIX4K : -1;
    }

    private static boolean memoryType(long type) {
        return type <= 6 && type != 2 && type != 3;
    }

    /** Registers of power, thermal and performance machinery that this processor does not have, probed by systems all the same. */
    private static boolean readsZero(Cpu c, int msr) {
        if (c.model.intel()) {
            return switch (msr) {
                // machine-check address and type of the P5, power-on configuration, package C-states and power control, PERF_STATUS,
                // PERF_CTL, clock modulation, thermal interrupt and status, energy bias, last-branch record of the P6
                case 0, 1, 0x2A, 0xE2, 0x198, 0x199, 0x19A, 0x19B, 0x19C, 0x1B0, 0x1B1, 0x1B2, 0x1DB, 0x1DC, 0x1FC -> true;
                default -> false;
            };
        }
        return switch (msr) {
            // SYSCFG, HWCR, NB_CFG, interrupt pending
            case 0xC0010010, 0xC0010015, 0xC001001F, 0xC0010055 -> true;
            // LS_CFG, IC_CFG, DC_CFG, DE_CFG, BU_CFG2, EX_CFG, BP_CFG: systems on the bare machine switch off there what errata of such processors name, Xen without expecting a fault
            case 0xC0011020, 0xC0011021, 0xC0011022, 0xC0011029, 0xC001102A, 0xC001102C, 0xC001102E -> true;
            // performance counters of the K7, which count where the six of newer processors are
            default -> msr >= 0xC0010000 && msr <= 0xC0010007;
        };
    }

    /** Whether IA32_S_CET may hold a value. */
    public static boolean supervisorCetValid(CpuModel m, long v) {
        return CetMsrs.valid(m, CetMsrs.S_CET, v);
    }

    /** Whether IA32_SPEC_CTRL is there. */
    private static boolean speculationControl(CpuModel m) {
        return m.has(Feature.IBRS) || m.has(Feature.AMD_IBRS) || m.has(Feature.AMD_STIBP) || m.has(Feature.AMD_SSBD);
    }

    /** Bits of IA32_SPEC_CTRL: IBRS and STIBP, which processors take with either, SSBD, and BHI_DIS_S. */
    private static long speculationControls(CpuModel m) {
        return 3 | (m.has(Feature.SSBD) || m.has(Feature.AMD_SSBD) ? 1 << 2 : 0) | (m.has(Feature.BHI_CTRL) ? 1 << 10 : 0);
    }

    /** The feature that registers of all processors of today belong to; null for all others. */
    private static Feature owner(Cpu c, int msr) {
        return switch (msr) {
            case APIC_BASE -> Feature.APIC;
            case SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP -> Feature.SEP;
            case PAT -> Feature.PAT;
            case MTRR_CAP, MTRR_DEF_TYPE -> Feature.MTRR;
            case MCG_CAP, MCG_STATUS -> Feature.MCA;
            case STAR, LSTAR, CSTAR, FMASK -> Feature.SYSCALL;
            case FS_BASE, GS_BASE, KERNEL_GS_BASE -> Feature.LM;
            default -> msr >= MTRR_PHYS && msr < MTRR_PHYS + 16 || fixedMtrr(msr) >= 0 ? Feature.MTRR
                    : msr >= MC0 && msr < MC0 + c.machineCheck.length || controlsCorrectedErrors(c, msr) ? Feature.MCA : null;
        };
    }

    private static void requireOwner(Cpu c, int msr) {
        Feature owner = owner(c, msr);
        check(c, owner == null || c.model.has(owner));
    }

    private static long requires(Cpu c, Feature f, long value) {
        check(c, c.model.has(f));
        return value;
    }

    private static long intel(Cpu c, long value) {
        check(c, c.model.intel());
        return value;
    }

    private static long canonical(Cpu c, long v) {
        check(c, Canonical.register(c.model, v));
        return v;
    }

    private static void check(Cpu c, boolean ok) {
        if (!ok) {
            throw c.gp();
        }
    }
}
