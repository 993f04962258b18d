package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.StateLayout;

/** Integer instructions on registers and memory, as machine code. Every method writes the instruction in hand, or leaves it to the interpreter. */
final class IntegerCode {

    private final Emission x;
    private final MemoryAccess memory;
    private final GuestRegisters registers;
    private final FlagKeeper flags;
    private final Cpu c;
    private Step step = Step.WHOLE;

    /** What is written of a shift or rotate by a constant. */
    private enum Step {
        WHOLE,
        /** All but the last bit. */
        FIRST,
        /** The last bit. */
        LAST
    }

    IntegerCode(Emission x, MemoryAccess memory, Cpu c) {
        this.x = x;
        this.memory = memory;
        registers = x.registers;
        flags = x.flags;
        this.c = c;
    }

    /** Operand size of the instruction in hand: that of its first operand. */
    static int size(Effect e, Insn d) {
        return e.byteRm && (e.byteReg || !e.general) ? 8 : d.opSize;
    }

    private int digit() {
        return x.d.modrm >> 3 & 7;
    }

    private boolean keptFlags() {
        return x.needed[x.op + 1];
    }

    /** The guest's instruction with the host's registers. */
    void same() {
        Insn d = x.d;
        Effect e = x.e;
        if (d.isReg && (e.mnemonic.equals("CMPXCHG") || (e.rm & e.reg & Effect.WRITE) != 0 && d.reg == d.rm) || e.shift && d.opSize == 16 && e.mnemonic.length() == 4 && e.mnemonic.startsWith("SH")) {
            x.slow();
            return;
        }
        if (!d.isReg && !(e.general && e.is(Trait.BIT_STRING) ? memory.simpleBitString() : memory.simple())) {
            x.slow();
            return;
        }
        int size = size(e, d);
        if (keptFlags() && undefinedOverflow(d, e)) {
            if (e.mnemonic.length() == 4 && d.isReg && !e.byCl) {
                doubleShift(size);
            } else {
                x.slow();
            }
            return;
        }
        if (keptFlags() && e.byCl) {
            shiftByCl(size);
            return;
        }
        boolean partial = e.writes != 0 && e.writes != Effect.ALL || countMayBeZero();
        boolean reads = e.reads != 0 || partial && keptFlags();
        if (partial && constantZero()) {
            reads = false;
        }
        if (keptFlags() && inSteps(d, e)) {
            // OF is defined behind the last one alone
            step = Step.FIRST;
            encode(size, reads);
            step = Step.LAST;
            encode(size, false);
            step = Step.WHOLE;
            finish(null);
        } else if (encode(size, reads)) {
            if (e.writes != 0 && !(e.shift && constantZero())) {
                finish(recipe(size));
            }
        }
    }

    /** Takes note of the flags that the instruction in hand has set. */
    private void finish(Recipe how) {
        if (x.e.is(Trait.SETS_BUT_ADJUST)) {
            flags.setButAdjust(how);
        } else if (x.e.is(Trait.SETS_SOME)) {
            flags.setSome();
        } else {
            flags.set(how);
        }
    }

    /** Whether an instruction leaves OF undefined, as a shift may, and processors differ in it: it is what the interpreter makes of it. */
    static boolean undefinedOverflow(Insn d, Effect e) {
        return e.shift && (e.byCl || count(d, e) > 1)
                && (e.mnemonic.length() == 4 || !HostEntry.FEATURES.shiftsAlike() && !(d.isReg && (!e.byCl || steps(d, e))) || goesRound(d, e));
    }

    /** Whether a shift by a constant is written as two, the second by one: the host's OF behind it is what the interpreter makes it, as the manuals define. */
    private static boolean inSteps(Insn d, Effect e) {
        return e.shift && !e.byCl && !HostEntry.FEATURES.shiftsAlike() && count(d, e) > 1;
    }

    /** Whether a shift of a register by CL can be: not where CL is shifted itself. */
    private static boolean steps(Insn d, Effect e) {
        return (e.byteRm ? d.byteRegister(d.rm) : d.rm) != Cpu.RCX;
    }

    /** A byte or word rotated through CF by more than its size and one may be what it was: processors that notice leave OF alone. */
    private static boolean goesRound(Insn d, Effect e) {
        return e.mnemonic.startsWith("RC") && size(e, d) < 32;
    }

    /** The count of a shift, when it is a constant. */
    private static int count(Insn d, Effect e) {
        int count = e.operands.endsWith("1") ? 1 : (int) d.imm;
        return count & (size(e, d) == 64 ? 63 : 31);
    }

