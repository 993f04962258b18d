package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.instructions.SystemCalls;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.StateLayout;
import dev.hv.cpu.state.Tlb;

/**
 * System instructions where they have no side effects: CLI, STI, PUSHF, CLD, STD, STAC, CLAC, SWAPGS, RDPKRU, MOV from CR2, SYSCALL and SYSRET.
 * Segment registers lie in fields of Java: what becomes of them is done when machine code leaves ({@link SystemCalls#settle}).
 */
final class SystemCode {

    /** SF ZF AF PF CF. */
    private static final int LOW_FLAGS = Rflags.ARITHMETIC & 0xFF;
    /** What SYSCALL is to clear, so that nothing else changes with it. */
    private static final int MASKED = (int) (Rflags.IF | Rflags.TF | Rflags.AC);
    private static final int MOV_FROM_CONTROL = 0x20;
    /** Where SYSCALL leaves the flags. */
    private static final int RETURN_FLAGS = 11;
    /** The bits of a context that tell the access mode, and where they lie in the fetch key. */
    private static final int MODE = 3;
    private static final int BYTE_OF_LEVEL = StateLayout.FETCH_KEY + 2;

    private final Emission x;
    private final MemoryAccess memory;
    private final Cpu c;

    SystemCode(Emission x, MemoryAccess memory, Cpu c) {
        this.x = x;
        this.memory = memory;
        this.c = c;
    }

    private boolean code64() {
        return (x.d.mode & Modes.CODE64) != 0;
    }

    /** The x87 state names the code segment of its last instruction: it goes back to Java before another comes. Destroys flags. */
    private void leaveWithX87() {
        x.code().compareByte(StateLayout.X87_HELD, 0);
        x.slowIf(Assembler.NOT_EQUAL);
    }

    /** TEST of a byte of the state. */
    private void test(int field, int bits) {
        Assembler a = x.code();
        a.state(8, 0xF6, 0, field);
        a.u8(bits);
    }

    /** CLI of the supervisor. An interrupt shadow never lasts until here: the instruction in it is executed alone. */
    void clearInterrupts() {
        if (!code64()) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        x.flags.clobber();
        leaveUnlessSupervisor();
        a.state(32, 0x81, Assembler.AND, StateLayout.RFLAGS);
        a.u32(~Rflags.IF);
        a.load(32, S0, StateLayout.CLI_MASK);
        a.state(32, 0x21, S0, StateLayout.EVENT_MASK);
    }

    /**
     * STI where none of the events is pending that it lets in.
     *
     * @param stays machine code runs the next instruction to its end: nobody can see that events are blocked until then
     */
    void setInterrupts(boolean stays) {
        if (!code64()) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        x.flags.clobber();
        leaveUnlessSupervisor();
        test(StateLayout.RFLAGS + 1, Rflags.IF >> 8);
        if (!stays) {
            x.slowIf(Assembler.EQUAL);
            return;
        }
        int enabled = a.skipIf(Assembler.NOT_EQUAL);
        letInterruptsIn();
        change(Assembler.OR, StateLayout.RFLAGS + 1, Rflags.IF >> 8);
        a.bindShort(enabled);
    }

    /** Has the mask of events let interrupts in; leaves to the interpreter when an event is pending then. Destroys S1 and flags. */
    private void letInterruptsIn() {
        Assembler a = x.code();
        a.load(32, S1, StateLayout.EVENT_MASK);
        a.alu(32, Assembler.OR, S1, Cpu.EVENT_INTERRUPT);
        a.state(32, 0x85, S1, StateLayout.EVENTS);
        x.slowIf(Assembler.NOT_EQUAL);
        a.store(32, StateLayout.EVENT_MASK, S1);
    }

    /** PUSHF of 64 bits. */
    void pushFlags() {
        Insn d = x.d;
        if (!code64() || d.opSize != 64 || (d.mode & Modes.PUSHF_EXITS) != 0) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        image();
        a.store(64, StateLayout.TEMPORARY, S0);
        memory.stack(-8, 8, true);
        a.load(64, S1, StateLayout.TEMPORARY);
        a.memory(64, 0, 0, 0x89, S1, memory.found, false);
        a.lea(64, Assembler.R11, Assembler.R11, -8);
    }

