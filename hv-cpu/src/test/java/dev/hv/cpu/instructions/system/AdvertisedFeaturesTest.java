package dev.hv.cpu.instructions.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.instructions.Bare;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model has works, and what it lacks raises #UD or #GP: each feature with an instruction, a control bit or a register, on every model (SDM vol. 2 and 4). */
class AdvertisedFeaturesTest {

    /** An instruction of a feature, with RBX at data. */
    private record Instruction(Feature feature, int... code) {}

    /** A bit of CR4 that is reserved without a feature. */
    private record Bit(Feature feature, long bit) {}

    /** An MSR of a feature, with a value that may be written. */
    private record Register(Feature feature, int msr, long value) {}

    private static final List<Instruction> INSTRUCTIONS = List.of(
            new Instruction(Feature.MONITOR, 0x0F, 0x01, 0xC8), new Instruction(Feature.WAITPKG, 0xF3, 0x0F, 0xAE, 0xF3),
            new Instruction(Feature.RDPRU, 0x0F, 0x01, 0xFD), new Instruction(Feature.MOVDIR64B, 0x66, 0x0F, 0x38, 0xF8, 0x1B),
            new Instruction(Feature.MOVDIRI, 0x0F, 0x38, 0xF9, 0x03), new Instruction(Feature.CLWB, 0x66, 0x0F, 0xAE, 0x33),
            new Instruction(Feature.CLFLUSHOPT, 0x66, 0x0F, 0xAE, 0x3B), new Instruction(Feature.INVPCID, 0x66, 0x0F, 0x38, 0x82, 0x0B),
            new Instruction(Feature.SERIALIZE, 0x0F, 0x01, 0xE8), new Instruction(Feature.RDRAND, 0x0F, 0xC7, 0xF0),
            new Instruction(Feature.RDSEED, 0x0F, 0xC7, 0xF8), new Instruction(Feature.RDPID, 0xF3, 0x0F, 0xC7, 0xF8),
            new Instruction(Feature.RDTSCP, 0x0F, 0x01, 0xF9), new Instruction(Feature.POPCNT, 0xF3, 0x0F, 0xB8, 0xC3),
            new Instruction(Feature.MOVBE, 0x0F, 0x38, 0xF0, 0x03), new Instruction(Feature.ADX, 0x66, 0x0F, 0x38, 0xF6, 0xC3),
            new Instruction(Feature.CX16, 0x48, 0x0F, 0xC7, 0x0B), new Instruction(Feature.SSE3, 0xF2, 0x0F, 0xF0, 0x03),
            new Instruction(Feature.SSSE3, 0x66, 0x0F, 0x38, 0x00, 0xC1), new Instruction(Feature.SSE41, 0x66, 0x0F, 0x38, 0x10, 0xC1),
            new Instruction(Feature.SSE42, 0xF2, 0x0F, 0x38, 0xF0, 0xC3), new Instruction(Feature.AES, 0x66, 0x0F, 0x38, 0xDC, 0xC1),
            new Instruction(Feature.PCLMULQDQ, 0x66, 0x0F, 0x3A, 0x44, 0xC1, 0), new Instruction(Feature.SHA, 0x0F, 0x38, 0xC8, 0xC1),
            new Instruction(Feature.GFNI, 0x66, 0x0F, 0x38, 0xCF, 0xC1), new Instruction(Feature.SSE4A, 0x66, 0x0F, 0x79, 0xC1),
            new Instruction(Feature.XSAVE, 0x0F, 0x01, 0xD0), new Instruction(Feature.XSAVEOPT, 0x0F, 0xAE, 0x33),
            new Instruction(Feature.XSAVEC, 0x0F, 0xC7, 0x23), new Instruction(Feature.XSAVES, 0x0F, 0xC7, 0x2B),
            new Instruction(Feature.AVX, 0xC5, 0xF8, 0x28, 0xC1), new Instruction(Feature.AVX2, 0xC5, 0xFD, 0xFC, 0xC1),
            new Instruction(Feature.FMA, 0xC4, 0xE2, 0x79, 0x98, 0xC1), new Instruction(Feature.F16C, 0xC4, 0xE2, 0x79, 0x13, 0xC1),
            new Instruction(Feature.BMI1, 0xC4, 0xE2, 0x78, 0xF2, 0xC3), new Instruction(Feature.BMI2, 0xC4, 0xE2, 0x78, 0xF5, 0xC3),
            new Instruction(Feature.VAES, 0xC4, 0xE2, 0x7D, 0xDC, 0xC1), new Instruction(Feature.VPCLMULQDQ, 0xC4, 0xE3, 0x7D, 0x44, 0xC1, 0));

    private static final List<Bit> BITS = List.of(new Bit(Feature.DE, 1 << 3), new Bit(Feature.MCE, 1 << 6), new Bit(Feature.PGE, 1 << 7), new Bit(Feature.UMIP, 1 << 11), new Bit(Feature.LA57, 1 << 12), new Bit(Feature.VMX, 1 << 13), new Bit(Feature.FSGSBASE, 1 << 16),
            new Bit(Feature.PCID, 1 << 17), new Bit(Feature.XSAVE, 1 << 18), new Bit(Feature.SMEP, 1 << 20), new Bit(Feature.SMAP, 1 << 21), new Bit(Feature.PKU, 1 << 22),
            new Bit(Feature.SHSTK, 1 << 23), new Bit(Feature.PKS, 1 << 24), new Bit(Feature.LAM, 1 << 28));

