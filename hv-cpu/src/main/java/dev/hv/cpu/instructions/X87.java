package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.softfloat.F80;
import dev.hv.cpu.softfloat.FpEnv;
import dev.hv.cpu.state.Cpu;

/** What x87 instructions share: the register stack, its faults, and the status word (SDM vol. 1, 8.1 and 8.5). */
final class X87 {

    static final int C0 = 1 << 8;
    static final int C1 = 1 << 9;
    static final int C2 = 1 << 10;
    static final int C3 = 1 << 14;
    /** Stack fault. */
    static final int SF = 1 << 6;

    private X87() {}

    /**
     * Starts an instruction that waits for pending exceptions.
     *
     * @throws dev.hv.cpu.state.GuestFault #MF
     */
    static FpEnv begin(Cpu c, Insn d) {
        FpControl.check(c);
        FpEnv e = c.fp;
        e.x87(c.fcw);
        e.amd = d.amd;
        return e;
    }

    /** Notes where the instruction stands, and its memory operand, once that could be accessed. */
    static void pointers(Cpu c, Insn d) {
        c.fip = d.rip;
        c.fcs = c.seg[Cpu.CS].selector;
        c.fop = (d.opcode & 7) << 8 | d.modrm & 0xFF;
        if (!d.isReg) {
            c.fdp = Ea.offset(c, d);
            c.fds = c.seg[d.seg].selector;
        }
    }

    static int top(Cpu c) {
        return c.fsw >> 11 & 7;
    }

    /** Number of the physical register that ST(i) is. */
    static int st(Cpu c, int i) {
        return (c.fsw >> 11) + i & 7;
    }

    static boolean empty(Cpu c, int physical) {
        return (c.ftw >> 2 * physical & 3) == 3;
    }

    static void free(Cpu c, int physical) {
        c.ftw |= 3 << 2 * physical;
    }

    static void set(Cpu c, int physical, int signExp, long significand) {
        c.fpSignExp[physical] = signExp;
        c.fpSignificand[physical] = significand;
        c.ftw &= ~(3 << 2 * physical);
    }

    static void move(Cpu c, int by) {
        c.fsw = c.fsw & ~(7 << 11) | (c.fsw + (by << 11) & 7 << 11);
    }

    static void pop(Cpu c) {
        free(c, top(c));
        move(c, 1);
    }

    static void clearC1(Cpu c) {
        c.fsw &= ~C1;
    }

    /** Notes a stack fault; true when it is masked, so that the response is due. */
    static boolean stackFault(Cpu c, boolean overflow) {
        c.fsw = c.fsw & ~C1 | FpEnv.IE | SF | (overflow ? C1 : 0);
        FpControl.summarise(c);
        return (c.fcw & FpEnv.IE) != 0;
    }

    /** Notes what an operation met, with C1; true when its result is to be written to a register. */
    static boolean note(Cpu c, FpEnv e) {
        int before = e.unmasked() & FpEnv.BEFORE;
        if (before != 0) {
            e.flags &= FpEnv.BEFORE;
            e.roundedUp = false;
        }
        c.fsw = c.fsw & ~C1 | e.flags | (e.roundedUp ? C1 : 0);
        FpControl.summarise(c);
        return before == 0;
    }

    /** As {@link #note}, for results that go to memory: unmasked overflow and underflow keep them back too. */
    static boolean storable(FpEnv e) {
        return (e.unmasked() & ~FpEnv.PE) == 0;
    }

    /** Writes an operation's result to a register, unless an unmasked exception keeps it back. */
    static boolean write(Cpu c, FpEnv e, int physical) {
        if (!note(c, e)) {
            return false;
        }
        set(c, physical, e.signExp, e.significand);
        return true;
    }

    /** Underflow of the stack with a register as destination; true when the default NaN was written. */
    static boolean underflow(Cpu c, int physical) {
        if (!stackFault(c, false)) {
            return false;
        }
        set(c, physical, F80.INDEFINITE, F80.INDEFINITE_SIGNIFICAND);
        return true;
    }

    /** Pushes a value, or meets stack overflow. */
    static void push(Cpu c, int signExp, long significand) {
        if (!empty(c, st(c, 7))) {
            if (!stackFault(c, true)) {
                return;
            }
            signExp = F80.INDEFINITE;
            significand = F80.INDEFINITE_SIGNIFICAND;
        }
        move(c, -1);
        set(c, top(c), signExp, significand);
    }
}