    /** SHLD or SHRD of a register by a constant above one, whose flags somebody may ask for: OF says whether the sign has changed, as in the interpreter; AF is clear. */
    private void doubleShift(int size) {
        Assembler a = x.code();
        int guest = x.d.rm;
        int h = registers.host(guest);
        registers.load(a, S0, guest);
        a.store(64, StateLayout.TEMPORARY, S0);
        encode(size, false);
        a.move(64, S1, Assembler.RAX);
        a.bytes(0x9F, 0xB0, 0, 0x80, 0xE4, 0xEF);
        a.store(16, StateLayout.FLAGS, Assembler.RAX);
        a.move(64, Assembler.RAX, S1);
        a.load(64, S0, StateLayout.TEMPORARY);
        if (h >= 0) {
            a.rr(64, 0x31, h, S0);
        } else {
            a.state(64, 0x33, S0, Assembler.field(guest));
        }
        a.shift(64, Assembler.SHR, S0, size - 1);
        a.alu(32, Assembler.AND, S0, 1);
        a.state(8, 0x88, S0, StateLayout.FLAGS);
        flags.drop();
    }

    /** A shift whose flags somebody may ask for: a count of 0 leaves them as they are, AF too, which is clear after any other. */
    private void shiftByCl(int size) {
        Assembler a = x.code();
        flags.toMemory();
        boolean adjusts = x.e.mnemonic.startsWith("S");
        if (HostEntry.FEATURES.shiftsAlike()) {
            encode(size, true);
            a.move(64, S1, Assembler.RAX);
            a.u8(0x9F);
            a.set(Assembler.OVERFLOW, Assembler.RAX);
            if (adjusts) {
                int none = skipIfNone(size);
                a.bytes(0x80, 0xE4, 0xEF);
                a.bindShort(none);
            }
            a.store(16, StateLayout.FLAGS, Assembler.RAX);
            a.move(64, Assembler.RAX, S1);
        } else {
            int none = skipIfNone(size);
            flags.need();
            a.store(64, StateLayout.TEMPORARY, Assembler.RCX);
            a.lea(32, Assembler.RCX, Assembler.RCX, -1);
            encode(size, false);
            step = Step.LAST;
            encode(size, false);
            step = Step.WHOLE;
            finish(null);
            flags.toMemory();
            a.load(64, Assembler.RCX, StateLayout.TEMPORARY);
            int done = a.skip();
            a.bindShort(none);
            if (size == 32) {
                // the upper half of the register is cleared all the same
                encode(size, false);
            }
            a.bindShort(done);
        }
        flags.drop();
    }

    /** Tests the count of a shift by CL. @return a jump for one of 0 */
    private int skipIfNone(int size) {
        x.code().bytes(0xF6, 0xC1, size == 64 ? 63 : 31);
        return x.code().skipIf(Assembler.EQUAL);
    }

    private boolean constantZero() {
        return x.e.shift && !x.e.byCl && count(x.d, x.e) == 0;
    }

    private boolean countMayBeZero() {
        return x.e.shift && (x.e.byCl || count(x.d, x.e) == 0);
    }

    /**
     * Writes the instruction with its operands' places; false when it was left to the interpreter.
     *
     * @param reads whether the flags must be the host's before it
     */
    boolean encode(int size, boolean reads) {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        int highReg = e.byteReg && d.byteShift(d.reg) != 0 ? d.byteRegister(d.reg) : -1;
        int highRm = e.byteRm && d.isReg && d.byteShift(d.rm) != 0 ? d.byteRegister(d.rm) : -1;
        if (highReg >= 0 || highRm >= 0) {
            return high(size, reads, highReg, highRm);
        }
        return encode(size, reads, d.reg, d.rm, false);
    }

