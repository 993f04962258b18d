package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.instructions.FpControl;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;

/**
 * x87: the guest's instruction on the host's register stack, which has the guest's state while {@link StateLayout#X87_HELD} says so. All exceptions
 * are masked then, stack faults included, so what an instruction does is what the host's processor does. Where the last one stood, and its operand,
 * are noted beside it: the host's own pointers would name machine code.
 */
final class X87Code {

    private static final int FLDCW = 5;

    private final Emission x;
    private final MemoryAccess memory;

    X87Code(Emission x, MemoryAccess memory) {
        this.x = x;
        this.memory = memory;
    }

    /** Whether there is code for a mnemonic with the x87 attribute: not for state images, decimals, and what processors differ in or do slowly anyway. */
    static boolean known(String mnemonic) {
        return switch (mnemonic) {
            case "FADD", "FADDP", "FIADD", "FMUL", "FMULP", "FIMUL", "FSUB", "FSUBP", "FISUB", "FSUBR", "FSUBRP", "FISUBR", "FDIV", "FDIVP", "FIDIV", "FDIVR", "FDIVRP", "FIDIVR", "FSQRT", "FRNDINT", "FABS", "FCHS",
                "FCOM", "FCOMP", "FCOMPP", "FICOM", "FICOMP", "FUCOM", "FUCOMP", "FUCOMPP", "FTST", "FXAM", "FCOMI", "FCOMIP", "FUCOMI", "FUCOMIP",
                "FLD", "FILD", "FLD1", "FLDL2T", "FLDL2E", "FLDPI", "FLDLG2", "FLDLN2", "FLDZ", "FXCH", "FFREE", "FDECSTP", "FINCSTP", "FNOP",
                "FST", "FSTP", "FIST", "FISTP", "FISTTP", "FLDCW", "FNSTCW", "FNSTSW", "FWAIT" -> true;
            default -> mnemonic.startsWith("FCMOV");
        };
    }

    /** Writes the instruction in hand. */
    void write() {
        Insn d = x.d;
        boolean operand = d.modrm >= 0 && !d.isReg;
        if (x.e.mnemonic.equals("FWAIT") ? (d.mode & Modes.WAIT_NM) != 0 : (d.mode & Modes.X87_NM) != 0 || (operand ? !memory.simple() : alias(d))) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        x.flags.clobber();
        x.block.x87 = true;
        x.x87();
        if (operand) {
            memory(d);
        } else if (d.modrm >= 0) {
            if (x.e.reads != 0) {
                x.flags.need();
            }
            a.bytes(d.opcode, d.modrm);
        }
        if (!control()) {
            pointers(d, operand);
        }
        if (x.e.writes != 0) {
            x.flags.set(null);
        }
    }

    /** Another encoding of a common instruction, which manuals do not list. */
    private static boolean alias(Insn d) {
        int reg = d.modrm >> 3 & 7;
        return switch (d.opcode) {
            case 0xD9 -> reg == 3;
            case 0xDC -> reg == 2 || reg == 3;
            case 0xDD -> reg == 1;
            case 0xDE -> reg == 2;
            case 0xDF -> reg < 4;
            default -> false;
        };
    }

    /** Instructions that leave the pointers alone. */
    private boolean control() {
        return switch (x.e.mnemonic) {
            case "FLDCW", "FNSTCW", "FNSTSW", "FWAIT", "FNOP" -> true;
            default -> false;
        };
    }

    private void memory(Insn d) {
        Assembler a = x.code();
        int operation = d.modrm >> 3 & 7;
        boolean writes = (d.opcode & 1) != 0 && switch (operation) {
            case 1, 2, 3 -> true;
            case 7 -> true;
            default -> false;
        };
        memory.operand(bytes(d.opcode, operation), writes, 0, false);
        if (d.opcode == 0xD9 && operation == FLDCW) {
            // exceptions that are not masked are the interpreter's
            a.memory(32, 0, 1, 0xB7, S1, memory.found, false);
            a.rr(32, 0xF7, 2, S1);
            a.registers(32, 0, 0, 0xF7, 0, S1, false);
            a.u32(FpControl.EXCEPTIONS);
            x.slowIf(Assembler.NOT_EQUAL);
        }
        a.memory(32, 0, 0, d.opcode, operation, memory.found, false);
    }

    /** Bytes of a memory operand, by opcode and ModRM.reg. */
    private static int bytes(int opcode, int operation) {
        return switch (opcode) {
            case 0xD8, 0xDA -> 4;
            case 0xD9 -> operation == FLDCW || operation == 7 ? 2 : 4;
            case 0xDB -> operation >= 5 ? 10 : 4;
            case 0xDC -> 8;
            case 0xDD -> operation == 7 ? 2 : 8;
            case 0xDE -> 2;
            default -> operation >= 5 ? 8 : 2;
        };
    }

    private void pointers(Insn d, boolean operand) {
        Assembler a = x.code();
        if (operand) {
            memory.effective(d.addrSize, S0);
            a.store(64, StateLayout.X87_FDP, S0);
            a.state(32, 0xC7, 0, StateLayout.X87_SEGMENT);
            a.u32(d.seg);
        }
        a.state(32, 0xC7, 0, StateLayout.X87_FOP);
        a.u32((d.opcode & 7) << 8 | d.modrm & 0xFF);
        if ((int) d.rip == d.rip) {
            a.state(64, 0xC7, 0, StateLayout.X87_FIP);
            a.u32((int) d.rip);
        } else {
            a.constant(S0, d.rip);
            a.store(64, StateLayout.X87_FIP, S0);
        }
    }
}
