package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.ProtectionKeys;
import dev.hv.cpu.state.Vector;

/**
 * The XSAVE feature set (SDM vol. 1, chapter 13): areas of the legacy image, a header and the upper halves of YMM registers. Components are x87
 * (bit 0), SSE (bit 1), AVX (bit 2) and PKRU (bit 9), those of IA32_XSS control-flow
 * enforcement of users and of supervisors (bits 11 and 12). Where they lie, {@link XsaveLayout} says.
 */
public final class XsaveState {

    /** State components, as bits of XCR0. */
    public static final long X87 = 1;
    public static final long SSE = 1 << 1;
    public static final long AVX = 1 << 2;
    public static final long PKRU = 1 << XsaveLayout.PKRU;
    public static final long CET_USER = 1 << XsaveLayout.CET_USER;
    public static final long CET_SUPERVISOR = 1 << XsaveLayout.CET_SUPERVISOR;

    private static final int XSTATE_BV = 512;
    private static final int XCOMP_BV = 520;
    private static final int RESERVED = 528;
    private static final int INITIAL_MXCSR = 0x1F80;

    private XsaveState() {}

    /** The components that a model has, for XCR0. */
    public static long components(Cpu c) {
        return components(c.model);
    }

    /** The same of a model. */
    public static long components(CpuModel m) {
        return X87 | SSE | (m.has(Feature.AVX) ? AVX : 0) | (m.has(Feature.PKU) ? PKRU : 0);
    }

    /** Bytes of an area in the compacted format with everything that a model has. */
    public static int largestArea(CpuModel m) {
        return XsaveLayout.compactSize(components(m) | supervisorComponents(m));
    }

    /** The supervisor components that a model has, for IA32_XSS. */
    public static long supervisorComponents(Cpu c) {
        return supervisorComponents(c.model);
    }

    private static long supervisorComponents(CpuModel m) {
        boolean shadow = m.has(Feature.SHSTK);
        return (shadow || m.has(Feature.IBT) ? CET_USER : 0) | (shadow ? CET_SUPERVISOR : 0);
    }

    private static int registers(Insn d) {
        return d.mode64() ? 16 : 8;
    }

    /** The components that are not as after initialisation (XINUSE, 13.6). */
    static long inUse(Cpu c, int registers) {
        long used = x87Initial(c) ? 0 : X87;
        long sse = 0;
        long avx = 0;
        for (int i = 0; i < 2 * registers; i++) {
            sse |= c.xmm(i);
            avx |= c.ymmHigh(i);
        }
        return used | (sse != 0 ? SSE : 0) | (avx != 0 ? AVX : 0) | (c.pkru() != 0 ? PKRU : 0) | ((c.userCet | c.levelSsp[3]) != 0 ? CET_USER : 0)
                | ((c.levelSsp[0] | c.levelSsp[1] | c.levelSsp[2]) != 0 ? CET_SUPERVISOR : 0);
    }

    private static boolean x87Initial(Cpu c) {
        if (c.fcw != FpControl.INITIAL_CONTROL || c.fsw != 0 || c.ftw != FpControl.EMPTY || c.fop != 0 || c.fip != 0 || c.fdp != 0 || c.fcs != 0 || c.fds != 0) {
            return false;
        }
        long any = 0;
        for (int i = 0; i < 8; i++) {
            any |= c.fpSignificand[i] | c.fpSignExp[i];
        }
        return any == 0;
    }

