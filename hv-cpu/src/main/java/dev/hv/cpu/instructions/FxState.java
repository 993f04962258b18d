package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;

/** FXSAVE and FXRSTOR: the 512-byte image of x87, MMX and SSE state (SDM vol. 1, 10.5). */
public final class FxState {

    private static final int IMAGE = 512;
    private static final int ST = 32;
    private static final int XMM = 160;
    private static final int MXCSR = 24;

    private FxState() {}

    private static long image(Cpu c, Insn d, boolean write) {
        if ((c.cr0 & (Control.CR0_EM | Control.CR0_TS)) != 0) {
            throw c.fault(Vector.NM, 0);
        }
        long a = Ea.of(c, d, IMAGE, write);
        if (c.longMode() && !Canonical.data(c, a)) {
            throw c.nonCanonical();
        }
        if ((a & 15) != 0) {
            throw c.gp();
        }
        // 512 bytes lie in one page or in two: the first and the last byte are checked before anything changes
        if (write) {
            Mem.probeWrite(c, a, 1);
            Mem.probeWrite(c, a + IMAGE - 1, 1);
        } else {
            Mem.probeRead(c, a, 1);
            Mem.probeRead(c, a + IMAGE - 1, 1);
        }
        return a;
    }

    /** FXSAVE, FXSAVE64. */
    public static int fxsave(Cpu c, Insn d) {
        long a = image(c, d, true);
        boolean wide = (d.rex & 8) != 0;
        saveX87(c, a, wide);
        saveMxcsr(c, a);
        if (c.cr4(Control.CR4_OSFXSR)) {
            saveXmm(c, a, d.mode64() ? 16 : 8);
        }
        return Outcome.NEXT;
    }

    /** Writes what an image has of the x87 FPU. */
    static void saveX87(Cpu c, long a, boolean wide) {
        int tags = 0;
        for (int i = 0; i < 8; i++) {
            tags |= (c.ftw >> 2 * i & 3) != 3 ? 1 << i : 0;
        }
        Mem.write16(c, a, c.fcw);
        Mem.write16(c, a + 2, c.fsw);
        Mem.write16(c, a + 4, tags);
        Mem.write16(c, a + 6, c.fop);
        if (wide) {
            Mem.write64(c, a + 8, c.fip);
            Mem.write64(c, a + 16, c.fdp);
        } else {
            Mem.write32(c, a + 8, c.fip);
            Mem.write32(c, a + 12, c.fcs);
            Mem.write32(c, a + 16, c.fdp);
            Mem.write32(c, a + 20, c.fds);
        }
        int top = c.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int r = top + i & 7;
            Mem.write64(c, a + ST + 16 * i, c.fpSignificand[r]);
            Mem.write64(c, a + ST + 16 * i + 8, c.fpSignExp[r] & 0xFFFF);
        }
    }

    static void saveMxcsr(Cpu c, long a) {
        Mem.write32(c, a + MXCSR, c.mxcsr());
        Mem.write32(c, a + MXCSR + 4, FpControl.mxcsrMask(c));
    }

    /** Writes an image's XMM registers, as many as the mode has. */
    static void saveXmm(Cpu c, long a, int registers) {
        for (int i = 0; i < 2 * registers; i++) {
            Mem.write64(c, a + XMM + 8 * i, c.xmm(i));
        }
    }

    /** FXRSTOR, FXRSTOR64. */
    public static int fxrstor(Cpu c, Insn d) {
        long a = image(c, d, false);
        boolean wide = (d.rex & 8) != 0;
        int mxcsr = c.cr4(Control.CR4_OSFXSR) ? readMxcsr(c, a) : c.mxcsr();
        restoreX87(c, a, wide);
        if (c.cr4(Control.CR4_OSFXSR)) {
            c.mxcsr(mxcsr);
            restoreXmm(c, a, d.mode64() ? 16 : 8);
        }
        return Outcome.NEXT;
    }

    /**
     * An image's MXCSR.
     *
     * @throws dev.hv.cpu.state.GuestFault #GP(0) for one with reserved bits
     */
    static int readMxcsr(Cpu c, long a) {
        int mxcsr = (int) Mem.read32(c, a + MXCSR);
        if ((mxcsr & ~FpControl.mxcsrMask(c)) != 0) {
            throw c.gp();
        }
        return mxcsr;
    }

    /** Takes what an image has of the x87 FPU. */
    static void restoreX87(Cpu c, long a, boolean wide) {
        c.fcw = (int) Mem.read16(c, a) & 0x1F7F | 0x40;
        c.fsw = (int) Mem.read16(c, a + 2);
        int tags = (int) Mem.read8(c, a + 4);
        c.fop = (int) Mem.read16(c, a + 6) & 0x7FF;
        if (wide) {
            c.fip = Mem.read64(c, a + 8);
            c.fdp = Mem.read64(c, a + 16);
            c.fcs = 0;
            c.fds = 0;
        } else {
            c.fip = Mem.read32(c, a + 8);
            c.fcs = (int) Mem.read16(c, a + 12);
            c.fdp = Mem.read32(c, a + 16);
            c.fds = (int) Mem.read16(c, a + 20);
        }
        int top = c.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            int r = top + i & 7;
            c.fpSignificand[r] = Mem.read64(c, a + ST + 16 * i);
            c.fpSignExp[r] = (int) Mem.read16(c, a + ST + 16 * i + 8);
        }
        tags(c, tags);
        FpControl.summarise(c);
    }

    /** Takes an abridged tag word: a bit for each register that is not empty. */
    public static void tags(Cpu c, int abridged) {
        c.ftw = 0;
        for (int i = 0; i < 8; i++) {
            c.ftw |= ((abridged >> i & 1) == 0 ? 3 : 0) << 2 * i;
        }
    }

    /** Takes an image's XMM registers, as many as the mode has. */
    static void restoreXmm(Cpu c, long a, int registers) {
        for (int i = 0; i < 2 * registers; i++) {
            c.xmm(i, Mem.read64(c, a + XMM + 8 * i));
        }
    }

    /** The two-bit tag of a register that is not empty: 0 valid, 1 zero, 2 special. */
    static int tag(int signExp, long significand) {
        int e = signExp & 0x7FFF;
        if (e == 0 && significand == 0) {
            return 1;
        }
        return e == 0 || e == 0x7FFF || significand >= 0 ? 2 : 0;
    }
}
