package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.InstructionOperands;

/**
 * How VMX tells of instructions: basic exit reason (SDM vol. 3D, appendix C) and VM-exit instruction information (SDM vol. 3C, 28.2.5,
 * tables 28-9 to 28-14).
 */
final class ExitInformation {

    private static final int REGISTER_OPERAND = 1 << 10;
    private static final int WIDE_OPERAND = 1 << 11;

    private ExitInformation() {}

    static int reason(Intercept what) {
        return switch (what) {
            case CPUID -> ExitReason.CPUID;
            case HLT -> ExitReason.HLT;
            case INVD -> ExitReason.INVD;
            case WBINVD -> ExitReason.WBINVD;
            case INVLPG -> ExitReason.INVLPG;
            case INVPCID -> ExitReason.INVPCID;
            case RDPMC -> ExitReason.RDPMC;
            case RDTSC -> ExitReason.RDTSC;
            case RDTSCP -> ExitReason.RDTSCP;
            case MONITOR -> ExitReason.MONITOR;
            case MWAIT -> ExitReason.MWAIT;
            case UMWAIT -> ExitReason.UMWAIT;
            case TPAUSE -> ExitReason.TPAUSE;
            case PAUSE -> ExitReason.PAUSE;
            case XSETBV -> ExitReason.XSETBV;
            case XSAVES -> ExitReason.XSAVES;
            case XRSTORS -> ExitReason.XRSTORS;
            case RDRAND -> ExitReason.RDRAND;
            case RDSEED -> ExitReason.RDSEED;
            case SGDT, SIDT, LGDT, LIDT -> ExitReason.GDTR_IDTR;
            case SLDT, STR, LLDT, LTR -> ExitReason.LDTR_TR;
            case INVEPT -> ExitReason.INVEPT;
            case INVVPID -> ExitReason.INVVPID;
            case VMCALL -> ExitReason.VMCALL;
            case VMCLEAR -> ExitReason.VMCLEAR;
            case VMLAUNCH -> ExitReason.VMLAUNCH;
            case VMPTRLD -> ExitReason.VMPTRLD;
            case VMPTRST -> ExitReason.VMPTRST;
            case VMREAD -> ExitReason.VMREAD;
            case VMRESUME -> ExitReason.VMRESUME;
            case VMWRITE -> ExitReason.VMWRITE;
            case VMXOFF -> ExitReason.VMXOFF;
            case VMXON -> ExitReason.VMXON;
            case VMFUNC -> ExitReason.VMFUNC;
            // none of VT-x's
            case UMONITOR, PUSHF, POPF, IRET, RSM, SMSW, RDPRU, VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, INVLPGA -> throw new IllegalArgumentException(what.name());
        };
    }

    /** Instruction information; 0 for instructions that have none. */
    static int of(Intercept what, InstructionOperands d) {
        return switch (what) {
            case SGDT -> table(d, 0);
            case SIDT -> table(d, 1);
            case LGDT -> table(d, 2);
            case LIDT -> table(d, 3);
            case SLDT -> registerOrMemory(d) | 0;
            case STR -> registerOrMemory(d) | 1 << 28;
            case LLDT -> registerOrMemory(d) | 2 << 28;
            case LTR -> registerOrMemory(d) | 3 << 28;
            case VMREAD, VMWRITE -> registerOrMemory(d) | d.reg() << 28;
            case INVPCID, INVEPT, INVVPID -> address(d) | d.reg() << 28;
            case VMCLEAR, VMPTRLD, VMPTRST, VMXON, XSAVES, XRSTORS -> address(d);
            case RDRAND, RDSEED, UMWAIT, TPAUSE -> random(d);
            default -> 0;
        };
    }

    /** Qualification: the displacement, of instructions that have instruction information and a memory operand. */
    static long displacement(Intercept what, InstructionOperands d) {
        return switch (what) {
            case SGDT, SIDT, LGDT, LIDT, SLDT, STR, LLDT, LTR, VMREAD, VMWRITE, INVPCID, INVEPT, INVVPID, VMCLEAR, VMPTRLD, VMPTRST, VMXON, XSAVES, XRSTORS ->
                    d.memory() ? d.displacement() : 0;
            default -> 0;
        };
    }

    /** Information of INS and OUTS: address size and segment (table 28-8). */
    static int string(InstructionOperands d, int segment) {
        return size(d) | segment << 15;
    }

    /** Address size in bits 9:7. */
    private static int size(InstructionOperands d) {
        return (d.addressSize() == 16 ? 0 : d.addressSize() == 32 ? 1 : 2) << 7;
    }

    /** Address part, in all formats at the same bits: scaling, address size, segment, index, base. */
    private static int address(InstructionOperands d) {
        int info = d.scale() | size(d) | d.segment() << 15;
        info |= d.index() == Cpu.ZERO ? 1 << 22 : d.index() << 18;
        info |= d.base() == Cpu.ZERO ? 1 << 27 : d.base() << 23;
        return info;
    }

    private static int table(InstructionOperands d, int which) {
        return address(d) | (d.operandSize() == 16 ? 0 : WIDE_OPERAND) | which << 28;
    }

    /** Operand register in bits 6:3, operand size in bits 12:11 (table 28-12). */
    private static int random(InstructionOperands d) {
        return d.rm() << 3 | (d.operandSize() == 16 ? 0 : d.operandSize() == 32 ? 1 : 2) << 11;
    }

    private static int registerOrMemory(InstructionOperands d) {
        return d.memory() ? address(d) : REGISTER_OPERAND | d.rm() << 3;
    }
}