    /** The components asked for in EDX:EAX, of those given. */
    private static long requested(Cpu c, long enabled) {
        return (c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX) & 0xFFFFFFFFL) & enabled;
    }

    /** Address of the area, of which the bytes that are used are probed before anything changes. */
    private static long area(Cpu c, Insn d, boolean write, int size) {
        if (!c.cr4(Control.CR4_OSXSAVE)) {
            throw c.ud();
        }
        if ((c.cr0 & Control.CR0_TS) != 0) {
            throw c.fault(Vector.NM, 0);
        }
        long a = Ea.of(c, d, size, write);
        if (c.longMode() && !Canonical.data(c, a)) {
            throw c.nonCanonical();
        }
        if ((a & 63) != 0) {
            throw c.gp();
        }
        if (write) {
            Mem.probeWrite(c, a, 1);
            Mem.probeWrite(c, a + size - 1, 1);
        } else {
            Mem.probeRead(c, a, 1);
            Mem.probeRead(c, a + size - 1, 1);
        }
        return a;
    }

    /** Writes components into an area whose XCOMP_BV is {@code format}. */
    private static void write(Cpu c, Insn d, long a, long format, long components) {
        if ((components & X87) != 0) {
            FxState.saveX87(c, a, (d.rex & 8) != 0);
        }
        if ((components & SSE) != 0) {
            FxState.saveXmm(c, a, registers(d));
        }
        if ((components & AVX) != 0) {
            long at = a + XsaveLayout.offset(format, XsaveLayout.AVX);
            for (int i = 0; i < 2 * registers(d); i++) {
                Mem.write64(c, at + 8 * i, c.ymmHigh(i));
            }
        }
        if ((components & PKRU) != 0) {
            Mem.write64(c, a + XsaveLayout.offset(format, XsaveLayout.PKRU), c.pkru() & 0xFFFFFFFFL);
        }
        if ((components & CET_USER) != 0) {
            long at = a + XsaveLayout.offset(format, XsaveLayout.CET_USER);
            Mem.write64(c, at, c.userCet);
            Mem.write64(c, at + 8, c.levelSsp[3]);
        }
        if ((components & CET_SUPERVISOR) != 0) {
            long at = a + XsaveLayout.offset(format, XsaveLayout.CET_SUPERVISOR);
            for (int i = 0; i < 3; i++) {
                Mem.write64(c, at + 8 * i, c.levelSsp[i]);
            }
        }
    }

    /** XSAVE. */
    public static int xsave(Cpu c, Insn d) {
        long mask = requested(c, c.xcr0);
        long a = area(c, d, true, XsaveLayout.standardSize(mask));
        standard(c, d, a, mask, mask);
        return Outcome.NEXT;
    }

    /** XSAVEOPT: without the components that are as after initialisation. */
    public static int xsaveopt(Cpu c, Insn d) {
        long mask = requested(c, c.xcr0);
        long a = area(c, d, true, XsaveLayout.standardSize(mask));
        standard(c, d, a, mask, mask & inUse(c, registers(d)));
        return Outcome.NEXT;
    }

    private static void standard(Cpu c, Insn d, long a, long mask, long written) {
        long used = inUse(c, registers(d));
        long before = Mem.read64(c, a + XSTATE_BV);
        write(c, d, a, 0, written);
        if ((mask & (SSE | AVX)) != 0) {
            FxState.saveMxcsr(c, a);
        }
        Mem.write64(c, a + XSTATE_BV, before & ~mask | used & mask);
    }

    /** XSAVEC. */
    public static int xsavec(Cpu c, Insn d) {
        long mask = requested(c, c.xcr0);
        compact(c, d, area(c, d, true, XsaveLayout.compactSize(mask)), mask);
        return Outcome.NEXT;
    }

    /** XSAVES. */
    public static int xsaves(Cpu c, Insn d) {
        if (!c.cr4(Control.CR4_OSXSAVE)) {
            throw c.ud();
        }
        if (c.guest != null && c.guest.instruction(c, Intercept.XSAVES, d)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long mask = requested(c, c.xcr0 | c.xss);
        compact(c, d, area(c, d, true, XsaveLayout.compactSize(mask)), mask);
        return Outcome.NEXT;
    }

    private static void compact(Cpu c, Insn d, long a, long mask) {
        long used = inUse(c, registers(d));
        if (c.mxcsr() != INITIAL_MXCSR) {
            used |= SSE;
        }
        used &= mask;
        long format = mask | XsaveLayout.COMPACT;
        write(c, d, a, format, used);
        if ((used & SSE) != 0) {
            FxState.saveMxcsr(c, a);
        }
        Mem.write64(c, a + XSTATE_BV, used);
        Mem.write64(c, a + XCOMP_BV, format);
    }

    private static void requireLevel0(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp();
        }
    }

    /** XRSTOR. */
    public static int xrstor(Cpu c, Insn d) {
        long mask = requested(c, c.xcr0);
        long a = area(c, d, false, XsaveLayout.BASE);
        long present = Mem.read64(c, a + XSTATE_BV);
        long format = Mem.read64(c, a + XCOMP_BV);
        if (format < 0) {
            if (!c.model.has(Feature.XSAVEC)) {
                throw c.gp();
            }
            compacted(c, d, a, present, format, mask, c.xcr0);
            return Outcome.NEXT;
        }
        if ((present & ~c.xcr0) != 0 || format != 0 || Mem.read64(c, a + RESERVED) != 0) {
            throw c.gp();
        }
        // MXCSR comes from the area for AVX alone, too, whatever the header says of it
        restore(c, d, a, 0, present, mask, (mask & (SSE | AVX)) != 0 ? FxState.readMxcsr(c, a) : c.mxcsr());
        return Outcome.NEXT;
    }

    /** XRSTORS. */
    public static int xrstors(Cpu c, Insn d) {
        if (!c.cr4(Control.CR4_OSXSAVE)) {
            throw c.ud();
        }
        if (c.guest != null && c.guest.instruction(c, Intercept.XRSTORS, d)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long enabled = c.xcr0 | c.xss;
        long a = area(c, d, false, XsaveLayout.BASE);
        long format = Mem.read64(c, a + XCOMP_BV);
        if (format >= 0) {
            throw c.gp();
        }
        compacted(c, d, a, Mem.read64(c, a + XSTATE_BV), format, requested(c, enabled), enabled);
        return Outcome.NEXT;
    }

    private static void compacted(Cpu c, Insn d, long a, long present, long format, long mask, long enabled) {
        long components = format & ~XsaveLayout.COMPACT;
        boolean valid = (components & ~enabled) == 0 && (present & ~components) == 0;
        for (int i = RESERVED; i < XsaveLayout.BASE; i += 8) {
            valid &= Mem.read64(c, a + i) == 0;
        }
        if (!valid) {
            throw c.gp();
        }
        int mxcsr = (mask & SSE) == 0 ? c.mxcsr() : (present & SSE) == 0 ? INITIAL_MXCSR : FxState.readMxcsr(c, a);
        restore(c, d, a, format, present, mask, mxcsr);
    }

    /** Loads the components asked for that are present, and initialises the others asked for. */
    private static void restore(Cpu c, Insn d, long a, long format, long present, long mask, int mxcsr) {
        // of the components that are there, the last one asked for ends the area that is read
        long last = Long.highestOneBit(present & mask & ~(X87 | SSE));
        if (last != 0) {
            int component = Long.numberOfTrailingZeros(last);
            Mem.probeRead(c, a + XsaveLayout.offset(format, component) + XsaveLayout.size(component) - 1, 1);
        }
        // read before it changes what else may be read
        int pkru = (present & mask & PKRU) != 0 ? (int) Mem.read32(c, a + XsaveLayout.offset(format, XsaveLayout.PKRU)) : 0;
        checkCet(c, a, format, present & mask);
        int n = 2 * registers(d);
        if ((mask & X87) != 0) {
            if ((present & X87) != 0) {
                FxState.restoreX87(c, a, (d.rex & 8) != 0);
            } else {
                initialX87(c);
            }
        }
        if ((mask & SSE) != 0) {
            if ((present & SSE) != 0) {
                FxState.restoreXmm(c, a, n / 2);
            } else {
                for (int i = 0; i < n; i++) {
                    c.xmm(i, 0);
                }
            }
        }
        if ((mask & AVX) != 0) {
            long at = a + XsaveLayout.offset(format, XsaveLayout.AVX);
            for (int i = 0; i < n; i++) {
                c.ymmHigh(i, (present & AVX) != 0 ? Mem.read64(c, at + 8 * i) : 0);
            }
        }
        c.mxcsr(mxcsr);
        if ((mask & PKRU) != 0) {
            ProtectionKeys.pkru(c, pkru);
        }
        restoreCet(c, a, format, present, mask);
    }

    /** Values that WRMSR would not take are #GP before anything changes (SDM vol. 1, 13.12). */
    private static void checkCet(Cpu c, long a, long format, long components) {
        for (int component = XsaveLayout.CET_USER; component <= XsaveLayout.CET_SUPERVISOR; component++) {
            if ((components >>> component & 1) != 0) {
                long at = a + XsaveLayout.offset(format, component);
                for (int i = 0; i < XsaveLayout.size(component) / 8; i++) {
                    if (!CetMsrs.valid(c.model, cetMsr(component, i), Mem.read64(c, at + 8 * i))) {
                        throw c.gp();
                    }
                }
            }
        }
    }

    /** Which MSR is word {@code i} of a component. */
    private static int cetMsr(int component, int i) {
        return component == XsaveLayout.CET_SUPERVISOR ? CetMsrs.PL0_SSP + i : i == 0 ? CetMsrs.U_CET : CetMsrs.PL3_SSP;
    }

    private static void restoreCet(Cpu c, long a, long format, long present, long mask) {
        for (int component = XsaveLayout.CET_USER; component <= XsaveLayout.CET_SUPERVISOR; component++) {
            if ((mask >>> component & 1) != 0) {
                long at = a + XsaveLayout.offset(format, component);
                for (int i = 0; i < XsaveLayout.size(component) / 8; i++) {
                    CetMsrs.write(c, cetMsr(component, i), (present >>> component & 1) != 0 ? Mem.read64(c, at + 8 * i) : 0);
                }
            }
        }
    }

    private static void initialX87(Cpu c) {
        for (int i = 0; i < 8; i++) {
            c.fpSignificand[i] = 0;
            c.fpSignExp[i] = 0;
        }
        FpControl.initialise(c);
    }
}