    /** With AH … BH: as they are where no REX is needed, else exchanged with AL … BL meanwhile. */
    private boolean high(int size, boolean reads, int highReg, int highRm) {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        if (d.isReg && e.mandatory == 0) {
            boolean regFits = !e.general || (e.byteReg ? highReg >= 0 || d.reg < 4 : d.reg < 8 && d.reg != Cpu.RSP);
            boolean rmFits = e.byteRm ? highRm >= 0 || d.rm < 4 : d.rm < 8 && d.rm != Cpu.RSP;
            if (regFits && rmFits) {
                ready(reads);
                if (size == 16) {
                    a.u8(0x66);
                }
                opcode(a, e.map, opcode());
                a.u8(0xC0 | (e.general ? d.reg : digit()) << 3 | d.rm);
                immediate(a);
                return true;
            }
        }
        int swapped = highReg >= 0 ? highReg : highRm;
        int other = highReg >= 0 ? d.isReg ? e.byteRm ? d.byteRegister(d.rm) : d.rm : -1 : e.general ? e.byteReg ? d.byteRegister(d.reg) : d.reg : -1;
        if (other == swapped || highReg >= 0 && highRm >= 0 || e.is(Trait.EXCHANGE)) {
            x.slow();
            return false;
        }
        // XCHG of registers leaves flags alone, but the address must be formed before
        return encode(size, reads, highReg >= 0 ? highReg : d.reg, highRm >= 0 ? highRm : d.rm, true);
    }

    /** The opcode; 82, an alias of 80, is invalid in 64-bit mode, where the host is. */
    private int opcode() {
        if (step == Step.LAST) {
            return 0xD0 | x.d.opcode & 1;
        }
        return x.e.map == 0 && x.d.opcode == 0x82 ? 0x80 : x.d.opcode;
    }

    private static void opcode(Assembler a, int map, int opcode) {
        if (map != 0) {
            a.u8(0x0F);
            if (map > 1) {
                a.u8(map == 2 ? 0x38 : 0x3A);
            }
        }
        a.u8(opcode);
    }

    private void ready(boolean reads) {
        if (reads) {
            if (x.e.mnemonic.equals("INC") || x.e.mnemonic.equals("DEC")) {
                flags.needCarry();
            } else {
                flags.need();
            }
        }
    }

    private void swap(int register, boolean really) {
        if (really) {
            // XCHG rL, rH
            x.code().bytes(0x86, 0xC0 | register + 4 << 3 | register);
        }
    }

    private boolean encode(int size, boolean reads, int guestReg, int guestRm, boolean swap) {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        int rmBytes = e.rmBytes != 0 ? e.rmBytes : size / 8;
        int swapped = !swap ? -1 : e.byteReg && d.byteShift(d.reg) != 0 ? guestReg : guestRm;
        if (!d.isReg) {
            if (reads) {
                flags.clobberForUse();
            }
            if (e.general && e.is(Trait.BIT_STRING)) {
                memory.bitString((e.rm & Effect.WRITE) != 0);
            } else {
                memory.operand(rmBytes, (e.rm & Effect.WRITE) != 0, 0, swap);
            }
        }
        ready(reads);
        swap(swapped, swap);
        int reg;
        boolean storeReg = false;
        if (e.general) {
            reg = registers.host(guestReg);
            int copy = reg >= 0 || (e.reg & Effect.WRITE) != 0 || !d.isReg || registers.host(guestRm) < 0 ? -1 : a.copyOf(Assembler.field(guestReg));
            if (copy >= 0) {
                reg = copy;
            } else if (reg < 0) {
                reg = S1;
                if ((e.reg & Effect.READ) != 0 || size < 32) {
                    a.load(64, S1, Assembler.field(guestReg));
                }
                storeReg = (e.reg & Effect.WRITE) != 0;
            }
        } else {
            reg = digit();
        }
        boolean byteReg = e.byteReg && reg >= 4;
        int opcode = opcode();
        if (!d.isReg) {
            if (d.lock && c.parallel) {
                a.u8(0xF0);
            }
            a.memory(size, e.mandatory, e.map, opcode, reg, memory.found, byteReg);
            immediate(a);
        } else {
            int rm = registers.host(guestRm);
            boolean byteRm = e.byteRm && rm >= 4;
            boolean storeRm = false;
            // a bit number in a register selects memory beyond the operand, where that is memory
            boolean bits = e.general && e.is(Trait.BIT_STRING);
            int copy = rm < 0 && (e.rm & Effect.WRITE) == 0 ? a.copyOf(Assembler.field(guestRm)) : -1;
            if (copy >= 0 && !storeReg) {
                int from = a.position();
                a.registers(size, e.mandatory, e.map, opcode, reg, copy, byteReg || e.byteRm);
                immediate(a);
                a.kept(from);
            } else if (rm < 0 && !bits && ((e.rm & Effect.WRITE) == 0 || size != 32)) {
                a.state(size, e.mandatory, e.map, opcode, reg, Assembler.field(guestRm));
                immediate(a);
            } else {
                if (rm < 0) {
                    rm = S0;
                    if ((e.rm & Effect.READ) != 0) {
                        a.load(64, S0, Assembler.field(guestRm));
                    }
                    storeRm = (e.rm & Effect.WRITE) != 0;
                }
                int from = a.position();
                a.registers(size, e.mandatory, e.map, opcode, reg, rm, byteReg || byteRm);
                immediate(a);
                if (!storeReg && rm != Assembler.S0) {
                    a.kept(from);
                }
                if (storeRm) {
                    a.store(64, Assembler.field(guestRm), S0);
                }
            }
        }
        if (storeReg) {
            a.store(64, Assembler.field(guestReg), reg);
        }
        swap(swapped, swap);
        return true;
    }

