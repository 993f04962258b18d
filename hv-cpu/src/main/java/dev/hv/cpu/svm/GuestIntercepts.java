package dev.hv.cpu.svm;

import static dev.hv.cpu.svm.SvmControls.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.InstructionOperands;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Intercepts;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Rflags;

/** Which instructions exit (APM vol. 2, 15.7 to 15.11) and what they do instead where they don't. */
final class GuestIntercepts implements Intercepts {

    private static final int NONE = -1;
    private static final int TPR_PRIORITY = 0xF;
    private static final int MSR_RANGE = 0x2000;
    private static final int MSR_HIGH = 0xC0000000;
    private static final int MSR_HIGHER = 0xC0010000;
    private static final int MSR_BYTES = 0x800;
    private static final int MSR_TSC = 0x10;

    private final SvmUnit unit;
    private final GuestControls g;

    /** The guest was left for a moment in which nothing happened: PAUSEs before and after follow each other. */
    boolean aside;
    // Pause filter (15.14.4): PAUSEs left before one exits, time of the last one
    private int pausesLeft;
    private long lastPause;

    GuestIntercepts(SvmUnit unit) {
        this.unit = unit;
        g = unit.controls;
    }

    /** VMRUN: the pause filter begins to count. */
    void entered() {
        if (!aside) {
            pausesLeft = g.pauseCount;
            lastPause = unit.c.time.tsc();
        }
        aside = false;
    }

    private boolean exit(Cpu c, int code, int length, long info1, long info2) {
        unit.exits().instruction(code, info1, info2, next(c, length));
        return true;
    }

    private static long next(Cpu c, int length) {
        long next = c.rip + length;
        return c.mode64() ? next : next & 0xFFFFFFFFL;
    }

    @Override
    public boolean instruction(Cpu c, Intercept what, InstructionOperands d) {
        return instruction(c, what, d, 0);
    }

    @Override
    public boolean instruction(Cpu c, Intercept what, InstructionOperands d, long linear) {
        int code = what == Intercept.MWAIT && c.monitor.armed() && !g.intercepts(SvmExitCode.MWAIT) ? SvmExitCode.MWAIT_ARMED : code(what);
        return code != NONE && g.intercepts(code) && (what != Intercept.PAUSE || pause(c)) && exit(c, code, d.length(), linear, 0);
    }

    private static int code(Intercept what) {
        return switch (what) {
            case CPUID -> SvmExitCode.CPUID;
            case HLT -> SvmExitCode.HLT;
            case INVD -> SvmExitCode.INVD;
            case WBINVD -> SvmExitCode.WBINVD;
            case INVLPG -> SvmExitCode.INVLPG;
            case INVLPGA -> SvmExitCode.INVLPGA;
            case INVPCID -> SvmExitCode.INVPCID;
            case RDPMC -> SvmExitCode.RDPMC;
            case RDTSC -> SvmExitCode.RDTSC;
            case RDTSCP -> SvmExitCode.RDTSCP;
            case MONITOR -> SvmExitCode.MONITOR;
            case MWAIT -> SvmExitCode.MWAIT;
            case PAUSE -> SvmExitCode.PAUSE;
            case XSETBV -> SvmExitCode.XSETBV;
            case RDPRU -> SvmExitCode.RDPRU;
            case SGDT -> SvmExitCode.GDTR_READ;
            case SIDT -> SvmExitCode.IDTR_READ;
            case LGDT -> SvmExitCode.GDTR_WRITE;
            case LIDT -> SvmExitCode.IDTR_WRITE;
            case SLDT -> SvmExitCode.LDTR_READ;
            case STR -> SvmExitCode.TR_READ;
            case LLDT -> SvmExitCode.LDTR_WRITE;
            case LTR -> SvmExitCode.TR_WRITE;
            case PUSHF -> SvmExitCode.PUSHF;
            case POPF -> SvmExitCode.POPF;
            case IRET -> SvmExitCode.IRET;
            case SMSW -> SvmExitCode.CR0_READ;
            case RSM -> SvmExitCode.RSM;
            case VMRUN -> SvmExitCode.VMRUN;
            case VMMCALL -> SvmExitCode.VMMCALL;
            case VMLOAD -> SvmExitCode.VMLOAD;
            case VMSAVE -> SvmExitCode.VMSAVE;
            case STGI -> SvmExitCode.STGI;
            case CLGI -> SvmExitCode.CLGI;
            case SKINIT -> SvmExitCode.SKINIT;
            // no intercept has them, or no processor with SVM
            default -> NONE;
        };
    }

