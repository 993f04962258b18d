package dev.hv.cpu.instructions;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.ProtectionKeys;

/**
 * An XSAVE area of everything that a processor's model has, in the compacted format, as a hypervisor's parent reads and writes it (HvCallGetVpState): not as the
 * guest's XCR0 would have it, and without any access of the guest's.
 */
public final class XsaveImage {

    private static final int ST = 32;
    private static final int XMM = 160;
    private static final int MXCSR = 24;
    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int REGISTERS = 16;

    private XsaveImage() {}

    private static long all(Cpu c) {
        return XsaveState.components(c) | XsaveState.supervisorComponents(c);
    }

    /** The image; {@link XsaveState#largestArea} bytes. */
    public static byte[] read(Cpu c) {
        long mask = all(c);
        long format = mask | XsaveLayout.COMPACT;
        byte[] b = new byte[XsaveState.largestArea(c.model)];
        readX87(c, b);
        LittleEndian.put32(b, MXCSR, c.mxcsr());
        LittleEndian.put32(b, MXCSR + 4, FpControl.mxcsrMask(c));
        for (int i = 0; i < 2 * REGISTERS; i++) {
            LittleEndian.put64(b, XMM + 8 * i, c.xmm(i));
            if ((mask & XsaveState.AVX) != 0) {
                LittleEndian.put64(b, XsaveLayout.offset(format, XsaveLayout.AVX) + 8 * i, c.ymmHigh(i));
            }
        }
        if ((mask & XsaveState.PKRU) != 0) {
            LittleEndian.put64(b, XsaveLayout.offset(format, XsaveLayout.PKRU), c.pkru() & 0xFFFF_FFFFL);
        }
        if ((mask & XsaveState.CET_USER) != 0) {
            LittleEndian.put64(b, XsaveLayout.offset(format, XsaveLayout.CET_USER), c.userCet);
            LittleEndian.put64(b, XsaveLayout.offset(format, XsaveLayout.CET_USER) + 8, c.levelSsp[3]);
        }
        for (int i = 0; (mask & XsaveState.CET_SUPERVISOR) != 0 && i < 3; i++) {
            LittleEndian.put64(b, XsaveLayout.offset(format, XsaveLayout.CET_SUPERVISOR) + 8 * i, c.levelSsp[i]);
        }
        LittleEndian.put64(b, XSTATE_BV, mask);
        LittleEndian.put64(b, XCOMP_BV, format);
        return b;
    }

    private static void readX87(Cpu c, byte[] b) {
        LittleEndian.put(b, 0, 2, c.fcw);
        LittleEndian.put(b, 2, 2, c.fsw);
        b[4] = (byte) tags(c);
        LittleEndian.put(b, 6, 2, c.fop);
        LittleEndian.put64(b, 8, c.fip);
        LittleEndian.put64(b, 16, c.fdp);
        int top = c.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            LittleEndian.put64(b, ST + 16 * i, c.fpSignificand[top + i & 7]);
            LittleEndian.put64(b, ST + 16 * i + 8, c.fpSignExp[top + i & 7] & 0xFFFF);
        }
    }

    /** The abridged tag word: a bit for each register that is not empty. */
    public static int tags(Cpu c) {
        int tags = 0;
        for (int i = 0; i < 8; i++) {
            tags |= (c.ftw >> 2 * i & 3) != 3 ? 1 << i : 0;
        }
        return tags;
    }

    /** Takes an abridged tag word. */
    public static void setTags(Cpu c, int tags) {
        FxState.tags(c, tags);
    }

    /** Takes an image; false, and nothing has changed, for one that is none of this processor's. */
    public static boolean write(Cpu c, byte[] b) {
        long format = LittleEndian.u64(b, XCOMP_BV);
        long components = format & ~XsaveLayout.COMPACT;
        long present = LittleEndian.u64(b, XSTATE_BV);
        int mxcsr = LittleEndian.u32(b, MXCSR);
        if (format >= 0 || (components & ~all(c)) != 0 || (present & ~components) != 0 || (mxcsr & ~FpControl.mxcsrMask(c)) != 0 || XsaveLayout.compactSize(components) > b.length) {
            return false;
        }
        boolean x87 = (present & XsaveState.X87) != 0;
        c.fcw = x87 ? LittleEndian.u16(b, 0) & 0x1F7F | 0x40 : FpControl.INITIAL_CONTROL;
        c.fsw = x87 ? LittleEndian.u16(b, 2) : 0;
        c.fop = x87 ? LittleEndian.u16(b, 6) & 0x7FF : 0;
        c.fip = x87 ? LittleEndian.u64(b, 8) : 0;
        c.fdp = x87 ? LittleEndian.u64(b, 16) : 0;
        int top = c.fsw >> 11 & 7;
        for (int i = 0; i < 8; i++) {
            c.fpSignificand[top + i & 7] = x87 ? LittleEndian.u64(b, ST + 16 * i) : 0;
            c.fpSignExp[top + i & 7] = x87 ? LittleEndian.u16(b, ST + 16 * i + 8) : 0;
        }
        setTags(c, x87 ? b[4] : 0);
        boolean sse = (present & XsaveState.SSE) != 0;
        boolean avx = (present & XsaveState.AVX) != 0;
        for (int i = 0; i < 2 * REGISTERS; i++) {
            c.xmm(i, sse ? LittleEndian.u64(b, XMM + 8 * i) : 0);
            c.ymmHigh(i, avx ? LittleEndian.u64(b, XsaveLayout.offset(format, XsaveLayout.AVX) + 8 * i) : 0);
        }
        c.mxcsr(mxcsr);
        if ((components & XsaveState.PKRU) != 0) {
            ProtectionKeys.pkru(c, (present & XsaveState.PKRU) != 0 ? LittleEndian.u32(b, XsaveLayout.offset(format, XsaveLayout.PKRU)) : 0);
        }
        return true;
    }
}