    private void immediate(Assembler a) {
        Insn d = x.d;
        String o = x.e.operands;
        if (step == Step.LAST) {
            return;
        }
        if (step == Step.FIRST) {
            a.u8(count(d, x.e) - 1);
        } else if (o.endsWith("Ib") || o.endsWith("Ibs")) {
            a.u8((int) d.imm);
        } else if (o.endsWith("Iz")) {
            a.immediate(Math.min(4, d.opSize / 8), d.imm);
        }
    }

    /** How to make the flags again that the instruction in hand has just set; null when that takes more than its registers. */
    private Recipe recipe(int size) {
        Insn d = x.d;
        Effect e = x.e;
        boolean highByte = e.byteReg && d.byteShift(d.reg) != 0 || e.byteRm && d.byteShift(d.rm) != 0;
        if (!d.isReg || highByte || e.map != 0) {
            return null;
        }
        boolean toReg = e.operands.startsWith("G");
        int first = toReg ? d.reg : d.rm;
        int second = !e.general ? Recipe.IMMEDIATE : toReg ? d.rm : d.reg;
        return switch (e.mnemonic) {
            case "CMP" -> new Recipe(Recipe.Kind.COMPARE, size, first, second, (int) d.imm);
            case "TEST" -> new Recipe(Recipe.Kind.TEST, size, first, second, (int) d.imm);
            case "AND", "OR", "XOR" -> new Recipe(Recipe.Kind.TEST, size, first, first, 0);
            case "ADD" -> size < 32 || first == second ? null : new Recipe(Recipe.Kind.ADD, size, first, second, (int) d.imm);
            case "SUB" -> size < 32 || first == second ? null : new Recipe(Recipe.Kind.SUBTRACT, size, first, second, (int) d.imm);
            case "NEG" -> size < 32 ? null : new Recipe(Recipe.Kind.NEGATE, size, first, Recipe.IMMEDIATE, 0);
            default -> null;
        };
    }

    /** Instructions on the accumulator, RDX and flags alone. */
    void implicit() {
        Insn d = x.d;
        Effect e = x.e;
        Assembler a = x.code();
        int size = e.operands.startsWith("Ab") ? 8 : d.opSize;
        if (e.reads != 0 || e.writes != 0 && e.writes != Effect.ALL && keptFlags()) {
            flags.need();
        }
        boolean flagsOnly = e.operands.startsWith("X");
        if (size == 16 && !flagsOnly) {
            a.u8(0x66);
        }
        if (size == 64 && !flagsOnly) {
            a.u8(0x48);
        }
        a.u8(d.opcode);
        if (size == 8) {
            a.u8((int) d.imm);
        } else if (e.operands.endsWith("Iz")) {
            a.immediate(Math.min(4, size / 8), d.imm);
        }
        if (e.writes != 0) {
            finish(switch (e.mnemonic) {
                case "CMP" -> new Recipe(Recipe.Kind.COMPARE, size, Cpu.RAX, Recipe.IMMEDIATE, (int) d.imm);
                case "TEST" -> new Recipe(Recipe.Kind.TEST, size, Cpu.RAX, Recipe.IMMEDIATE, (int) d.imm);
                case "AND", "OR", "XOR" -> new Recipe(Recipe.Kind.TEST, size, Cpu.RAX, Cpu.RAX, 0);
                default -> null;
            });
        }
    }

    /** INC and DEC with the register in the opcode, outside 64-bit mode. */
    void step() {
        Insn d = x.d;
        Assembler a = x.code();
        if (keptFlags()) {
            flags.needCarry();
        }
        int h = registers.host(d.opcodeRegister());
        a.registers(d.opSize, 0, 0, 0xFF, x.e.mnemonic.equals("INC") ? 0 : 1, h, false);
        flags.set(null);
    }
}