    /** RFLAGS as software sees it, but for VM and RF, into S0. */
    private void image() {
        Assembler a = x.code();
        x.flags.toMemory();
        // SF ZF AF PF CF stand in AH as in RFLAGS
        a.state(32, 0, 1, 0xB6, S0, StateLayout.FLAGS + 1);
        a.alu(32, Assembler.AND, S0, LOW_FLAGS);
        a.state(32, 0, 1, 0xB6, S1, StateLayout.FLAGS);
        a.shift(32, Assembler.SHL, S1, 11);
        a.rr(32, 0x09, S1, S0);
        a.load(32, S1, StateLayout.RFLAGS);
        a.alu(32, Assembler.AND, S1, (int) ~(Rflags.VM | Rflags.RF));
        a.rr(32, 0x09, S1, S0);
    }

    /** RFLAGS becomes S0, which has neither VM nor RF. */
    private void split() {
        Assembler a = x.code();
        a.move(32, S1, S0);
        a.alu(32, Assembler.AND, S1, LOW_FLAGS);
        a.state(8, 0x88, S1, StateLayout.FLAGS + 1);
        a.move(32, S1, S0);
        a.shift(32, Assembler.SHR, S1, 11);
        a.alu(32, Assembler.AND, S1, 1);
        a.state(8, 0x88, S1, StateLayout.FLAGS);
        a.alu(32, Assembler.AND, S0, ~Rflags.ARITHMETIC);
        a.alu(32, Assembler.OR, S0, Rflags.FIXED);
        a.store(64, StateLayout.RFLAGS, S0);
    }

    private void leaveUnlessSupervisor() {
        x.code().compareByte(StateLayout.CPL, 0);
        x.slowIf(Assembler.NOT_EQUAL);
    }

    /** Changes a byte of the state. */
    private void change(int operation, int field, int bits) {
        Assembler a = x.code();
        a.state(8, 0x80, operation, field);
        a.u8(bits);
    }

    /** CLD and STD. */
    void direction(boolean down) {
        x.flags.clobber();
        int byteOfDf = StateLayout.RFLAGS + 1;
        change(down ? Assembler.OR : Assembler.AND, byteOfDf, down ? Rflags.DF >> 8 : ~(Rflags.DF >> 8) & 0xFF);
    }

    /** STAC and CLAC: the context says whether pages of level 3 may be touched. */
    void alignmentCheck(boolean set) {
        if (!code64()) {
            x.slow();
            return;
        }
        x.flags.clobber();
        leaveUnlessSupervisor();
        int byteOfAc = StateLayout.RFLAGS + 2;
        int ac = (int) Rflags.AC >> 16;
        change(set ? Assembler.OR : Assembler.AND, byteOfAc, set ? ac : ~ac & 0xFF);
        change(set ? Assembler.OR : Assembler.AND, StateLayout.CTX, set ? Tlb.SUPERVISOR_AC : ~Tlb.SUPERVISOR_AC & 0xFF);
    }

    /** SWAPGS. The base in the segment register follows when machine code leaves. */
    void swapGs() {
        if (!code64()) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        int base = StateLayout.SEG_BASE + Long.BYTES * Cpu.GS;
        x.flags.clobber();
        leaveUnlessSupervisor();
        a.load(64, S0, base);
        a.load(64, S1, StateLayout.KERNEL_GS);
        a.store(64, StateLayout.KERNEL_GS, S0);
        a.store(64, base, S1);
        change(Assembler.OR, StateLayout.UNSETTLED, SystemCalls.GS_SWAPPED);
    }

    /** RDPKRU. */
    void readKeys() {
        if (!code64()) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        x.flags.clobber();
        a.rr(32, 0x85, Assembler.RCX, Assembler.RCX);
        x.slowIf(Assembler.NOT_EQUAL);
        a.load(64, S0, StateLayout.KEYS);
        a.rr(64, 0x85, S0, S0);
        x.slowIf(Assembler.SIGN);
        a.move(32, Assembler.RAX, S0);
        a.constant(Assembler.RDX, 0);
    }

