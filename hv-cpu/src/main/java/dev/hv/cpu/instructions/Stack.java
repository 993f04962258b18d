package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;
import dev.hv.cpu.state.Vector;

/** Pushes, pops and stack frames (SDM vol. 2). The stack pointer moves after the access that may fault. */
public final class Stack {

    private static final int FLAT_STACK = Modes.FLAT | Modes.STACK32;

    private Stack() {}

    /** The stack pointer under the stack's address size. */
    static long pointer(Cpu c) {
        long sp = c.gpr(Cpu.RSP);
        return (c.mode & Modes.CODE64) != 0 ? sp : (c.mode & Modes.STACK32) != 0 ? sp & 0xFFFFFFFFL : sp & 0xFFFF;
    }

    /** Sets the stack pointer under the stack's address size. */
    static void setPointer(Cpu c, long sp) {
        c.gpr(Cpu.RSP, (c.mode & Modes.CODE64) != 0 ? sp : (c.mode & Modes.STACK32) != 0 ? sp & 0xFFFFFFFFL : c.gpr(Cpu.RSP) & ~0xFFFFL | sp & 0xFFFF);
    }

    /** A stack offset cut to the stack's address size. */
    static long wrap(Cpu c, long sp) {
        return (c.mode & Modes.CODE64) != 0 ? sp : (c.mode & Modes.STACK32) != 0 ? sp & 0xFFFFFFFFL : sp & 0xFFFF;
    }

    private static long linear(Cpu c, long offset, int size, boolean write) {
        if ((c.mode & Modes.CODE64) != 0 || (c.mode & FLAT_STACK) == FLAT_STACK) {
            return offset;
        }
        return SegmentAccess.linear(c, Cpu.SS, offset, size, write);
    }

    /** Pushes {@code size} bytes. */
    public static void push(Cpu c, int size, long v) {
        long sp = wrap(c, pointer(c) - size);
        Mem.write(c, linear(c, sp, size, true), size, v);
        setPointer(c, sp);
    }

    /** Reads the stack {@code delta} bytes above its top. */
    public static long peek(Cpu c, long delta, int size) {
        return Mem.read(c, linear(c, wrap(c, pointer(c) + delta), size, false), size);
    }

    /** Takes bytes off the stack. */
    public static void release(Cpu c, long bytes) {
        setPointer(c, pointer(c) + bytes);
    }

    /** PUSH of a word. */
    public static int push16(Cpu c, long v) {
        push(c, 2, v);
        return Outcome.NEXT;
    }

    /** PUSH of a doubleword. */
    public static int push32(Cpu c, long v) {
        push(c, 4, v);
        return Outcome.NEXT;
    }

    /** PUSH of a quadword; exists in 64-bit mode only. */
    public static int push64(Cpu c, long v) {
        long sp = c.gpr(Cpu.RSP) - 8;
        Mem.write64(c, sp, v);
        c.gpr(Cpu.RSP, sp);
        return Outcome.NEXT;
    }

    /** POP of a word. */
    public static long pop16(Cpu c) {
        long v = peek(c, 0, 2);
        release(c, 2);
        return v;
    }

    /** POP of a doubleword. */
    public static long pop32(Cpu c) {
        long v = peek(c, 0, 4);
        release(c, 4);
        return v;
    }

    /** POP of a quadword; exists in 64-bit mode only. */
    public static long pop64(Cpu c) {
        long sp = c.gpr(Cpu.RSP);
        long v = Mem.read64(c, sp);
        c.gpr(Cpu.RSP, sp + 8);
        return v;
    }

    /** #SS for a stack address that is not canonical, where the instruction's other memory operand would make it #GP. */
    static void checkTop(Cpu c, long sp, int size) {
        if ((c.mode & Modes.CODE64) != 0 && (!Canonical.data(c, sp) || !Canonical.data(c, sp + size - 1))) {
            GuestFault f = c.fault(Vector.SS, 0);
            f.misaligned = Canonical.data(c, sp) && MemSlow.misaligned(c, sp, size);
            throw f;
        }
    }

    /** Marks a fault of the stack of an instruction with a memory operand. */
    private static GuestFault ofStack(GuestFault f) {
        f.ofStack = true;
        return f;
    }

    /** PUSH r/m of a word. */
    public static int pushRm16(Cpu c, long v) {
        checkTop(c, pointer(c) - 2, 2);
        try {
            return push16(c, v);
        } catch (GuestFault f) {
            throw ofStack(f);
        }
    }

    /** PUSH r/m of a doubleword. */
    public static int pushRm32(Cpu c, long v) {
        return push32(c, v);
    }

