package dev.hv.cpu.conform;

import java.util.TreeMap;

/** Processor and memory state of a vector. Mutable while it is read; the runner leaves it alone. */
public final class VectorState {

    final long[] gpr = new long[16];
    long rip;
    long rflags = 0x202;
    long fsBase;
    long gsBase;
    int mxcsr = 0x1F80;
    final byte[][] ymm = new byte[16][32];
    int fcw = 0x37F;
    int fsw;
    /** Abridged (FXSAVE) tag byte: bit set means not empty. */
    int ftw;
    /** ST(0) … ST(7), 10 bytes each, low byte first. */
    final byte[][] st = new byte[8][10];
    final TreeMap<Long, byte[]> memory = new TreeMap<>(Long::compareUnsigned);

    /** A copy that later fields are read over; without memory, because what changed there is laid over what was. */
    VectorState copy() {
        var s = new VectorState();
        System.arraycopy(gpr, 0, s.gpr, 0, 16);
        s.rip = rip;
        s.rflags = rflags;
        s.fsBase = fsBase;
        s.gsBase = gsBase;
        s.mxcsr = mxcsr;
        s.fcw = fcw;
        s.fsw = fsw;
        s.ftw = ftw;
        for (int i = 0; i < 16; i++) {
            s.ymm[i] = ymm[i].clone();
        }
        for (int i = 0; i < 8; i++) {
            s.st[i] = st[i].clone();
        }
        return s;
    }
}