    /** MOV from CR2, which VT-x lets guests do; moves of other system registers are left to the interpreter. */
    void moveSystemRegister() {
        Insn d = x.d;
        if (!code64() || d.opcode != MOV_FROM_CONTROL || d.reg != 2 || !c.model.intel()) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        x.flags.clobber();
        leaveUnlessSupervisor();
        int h = x.registers.host(d.rm);
        a.load(64, h < 0 ? S1 : h, StateLayout.CR2);
        x.registers.written(a, d.rm, S1);
    }

    /**
     * SYSCALL in 64-bit mode, where the mask clears IF, TF and AC. What segment registers hold follows when machine code leaves.
     *
     * @return whether anything can follow in the block
     */
    boolean call() {
        if (!code64() || (x.d.mode & Modes.CET) != 0) {
            x.slow();
            return true;
        }
        Assembler a = x.code();
        x.flags.toMemory();
        a.compareByte(StateLayout.SYSTEM_CALLS, 0);
        x.slowIf(Assembler.EQUAL);
        leaveWithX87();
        a.load(32, S0, StateLayout.FMASK);
        a.alu(32, Assembler.AND, S0, MASKED);
        a.alu(32, Assembler.CMP, S0, MASKED);
        x.slowIf(Assembler.NOT_EQUAL);
        image();
        a.store(64, Assembler.field(RETURN_FLAGS), S0);
        a.constant(Assembler.RCX, x.d.nextRip());
        a.load(32, S1, StateLayout.FMASK);
        a.rr(32, 0xF7, 2, S1);
        a.rr(32, 0x21, S1, S0);
        split();
        a.load(32, S0, StateLayout.CLI_MASK);
        a.state(32, 0x21, S0, StateLayout.EVENT_MASK);
        change(Assembler.AND, StateLayout.CTX, ~MODE & 0xFF);
        change(Assembler.AND, BYTE_OF_LEVEL, ~Tlb.USER & 0xFF);
        a.state(8, 0xC6, 0, StateLayout.CPL);
        a.u8(0);
        change(Assembler.OR, StateLayout.UNSETTLED, SystemCalls.CALLED);
        a.load(64, S0, StateLayout.LSTAR);
        x.dispatch();
        return false;
    }

    /**
     * SYSRET to 64-bit code with interrupts enabled and none pending, without TF and AC.
     *
     * @return whether anything can follow in the block
     */
    boolean sysret() {
        if (!code64() || x.d.opSize != 64 || (x.d.mode & Modes.CET) != 0) {
            x.slow();
            return true;
        }
        Assembler a = x.code();
        x.flags.toMemory();
        a.compareByte(StateLayout.SYSTEM_CALLS, 0);
        x.slowIf(Assembler.EQUAL);
        leaveWithX87();
        leaveUnlessSupervisor();
        x.leaveUnlessCanonical(Assembler.RCX);
        a.load(32, S0, Assembler.field(RETURN_FLAGS));
        a.alu(32, Assembler.AND, S0, (int) SystemCalls.SYSRET_FLAGS);
        a.move(32, S1, S0);
        a.alu(32, Assembler.AND, S1, MASKED);
        a.alu(32, Assembler.CMP, S1, Rflags.IF);
        x.slowIf(Assembler.NOT_EQUAL);
        letInterruptsIn();
        split();
        change(Assembler.AND, StateLayout.CTX, ~MODE & 0xFF);
        change(Assembler.OR, StateLayout.CTX, Tlb.USER);
        change(Assembler.OR, BYTE_OF_LEVEL, Tlb.USER);
        a.state(8, 0xC6, 0, StateLayout.CPL);
        a.u8(3);
        change(Assembler.OR, StateLayout.UNSETTLED, SystemCalls.RETURNED);
        a.move(64, S0, Assembler.RCX);
        x.dispatch();
        return false;
    }
}