    private static final List<Register> REGISTERS = List.of(new Register(Feature.PKS, Msrs.PKRS, 0x55555554L), new Register(Feature.WAITPKG, Msrs.UMWAIT_CONTROL, 100 << 2),
            new Register(Feature.TSC_ADJUST, Msrs.TSC_ADJUST, 5), new Register(Feature.XSAVES, Msrs.XSS, 0), new Register(Feature.SHSTK, 0x6A0, 1), new Register(Feature.SHSTK, 0x6A4, 0x1000),
            new Register(Feature.RDTSCP, Msrs.TSC_AUX, 7), new Register(Feature.IBRS, Msrs.SPEC_CTRL, 1),
            new Register(Feature.MTRR, Msrs.MTRR_DEF_TYPE, 0xC06), new Register(Feature.MTRR, Msrs.MTRR_PHYS, 6), new Register(Feature.MTRR, Msrs.MTRR_FIX4K + 7, 0),
            new Register(Feature.PAT, Msrs.PAT, 0x0007040600070406L), new Register(Feature.MCA, Msrs.MCG_STATUS, 0), new Register(Feature.MCA, Msrs.MC0, -1),
            new Register(Feature.SEP, Msrs.SYSENTER_CS, 8), new Register(Feature.SYSCALL, Msrs.STAR, 8));

    static List<CpuModel> models() {
        List<CpuModel> all = new java.util.ArrayList<>(CpuModels.names().stream().map(CpuModels::parse).toList());
        all.add(CpuModels.parse("amd,+la57,+shstk,+monitor"));
        all.add(CpuModels.parse("intel,-mtrr,-pat,-mca,-mce,-sep,-de,-pge,-bhi-ctrl,-ssbd"));
        all.add(CpuModels.parse("amd,-mtrr,-pat,-mca,-mce,-sep,-de,-pge"));
        return all;
    }

    private static Bare machine(CpuModel model) {
        Bare m = Bare.mode64(model);
        Cpu c = m.c;
        c.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        if (model.has(Feature.XSAVE)) {
            c.cr4 |= Control.CR4_OSXSAVE;
            c.xcr0 = model.has(Feature.AVX) ? 7 : 3;
        }
        c.gpr(Cpu.RAX, Bare.DATA);
        c.gpr(Cpu.RBX, Bare.DATA);
        c.gpr(Cpu.RCX, 0);
        c.gpr(Cpu.RDX, 0);
        Modes.update(c);
        return m;
    }

    /** Vector of an instruction's fault, or -1. */
    private static int fault(Bare m) {
        try {
            m.step();
            return -1;
        } catch (GuestFault f) {
            return f.vector;
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void instructions(CpuModel model) {
        for (Instruction i : INSTRUCTIONS) {
            int fault = fault(machine(model).code(i.code));
            if (model.has(i.feature)) {
                assertThat(fault).as(model.name() + " has " + i.feature).isEqualTo(-1);
            } else {
                assertThat(fault).as(model.name() + " is without " + i.feature).isEqualTo(Vector.UD);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void controlBits(CpuModel model) {
        for (Bit b : BITS) {
            Bare m = machine(model);
            // mov cr4, rax; LA57 changes only with paging off, which is #GP too
            m.c.gpr(Cpu.RAX, m.c.cr4 ^ b.bit);
            int fault = fault(m.code(0x0F, 0x22, 0xE0));
            boolean may = model.has(b.feature) && b.feature != Feature.LA57 && (m.c.cr4 & b.bit) == 0 || b.feature == Feature.SHSTK && model.has(Feature.IBT);
            if (!model.has(b.feature) && !may) {
                assertThat(fault).as(model.name() + " is without " + b.feature).isEqualTo(Vector.GP);
            } else if (may) {
                assertThat(fault).as(model.name() + " has " + b.feature).isEqualTo(-1);
            }
        }
    }

    /** Bits of IA32_SPEC_CTRL that no feature announces are reserved. */
    @ParameterizedTest
    @MethodSource("models")
    void speculationControls(CpuModel model) {
        Cpu c = machine(model).c;
        for (int bit = 0; bit < 64; bit++) {
            boolean may = switch (bit) {
                case 0, 1 -> true;
                case 2 -> model.has(Feature.SSBD) || model.has(Feature.AMD_SSBD);
                case 10 -> model.has(Feature.BHI_CTRL);
                default -> false;
            };
            int fault = -1;
            try {
                Msrs.write(c, Msrs.SPEC_CTRL, 1L << bit);
            } catch (GuestFault f) {
                fault = f.vector;
            }
            assertThat(fault).as(model.name() + " bit " + bit).isEqualTo(may ? -1 : Vector.GP);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void registers(CpuModel model) {
        for (Register r : REGISTERS) {
            Cpu c = machine(model).c;
            int fault = -1;
            try {
                Msrs.write(c, r.msr, r.value);
                assertThat(Msrs.read(c, r.msr)).as(model.name() + " " + r.feature).isEqualTo(r.value);
            } catch (GuestFault f) {
                fault = f.vector;
            }
            boolean has = model.has(r.feature) || r.feature == Feature.IBRS && model.has(Feature.AMD_IBRS);
            assertThat(fault).as(model.name() + " " + r.feature).isEqualTo(has ? -1 : Vector.GP);
        }
    }
}
