package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.ShadowStack;

/** Near branches, calls and returns (SDM vol. 2, the pages of the names). */
public final class Branch {

    private static final int REPE = 0xF3;

    private Branch() {}

    /**
     * Goes to a near target.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0) when it is not canonical or beyond the limit of CS
     */
    public static int to(Cpu c, long target) {
        check(c, target);
        c.rip = target;
        return Outcome.BRANCH;
    }

    static void check(Cpu c, long target) {
        if ((c.mode & Modes.CODE64) != 0) {
            if (!Canonical.address(c, target)) {
                throw c.gp();
            }
        } else if (target > (c.seg[Cpu.CS].limit & 0xFFFFFFFFL)) {
            throw c.gp();
        }
    }

    /** CALL near, 16-bit. */
    public static int call16(Cpu c, long target, long next) {
        check(c, target);
        beforeCall(c);
        Stack.push16(c, next);
        afterCall(c, next);
        c.rip = target;
        return Outcome.BRANCH;
    }

    /** CALL near, 32-bit. */
    public static int call32(Cpu c, long target, long next) {
        check(c, target);
        beforeCall(c);
        Stack.push32(c, next);
        afterCall(c, next);
        c.rip = target;
        return Outcome.BRANCH;
    }

    /** CALL near, 64-bit. The stack goes before the target; where that is none, Intel's processors have written the return address. */
    public static int call64(Cpu c, long target, long next) {
        if (!Canonical.address(c, target)) {
            if (c.model.intel()) {
                Stack.pushRm64(c, next);
                c.gpr(Cpu.RSP, c.gpr(Cpu.RSP) + 8);
            } else {
                Stack.probe64(c);
            }
            throw c.gp();
        }
        beforeCall(c);
        Stack.pushRm64(c, next);
        afterCall(c, next);
        c.rip = target;
        return Outcome.BRANCH;
    }

    private static void beforeCall(Cpu c) {
        if ((c.mode & Modes.CET) != 0) {
            ShadowStack.beforeCall(c);
        }
    }

    private static void afterCall(Cpu c, long next) {
        if ((c.mode & Modes.CET) != 0) {
            ShadowStack.call(c, next);
        }
    }

    /**
     * JMP r/m has gone to its target, or CALL r/m.
     *
     * @param cet whether it is tracked: 0 where nothing is, 1, or 2 with the prefix that asks for none
     */
    public static int indirect(Cpu c, int outcome, int cet) {
        if (cet != 0) {
            BranchTracking.branched(c, cet == Insn.NO_TRACK);
        }
        return outcome;
    }

    /** CALL rel. That of the next instruction, which only asks where it is, leaves nothing on a shadow stack. */
    public static int callRelative(Cpu c, Insn d) {
        if ((c.mode & Modes.CET) != 0 && d.imm == d.nextRip()) {
            check(c, d.imm);
            switch (d.opSize) {
                case 16 -> Stack.push16(c, d.nextRip());
                case 32 -> Stack.push32(c, d.nextRip());
                default -> Stack.push64(c, d.nextRip());
            }
            c.rip = d.imm;
            return Outcome.BRANCH;
        }
        return switch (d.opSize) {
            case 16 -> call16(c, d.imm, d.nextRip());
            case 32 -> call32(c, d.imm, d.nextRip());
            default -> call64(c, d.imm, d.nextRip());
        };
    }

    /** RET near in 64-bit mode. */
    public static int ret64(Cpu c) {
        long sp = c.gpr(Cpu.RSP);
        long target = Mem.read64(c, sp);
        if (!Canonical.address(c, target)) {
            throw c.gp();
        }
        if ((c.mode & Modes.CET) != 0) {
            ShadowStack.ret(c, target);
        }
        c.gpr(Cpu.RSP, sp + 8);
        c.rip = target;
        return Outcome.BRANCH;
    }

    /** RET near, with or without bytes to release. */
    public static int ret(Cpu c, Insn d) {
        int size = d.opSize / 8;
        long target = Stack.peek(c, 0, size);
        check(c, target);
        if ((c.mode & Modes.CET) != 0) {
            ShadowStack.ret(c, target);
        }
        Stack.release(c, size + d.imm);
        c.rip = target;
        return Outcome.BRANCH;
    }

    private static long count(Cpu c, Insn d) {
        return d.addrSize == 64 ? c.gpr(Cpu.RCX) : d.addrSize == 32 ? c.gpr(Cpu.RCX) & 0xFFFFFFFFL : c.gpr(Cpu.RCX) & 0xFFFF;
    }

    private static int loopIf(Cpu c, Insn d, boolean condition) {
        long n = count(c, d) - 1;
        boolean taken = condition && (d.addrSize == 64 ? n : d.addrSize == 32 ? (int) n : (short) n) != 0;
        if (taken) {
            check(c, d.imm);
        }
        c.gpr(Cpu.RCX, d.addrSize == 64 ? n : d.addrSize == 32 ? n & 0xFFFFFFFFL : c.gpr(Cpu.RCX) & ~0xFFFFL | n & 0xFFFF);
        if (taken) {
            c.rip = d.imm;
            return Outcome.BRANCH;
        }
        return Outcome.NEXT;
    }

    /** LOOP. */
    public static int loop(Cpu c, Insn d) {
        return loopIf(c, d, true);
    }

    /** LOOPE. */
    public static int loope(Cpu c, Insn d) {
        return loopIf(c, d, Flags.zf(c) == whileEqual(d, true));
    }

    /** LOOPNE. */
    public static int loopne(Cpu c, Insn d) {
        return loopIf(c, d, Flags.zf(c) == whileEqual(d, false));
    }

    /** On AMD's processors a repeat prefix takes the place of the condition that the opcode names. */
    private static boolean whileEqual(Insn d, boolean opcode) {
        return d.amd && d.rep != 0 ? d.rep == REPE : opcode;
    }

    /** JCXZ, JECXZ, JRCXZ. */
    public static int jcxz(Cpu c, Insn d) {
        return count(c, d) == 0 ? to(c, d.imm) : Outcome.NEXT;
    }
}
