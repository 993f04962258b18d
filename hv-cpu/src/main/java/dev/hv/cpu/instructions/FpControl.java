package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Vector;

/** Control words, status words and initialisation of x87 and SSE (SDM vol. 2, the pages of the names). */
public final class FpControl {

    /** Exception flags of the status word, and their masks in the control word. */
    public static final int EXCEPTIONS = 0x3F;
    /** ES and B of the status word: an unmasked exception is pending. */
    static final int SUMMARY = 1 << 7 | 1 << 15;
    /** ES alone. */
    private static final int ERROR_SUMMARY = 1 << 7;
    /** Bits of MXCSR that exist. */
    private static final int MXCSR_MASK = 0xFFFF;
    /** MXCSR.MM: operands of SSE in memory need not be aligned (APM vol. 1, 4.2.2). */
    static final int MXCSR_MM = 1 << 17;

    /** FCW after FNINIT: all exceptions masked, extended precision, to nearest. */
    public static final int INITIAL_CONTROL = 0x37F;
    /** Tags of empty registers. */
    static final int EMPTY = 0xFFFF;

    private FpControl() {}

    /**
     * Looks for a pending unmasked x87 exception, as waiting instructions do. With CR0.NE clear it is reported by FERR#, and with
     * IGNNE# it does not count (SDM vol. 1, 8.7.2).
     *
     * @throws dev.hv.cpu.state.GuestFault #MF; with CR0.NE clear {@link dev.hv.cpu.events.ExceptionDelivery} makes waiting of it
     */
    public static void check(Cpu c) {
        if ((c.fsw & ERROR_SUMMARY) != 0) {
            pending(c);
        }
    }

    private static void pending(Cpu c) {
        if ((c.cr0 & Control.CR0_NE) == 0) {
            c.ferr = true;
            if (c.numericErrors.raise()) {
                return;
            }
        }
        throw c.fault(Vector.MF, 0);
    }

    /** Recomputes ES and B after a change of flags or masks. */
    public static void summarise(Cpu c) {
        c.fsw = c.fsw & ~SUMMARY | ((c.fsw & ~c.fcw & EXCEPTIONS) != 0 ? SUMMARY : 0);
        settle(c);
    }

    /** Takes FERR# back when the error it reported is gone. */
    public static void settle(Cpu c) {
        if (c.ferr && (c.fsw & ERROR_SUMMARY) == 0) {
            c.ferr = false;
            c.numericErrors.lower();
        }
    }

    /** FNINIT. */
    public static int fninit(Cpu c, Insn d) {
        initialise(c);
        return Outcome.NEXT;
    }

    /** Control, status, tags and pointers as after FNINIT. */
    public static void initialise(Cpu c) {
        c.fcw = INITIAL_CONTROL;
        c.fsw = 0;
        c.ftw = EMPTY;
        c.fop = 0;
        c.fip = 0;
        c.fcs = 0;
        c.fdp = 0;
        c.fds = 0;
        settle(c);
    }

    /** FNCLEX. */
    public static int fnclex(Cpu c, Insn d) {
        c.fsw &= ~(SUMMARY | EXCEPTIONS | 1 << 6);
        settle(c);
        return Outcome.NEXT;
    }

    /** 8087 and 80287 instructions that later processors ignore. */
    public static int ignored(Cpu c, Insn d) {
        return Outcome.NEXT;
    }

    /** FNSTSW AX. */
    public static int fnstswAx(Cpu c, Insn d) {
        c.gpr(Cpu.RAX, c.gpr(Cpu.RAX) & ~0xFFFFL | c.fsw & 0xFFFF);
        return Outcome.NEXT;
    }

    /** FNSTSW m16. */
    public static int fnstsw(Cpu c, Insn d) {
        Mem.write16(c, Ea.of(c, d, 2, true), c.fsw);
        return Outcome.NEXT;
    }

    /** FNSTCW m16. */
    public static int fnstcw(Cpu c, Insn d) {
        Mem.write16(c, Ea.of(c, d, 2, true), c.fcw);
        return Outcome.NEXT;
    }

    /** FLDCW m16. */
    public static int fldcw(Cpu c, Insn d) {
        check(c);
        c.fcw = control((int) Mem.read16(c, Ea.of(c, d, 2, false)));
        summarise(c);
        return Outcome.NEXT;
    }

    /** A control word as it reads once it is loaded: what is reserved is fixed. */
    static int control(int word) {
        return word & 0x1F7F | 0x40;
    }

    /** FWAIT. */
    public static int fwait(Cpu c, Insn d) {
        if ((c.mode & Modes.WAIT_NM) != 0) {
            throw c.fault(Vector.NM, 0);
        }
        check(c);
        return Outcome.NEXT;
    }

    /** The bits of MXCSR that the processor has. */
    public static int mxcsrMask(Cpu c) {
        return c.model.has(Feature.MISALIGNSSE) ? MXCSR_MASK | MXCSR_MM : MXCSR_MASK;
    }

    /** LDMXCSR: reserved bits are #GP. */
    public static int ldmxcsr(Cpu c, Insn d) {
        int v = (int) Mem.read32(c, Ea.of(c, d, 4, false));
        if ((v & ~mxcsrMask(c)) != 0) {
            throw c.gp();
        }
        c.mxcsr(v);
        return Outcome.NEXT;
    }

    /** STMXCSR. */
    public static int stmxcsr(Cpu c, Insn d) {
        Mem.write32(c, Ea.of(c, d, 4, true), c.mxcsr());
        return Outcome.NEXT;
    }
}
