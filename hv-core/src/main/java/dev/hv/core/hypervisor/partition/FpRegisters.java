package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.instructions.XsaveImage;
import dev.hv.cpu.state.Cpu;

/** The x87 registers and MXCSR by their TLFS names (HV_X64_FP_CONTROL_STATUS_REGISTER, HV_X64_XMM_CONTROL_STATUS_REGISTER). */
final class FpRegisters {

    private static final int FSW_SHIFT = 16;
    private static final int TAGS_SHIFT = 32;
    private static final int FOP_SHIFT = 48;
    private static final int FOP = 0x7FF;
    private static final int MXCSR_MASK = 0xFFFF;

    private FpRegisters() {}

    private static boolean stack(int name) {
        return name >= HvRegister.FP_MMX0 && name < HvRegister.FP_MMX0 + 8;
    }

    /** Reads a register; null for a name that is none of these. Registers of the stack are named by their physical numbers. */
    static HvRegisterValue get(Cpu c, int name) {
        if (stack(name)) {
            int n = name - HvRegister.FP_MMX0;
            return new HvRegisterValue(c.fpSignificand[n], c.fpSignExp[n] & 0xFFFF);
        }
        return switch (name) {
            case HvRegister.FP_CONTROL_STATUS -> new HvRegisterValue(c.fcw & 0xFFFF | (c.fsw & 0xFFFFL) << FSW_SHIFT | (long) XsaveImage.tags(c) << TAGS_SHIFT | (long) (c.fop & FOP) << FOP_SHIFT, c.fip);
            case HvRegister.XMM_CONTROL_STATUS -> new HvRegisterValue(c.fdp, c.mxcsr() & 0xFFFF_FFFFL | (long) MXCSR_MASK << 32);
            default -> null;
        };
    }

    /** Writes a register; UNKNOWN_REGISTER for a name that is none of these. */
    static HvStatus set(Cpu c, int name, HvRegisterValue value) {
        long low = value.low();
        if (stack(name)) {
            int n = name - HvRegister.FP_MMX0;
            c.fpSignificand[n] = low;
            c.fpSignExp[n] = (int) value.high() & 0xFFFF;
            return HvStatus.SUCCESS;
        }
        switch (name) {
            case HvRegister.FP_CONTROL_STATUS -> {
                c.fcw = (int) low & 0x1F7F | 0x40;
                c.fsw = (int) (low >>> FSW_SHIFT) & 0xFFFF;
                XsaveImage.setTags(c, (int) (low >>> TAGS_SHIFT) & 0xFF);
                c.fop = (int) (low >>> FOP_SHIFT) & FOP;
                c.fip = value.high();
            }
            case HvRegister.XMM_CONTROL_STATUS -> {
                if ((value.high() & 0xFFFF_FFFFL & ~MXCSR_MASK) != 0) {
                    return HvStatus.INVALID_REGISTER_VALUE;
                }
                c.fdp = low;
                c.mxcsr((int) value.high());
            }
            default -> {
                return HvStatus.UNKNOWN_REGISTER;
            }
        }
        return HvStatus.SUCCESS;
    }
}