    /** PUSH r/m of a quadword, and the return address of CALL r/m. */
    public static int pushRm64(Cpu c, long v) {
        checkTop(c, c.gpr(Cpu.RSP) - 8, 8);
        try {
            return push64(c, v);
        } catch (GuestFault f) {
            throw ofStack(f);
        }
    }

    /** Faults as {@link #pushRm64} would; changes nothing. */
    static void probe64(Cpu c) {
        long sp = c.gpr(Cpu.RSP) - 8;
        checkTop(c, sp, 8);
        try {
            Mem.probeWrite(c, sp, 8);
        } catch (GuestFault f) {
            throw ofStack(f);
        }
    }

    /** PUSH of an immediate. */
    public static int pushImmediate(Cpu c, Insn d) {
        push(c, d.opSize / 8, d.imm);
        return Outcome.NEXT;
    }

    /** POP r/m: the address of a memory operand is computed with the stack pointer already moved. */
    public static int popRm(Cpu c, Insn d) {
        int size = d.opSize / 8;
        checkTop(c, pointer(c), size);
        long v;
        try {
            v = peek(c, 0, size);
        } catch (GuestFault f) {
            throw ofStack(f);
        }
        if (d.isReg) {
            release(c, size);
            c.gpr(d.rm, size == 8 ? v : size == 4 ? v & 0xFFFFFFFFL : c.gpr(d.rm) & ~0xFFFFL | v & 0xFFFF);
            return Outcome.NEXT;
        }
        long before = c.gpr(Cpu.RSP);
        release(c, size);
        long after = c.gpr(Cpu.RSP);
        long offset = Ea.offset(c, d);
        c.gpr(Cpu.RSP, before);
        Mem.write(c, SegmentAccess.linear(c, d.seg, offset, size, true), size, v);
        c.gpr(Cpu.RSP, after);
        return Outcome.NEXT;
    }

    /** PUSHA, PUSHAD. A fault leaves pushed what came before it. */
    public static int pusha(Cpu c, Insn d) {
        int size = d.opSize / 8;
        long sp = pointer(c);
        for (int i = 0; i < 8; i++) {
            Mem.write(c, linear(c, wrap(c, sp - (long) size * (i + 1)), size, true), size, c.gpr(i));
        }
        setPointer(c, sp - 8L * size);
        return Outcome.NEXT;
    }

    /** POPA, POPAD: the saved stack pointer is skipped. A fault leaves the registers loaded that came before it. */
    public static int popa(Cpu c, Insn d) {
        int size = d.opSize / 8;
        for (int i = 0; i < 8; i++) {
            long v = peek(c, (long) size * i, size);
            if (7 - i != Cpu.RSP) {
                c.gpr(7 - i, size == 4 ? v : c.gpr(7 - i) & ~0xFFFFL | v);
            }
        }
        release(c, 8L * size);
        return Outcome.NEXT;
    }

    /** ENTER. */
    public static int enter(Cpu c, Insn d) {
        int size = d.opSize / 8;
        int level = (int) d.imm2 & 31;
        long oldSp = c.gpr(Cpu.RSP);
        long bp = c.gpr(Cpu.RBP);
        long sp = wrap(c, pointer(c) - size);
        Mem.write(c, linear(c, sp, size, true), size, bp);
        long frame = sp;
        if (level > 0) {
            long p = bp;
            for (int i = 1; i < level; i++) {
                p = wrap(c, p - size);
                long v = Mem.read(c, linear(c, wrap(c, p), size, false), size);
                sp = wrap(c, sp - size);
                Mem.write(c, linear(c, sp, size, true), size, v);
            }
            sp = wrap(c, sp - size);
            Mem.write(c, linear(c, sp, size, true), size, frame);
        }
        sp = wrap(c, sp - d.imm);
        // the page that the new top lies in must be writable, or the instruction faults as a whole
        Mem.probeWrite(c, linear(c, sp, size, true), size);
        c.gpr(Cpu.RSP, oldSp);
        setPointer(c, sp);
        c.gpr(Cpu.RBP, size == 8 ? frame : size == 4 ? frame & 0xFFFFFFFFL : bp & ~0xFFFFL | frame & 0xFFFF);
        return Outcome.NEXT;
    }

    /** LEAVE. */
    public static int leave(Cpu c, Insn d) {
        int size = d.opSize / 8;
        long bp = wrap(c, c.gpr(Cpu.RBP));
        long v = Mem.read(c, linear(c, bp, size, false), size);
        setPointer(c, bp + size);
        c.gpr(Cpu.RBP, size == 8 ? v : size == 4 ? v & 0xFFFFFFFFL : c.gpr(Cpu.RBP) & ~0xFFFFL | v);
        return Outcome.NEXT;
    }
}
