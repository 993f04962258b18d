package dev.hv.cpu.state;

import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.Raw;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The part of a processor's state that Java and machine code work on alike: an area of off-heap memory, laid out as {@link StateLayout} says. */
public abstract sealed class StateArea permits Cpu {

    /** Raw address of the area. */
    public final long area;
    /** The area: the host has it back when nobody has this processor any more. */
    private final MemorySegment memory;

    StateArea() {
        memory = Arena.ofAuto().allocate(StateLayout.AREA + Page.SIZE);
        area = memory.address() + Page.SIZE - 1 & -Page.SIZE;
        Raw.fill(area, StateLayout.TLB, 0);
    }

    /** A general register, RAX … R15 or {@link Cpu#ZERO}. */
    public long gpr(int register) {
        return Raw.get64(area + StateLayout.GPR + 8L * register);
    }

    /** Sets a general register; never {@link Cpu#ZERO}. */
    public void gpr(int register, long value) {
        Raw.put64(area + StateLayout.GPR + 8L * register, value);
    }

    /** A copy of the general registers, RAX … R15. */
    public long[] generalRegisters() {
        long[] copy = new long[16];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = gpr(i);
        }
        return copy;
    }

    /** Half of an XMM register: low halves are at 2n, high halves at 2n+1. */
    public long xmm(int half) {
        return Raw.get64(area + StateLayout.XMM + 8L * half);
    }

    /** Sets half of an XMM register. */
    public void xmm(int half, long value) {
        Raw.put64(area + StateLayout.XMM + 8L * half, value);
    }

    /** Half of the upper half of a YMM register, numbered as the halves of XMM registers are. */
    public long ymmHigh(int half) {
        return Raw.get64(area + StateLayout.YMM_HIGH + 8L * half);
    }

    /** Sets half of the upper half of a YMM register. */
    public void ymmHigh(int half, long value) {
        Raw.put64(area + StateLayout.YMM_HIGH + 8L * half, value);
    }

    /** A copy of the upper halves of the YMM registers. */
    public long[] ymmHighHalves() {
        long[] copy = new long[32];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = ymmHigh(i);
        }
        return copy;
    }

    /** A copy of the XMM registers, halves at the places that {@link #xmm(int)} has them at. */
    public long[] xmmRegisters() {
        long[] copy = new long[32];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = xmm(i);
        }
        return copy;
    }

    /** MXCSR. */
    public int mxcsr() {
        return Raw.get32(area + StateLayout.MXCSR);
    }

    /** Sets MXCSR, whose reserved bits the caller has checked. */
    public void mxcsr(int value) {
        Raw.put32(area + StateLayout.MXCSR, value);
    }

    /** Base address of a segment as addresses are formed: 0 for ES CS SS DS in 64-bit mode; index 6 is always 0. */
    public long segBase(int segment) {
        return Raw.get64(area + StateLayout.SEG_BASE + 8L * segment);
    }

    /** Sets the base address of a segment as addresses are formed. */
    public void segBase(int segment, long base) {
        Raw.put64(area + StateLayout.SEG_BASE + 8L * segment, base);
    }

    /** Low 12 bits of every TLB tag of the current context; {@link Tlb}. */
    public long ctx() {
        return Raw.get64(area + StateLayout.CTX);
    }

    void ctx(long value) {
        Raw.put64(area + StateLayout.CTX, value);
    }

    /** Identifies translation context, code epoch and mode; a cached block entry is valid only for an equal key. */
    public long fetchKey() {
        return Raw.get64(area + StateLayout.FETCH_KEY);
    }

    void fetchKey(long value) {
        Raw.put64(area + StateLayout.FETCH_KEY, value);
    }

    /** RFLAGS without its arithmetic bits, which are those of {@link Flags}. */
    public long rflagsOther() {
        return Raw.get64(area + StateLayout.RFLAGS);
    }

    /** Sets RFLAGS without its arithmetic bits; {@link Modes} must know of it. */
    public void rflagsOther(long value) {
        Raw.put64(area + StateLayout.RFLAGS, value);
    }

    /** Events that can be taken now; {@link Modes#updateEvents}. */
    public int eventMask() {
        return Raw.get32(area + StateLayout.EVENT_MASK);
    }

    void eventMask(int mask) {
        Raw.put32(area + StateLayout.EVENT_MASK, mask);
    }

    /** First word of the lazy arithmetic flags; {@link Flags}. */
    public long flagResult() {
        return Raw.get64(area + StateLayout.FLAG_RESULT);
    }

    /** Sets the first word of the lazy arithmetic flags. */
    public void flagResult(long value) {
        Raw.put64(area + StateLayout.FLAG_RESULT, value);
    }

    /** Second word of the lazy arithmetic flags; {@link Flags}. */
    public long flagAux() {
        return Raw.get64(area + StateLayout.FLAG_AUX);
    }

    /** Sets the second word of the lazy arithmetic flags. */
    public void flagAux(long value) {
        Raw.put64(area + StateLayout.FLAG_AUX, value);
    }

    /** CR2. */
    public long cr2() {
        return Raw.get64(area + StateLayout.CR2);
    }

    /** Sets CR2. */
    public void cr2(long value) {
        Raw.put64(area + StateLayout.CR2, value);
    }

    /** IA32_LSTAR: where SYSCALL leads in 64-bit mode. */
    public long lstar() {
        return Raw.get64(area + StateLayout.LSTAR);
    }

    /** Sets IA32_LSTAR, a canonical address. */
    public void lstar(long value) {
        Raw.put64(area + StateLayout.LSTAR, value);
    }

    /** IA32_FMASK: what SYSCALL clears of RFLAGS. */
    public long fmask() {
        return Raw.get64(area + StateLayout.FMASK);
    }

    /** Sets IA32_FMASK. */
    public void fmask(long value) {
        Raw.put64(area + StateLayout.FMASK, value);
    }

    /** IA32_KERNEL_GS_BASE. */
    public long kernelGsBase() {
        return Raw.get64(area + StateLayout.KERNEL_GS);
    }

    /** Sets IA32_KERNEL_GS_BASE, a canonical address. */
    public void kernelGsBase(long value) {
        Raw.put64(area + StateLayout.KERNEL_GS, value);
    }
}