    /** EXIT_INFO1 of MOV to or from a control register (15.8.1). */
    private static long register(Cpu c, int gpr) {
        return c.model.has(Feature.DECODEASSISTS) ? CR_MOV | gpr : 0;
    }

    /** Whether this PAUSE exits: at once without a filter, or when so many came, each soon after the one before. */
    private boolean pause(Cpu c) {
        if (g.pauseCount == 0) {
            return true;
        }
        long now = c.time.tsc();
        if (g.pauseThreshold != 0 && now - lastPause > g.pauseThreshold) {
            pausesLeft = g.pauseCount;
        }
        lastPause = now;
        return pausesLeft-- == 0;
    }

    @Override
    public boolean softwareInterrupt(Cpu c, int length, int vector) {
        return g.intercepts(SvmExitCode.SOFTWARE_INTERRUPT) && exit(c, SvmExitCode.SOFTWARE_INTERRUPT, length, vector, 0);
    }

    @Override
    public boolean pushfExits() {
        return g.intercepts(SvmExitCode.PUSHF);
    }

    // ---- MSRs and ports -----------------------------------------------------------------------------------------------

    @Override
    public boolean virtualizesMsr(int msr) {
        return unit.avicRegisters.owns(msr) || msr == MSR_TSC && unit.scalesTsc();
    }

    @Override
    public boolean msr(Cpu c, int length, int msr, boolean write) {
        return g.intercepts(SvmExitCode.MSR) && msrExits(c, msr, write) && exit(c, SvmExitCode.MSR, length, write ? 1 : 0, 0);
    }

    /** 15.11: two bits an MSR, reads in the lower one; MSRs that the map does not have exit. */
    private boolean msrExits(Cpu c, int msr, boolean write) {
        int range = msr & ~(MSR_RANGE - 1);
        int index = range == 0 ? 0 : range == MSR_HIGH ? 1 : range == MSR_HIGHER ? 2 : NONE;
        if (index == NONE) {
            return true;
        }
        int bit = (msr & MSR_RANGE - 1) * 2 + (write ? 1 : 0);
        return (PhysicalAccess.read8(c, g.msrBitmap + index * MSR_BYTES + (bit >>> 3)) >>> (bit & 7) & 1) != 0;
    }

    @Override
    public boolean io(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean immediate) {
        return ioExits(c, port, size) && exitIo(c, d, port, size, in ? IO_IN : 0);
    }

    @Override
    public boolean ioString(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean rep, long linear, int segment) {
        return ioExits(c, port, size)
                && exitIo(c, d, port, size, (in ? IO_IN : 0) | IO_STRING | (rep ? IO_REPEATED : 0) | segment << IO_SEGMENT_SHIFT);
    }

    /** Figure 15-2. */
    private boolean exitIo(Cpu c, InstructionOperands d, int port, int size, int what) {
        long info1 = what | size << IO_SIZE_SHIFT | d.addressSize() >>> 4 << IO_ADDRESS_SHIFT | (port & 0xFFFFL) << IO_PORT_SHIFT;
        return exit(c, SvmExitCode.IO, d.length(), info1, next(c, d.length()));
    }

