package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * A segment register with its hidden part. The access rights have the shape of the VMCS guest-state field (SDM vol. 3C,
 * 26.4.1): bits 3:0 type, 4 S, 6:5 DPL, 7 P, 12 AVL, 13 L, 14 D/B, 15 G, 16 unusable.
 */
public final class Segment {

    /** S: code or data, not system. */
    public static final int S = 1 << 4;
    /** Present. */
    public static final int P = 1 << 7;
    /** 64-bit code. */
    public static final int L = 1 << 13;
    /** Default operation size (code), stack pointer size (stack), upper bound (expand-down). */
    public static final int DB = 1 << 14;
    /** Granularity of the limit as it stood in the descriptor. */
    public static final int G = 1 << 15;
    /** Holds a null selector. */
    public static final int UNUSABLE = 1 << 16;
    /** Type bit of code segments. */
    public static final int CODE = 8;
    /** Type bit: data expands down, or code is conforming. */
    public static final int EXPAND_DOWN = 4;
    /** Type bit: data is writable, or code is readable. */
    public static final int WRITABLE = 2;

    /** Code that can be read, accessed, present: what a segment register of real mode holds. */
    public static final int REAL_CODE = P | S | CODE | WRITABLE | 1;
    /** Data that can be written, accessed, present: what a segment register of real mode holds. */
    public static final int REAL_DATA = P | S | WRITABLE | 1;
    /** Flat 64-bit code. */
    public static final int CODE_64 = REAL_CODE | L | G;
    /** Flat 32-bit code. */
    public static final int CODE_32 = REAL_CODE | DB | G;
    /** Flat 32-bit data. */
    public static final int DATA_32 = REAL_DATA | DB | G;
    /** A task state segment in use. */
    public static final int BUSY_TSS = P | 11;

    /** Visible part. */
    public int selector;
    /** Linear address of offset 0. */
    public long base;
    /** Highest valid offset (lowest invalid, for expand-down), in bytes, unsigned. */
    public int limit;
    /** Access rights, see above. */
    public int access;

    /** Descriptor privilege level. */
    public int dpl() {
        return access >>> 5 & 3;
    }

    /** The type field. */
    public int type() {
        return access & 15;
    }

    /** Whether the register holds a usable descriptor. */
    public boolean usable() {
        return (access & UNUSABLE) == 0;
    }

    /** Sets all parts. */
    public void set(int newSelector, long newBase, int newLimit, int newAccess) {
        selector = newSelector;
        base = newBase;
        limit = newLimit;
        access = newAccess;
    }

    /** Copies another register. */
    public void set(Segment other) {
        set(other.selector, other.base, other.limit, other.access);
    }

    /** Sets the hidden part from the two words of an 8-byte descriptor (SDM vol. 3A, 3.4.5). */
    public void setFromDescriptor(int newSelector, long descriptor) {
        int hi = (int) (descriptor >>> 32);
        int lo = (int) descriptor;
        selector = newSelector;
        base = (lo >>> 16 | (hi & 0xFF) << 16 | hi & 0xFF000000) & 0xFFFFFFFFL;
        int raw = lo & 0xFFFF | hi & 0xF0000;
        limit = hi << 8 < 0 ? raw << 12 | 0xFFF : raw;
        access = hi >>> 8 & 0xF0FF;
    }

    void save(StateWriter out) {
        out.put("selector", selector);
        out.put("base", base);
        out.put("limit", limit);
        out.put("access", access);
    }

    void restore(StateReader in) {
        selector = (int) in.take();
        base = in.take();
        limit = (int) in.take();
        access = (int) in.take();
    }
}
