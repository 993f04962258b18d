package dev.hv.cpu.events;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/**
 * A stack being pushed to or popped from during a far transfer or event delivery: not necessarily the current one, and no
 * register moves before {@link #commit}.
 */
public final class StackFrame {

    private static final long MASK16 = 0xFFFF;
    private static final long MASK32 = 0xFFFFFFFFL;

    private final Cpu c;
    private final long base;
    private final long limit;
    private final int access;
    private final long ctx;
    private final int errorCode;
    private final long mask;
    private long sp;

    /** The current stack; #SS carries {@code errorCode}. */
    public static StackFrame current(Cpu c, int errorCode) {
        Segment ss = c.seg[Cpu.SS];
        return new StackFrame(c, ss.base, ss.limit, ss.access, c.gpr(Cpu.RSP), c.ctx(), errorCode, c.mode64());
    }

    /**
     * Another stack.
     *
     * @param access access rights of its segment, as in {@link Segment#access}
     * @param ctx from {@link Mem#contextFor}
     * @param errorCode error code of #SS
     * @param flat64 a 64-bit stack: no segment, all of {@code sp} counts
     */
    public StackFrame(Cpu c, long base, int limit, int access, long sp, long ctx, int errorCode, boolean flat64) {
        this.c = c;
        this.base = flat64 ? 0 : base;
        this.limit = limit & MASK32;
        this.access = access;
        this.ctx = ctx;
        this.errorCode = errorCode;
        this.mask = flat64 ? -1 : (access & Segment.DB) != 0 ? MASK32 : MASK16;
        this.sp = sp & mask;
    }

    /** Pushes the low {@code size} bytes. */
    public void push(int size, long value) {
        long next = sp - size & mask;
        Mem.writeIn(c, ctx, linear(next, size), size, value);
        sp = next;
    }

    /** Pops {@code size} bytes, zero-extended. */
    public long pop(int size) {
        long value = Mem.readIn(c, ctx, linear(sp, size), size);
        sp = sp + size & mask;
        return value;
    }

    /** Reads {@code size} bytes at {@code delta} above the stack pointer. */
    public long peek(int delta, int size) {
        return Mem.readIn(c, ctx, linear(sp + delta & mask, size), size);
    }

    /** Moves the stack pointer up. */
    public void skip(long bytes) {
        sp = sp + bytes & mask;
    }

    /** Checks that {@code bytes} can be pushed within the segment, before anything is. */
    public void require(int bytes) {
        if (bytes > 0) {
            linear(sp - bytes & mask, bytes);
        }
    }

    /** The stack pointer, within the width of the stack. */
    public long pointer() {
        return sp;
    }

    /** Sets RSP, ESP or SP by the width of the stack. */
    public void commit() {
        setPointer(c, sp, mask == -1, mask == MASK32);
    }

    /** Sets RSP, ESP (zero-extended) or SP. */
    public static void setPointer(Cpu c, long value, boolean flat64, boolean big) {
        if (flat64) {
            c.gpr(Cpu.RSP, value);
        } else if (big) {
            c.gpr(Cpu.RSP, value & MASK32);
        } else {
            c.gpr(Cpu.RSP, c.gpr(Cpu.RSP) & ~MASK16 | value & MASK16);
        }
    }

    private long linear(long offset, int size) {
        if (mask == -1) {
            if (!Canonical.address(c, offset) || !Canonical.address(c, offset + size - 1)) {
                throw c.fault(Vector.SS, errorCode);
            }
            return offset;
        }
        long last = offset + size - 1;
        boolean ok;
        if ((access & (Segment.CODE | Segment.EXPAND_DOWN)) == Segment.EXPAND_DOWN) {
            ok = offset > limit && last <= ((access & Segment.DB) != 0 ? MASK32 : MASK16);
        } else {
            ok = last <= limit || limit == MASK32;
        }
        if (!ok || (access & Segment.UNUSABLE) != 0) {
            throw c.fault(Vector.SS, errorCode);
        }
        return base + offset & MASK32;
    }
}