    private boolean ioExits(Cpu c, int port, int size) {
        if (!g.intercepts(SvmExitCode.IO)) {
            return false;
        }
        // an access that runs over the last port looks at the map's third page
        for (int p = port; p < port + size; p++) {
            if ((PhysicalAccess.read8(c, g.ioBitmap + (p >>> 3)) >>> (p & 7) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    // ---- control and debug registers ----------------------------------------------------------------------------------

    @Override
    public boolean movToCr(Cpu c, int length, int cr, int gpr, long value) {
        if (g.intercepts(SvmExitCode.CR0_WRITE + cr)) {
            return exit(c, SvmExitCode.CR0_WRITE + cr, length, register(c, gpr), 0);
        }
        // the selective intercept looks at changes of anything but TS and MP, and comes after the other (15.9)
        return cr == 0 && g.intercepts(SvmExitCode.CR0_SELECTIVE_WRITE) && ((c.cr0 ^ value) & ~(Control.CR0_TS | Control.CR0_MP)) != 0
                && exit(c, SvmExitCode.CR0_SELECTIVE_WRITE, length, register(c, gpr), 0);
    }

    @Override
    public boolean movFromCr(Cpu c, int length, int cr, int gpr) {
        return g.intercepts(SvmExitCode.CR0_READ + cr) && exit(c, SvmExitCode.CR0_READ + cr, length, register(c, gpr), 0);
    }

    @Override
    public boolean clts(Cpu c, int length) {
        return g.intercepts(SvmExitCode.CR0_WRITE) && exit(c, SvmExitCode.CR0_WRITE, length, 0, 0);
    }

    @Override
    public boolean lmsw(Cpu c, int length, int source, boolean memory, long linear) {
        if (g.intercepts(SvmExitCode.CR0_WRITE)) {
            return exit(c, SvmExitCode.CR0_WRITE, length, 0, 0);
        }
        // to the selective intercept every LMSW is a write, whatever it changes
        return g.intercepts(SvmExitCode.CR0_SELECTIVE_WRITE) && exit(c, SvmExitCode.CR0_SELECTIVE_WRITE, length, 0, 0);
    }

    @Override
    public boolean movDr(Cpu c, int length, int dr, int gpr, boolean fromDr) {
        int code = (fromDr ? SvmExitCode.DR0_READ : SvmExitCode.DR0_WRITE) + dr;
        return g.intercepts(code) && exit(c, code, length, gpr, 0);
    }

    @Override
    public long readCr0(Cpu c) {
        return c.cr0;
    }

    @Override
    public long readCr4(Cpu c) {
        return c.cr4;
    }

    @Override
    public long writeCr0(Cpu c, long value) {
        return value;
    }

    @Override
    public long writeCr4(Cpu c, long value) {
        return value;
    }

    // ---- interrupts and time -------------------------------------------------------------------------------------------

    @Override
    public long readCr8(Cpu c) {
        if (g.avic) {
            return unit.avic.taskPriority();
        }
        if (g.has(V_INTR_MASKING)) {
            return g.virtualInterrupt & TPR_PRIORITY;
        }
        return c.apic == null ? 0 : c.apic.cr8();
    }

    /** Without virtual masking a write goes to both (15.21.2). */
    @Override
    public void writeCr8(Cpu c, long value) {
        if (g.avic) {
            unit.avic.setTaskPriority((int) value & TPR_PRIORITY);
            return;
        }
        g.virtualInterrupt = g.virtualInterrupt & ~(long) V_TPR | value & TPR_PRIORITY;
        if (!g.has(V_INTR_MASKING) && c.apic != null) {
            c.apic.setCr8((int) value & TPR_PRIORITY);
        }
    }

    @Override
    public boolean interruptsEnabled(Cpu c) {
        return g.has(V_INTR_MASKING) ? unit.host.interruptsEnabled() : (c.rflagsOther() & Rflags.IF) != 0;
    }

    @Override
    public boolean nmisEnabled(Cpu c) {
        return g.intercepts(SvmExitCode.NMI) ? !unit.host.nmiBlocked() : !c.nmiBlocked;
    }

    /** 15.30.5: scaled, then offset. */
    @Override
    public long guestTsc(Cpu c, long tsc) {
        long ratio = unit.tscRatio();
        long scaled = ratio == TSC_RATIO_ONE ? tsc : Math.multiplyHigh(tsc, ratio) << 32 | tsc * ratio >>> 32;
        return scaled + g.tscOffset;
    }

    void save(StateWriter out) {
        out.put("pauses-left", pausesLeft);
        out.put("last-pause", lastPause);
    }

    void restore(StateReader in) {
        pausesLeft = (int) in.take();
        lastPause = in.take();
    }
}
