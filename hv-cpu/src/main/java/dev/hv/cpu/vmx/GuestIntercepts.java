package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.InstructionOperands;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Intercepts;
import dev.hv.cpu.state.PhysicalAccess;

/** Which instructions exit (SDM vol. 3C, 25.1) and what they do instead where they don't (25.3). */
final class GuestIntercepts implements Intercepts {

    private static final long TPR_MASK = 0xF;
    private static final int MSR_HIGH_FIRST = 0xC0000000;
    private static final int MSR_RANGE = 0x2000;
    private static final int MSR_HIGH_READ = 1024;
    private static final int MSR_LOW_WRITE = 2048;
    private static final int MSR_HIGH_WRITE = 3072;

    /** IA32_TIME_STAMP_COUNTER. */
    private static final int TSC = 0x10;
    /** Bits of the TSC multiplier behind its binary point (24.6.5). */
    private static final int MULTIPLIER_FRACTION = 48;

    private final VmxUnit unit;

    // Pause-loop exiting (25.1.3): time of the loop's first PAUSE and of the last one
    private long firstPause;
    private long lastPause;
    /** A PAUSE was executed since the VM entry. */
    private boolean paused;
    /** The guest was left for a moment in which nothing happened: PAUSEs before and after follow each other. */
    boolean aside;

    GuestIntercepts(VmxUnit unit) {
        this.unit = unit;
    }

    @Override
    public boolean instruction(Cpu c, Intercept what, InstructionOperands d) {
        return exits(c, what, d) && exit(what, d, what == Intercept.MWAIT && c.monitor.armed() ? 1 : ExitInformation.displacement(what, d));
    }

    @Override
    public boolean instruction(Cpu c, Intercept what, InstructionOperands d, long linear) {
        return exits(c, what, d) && exit(what, d, linear);
    }

    private boolean exit(Intercept what, InstructionOperands d, long qualification) {
        unit.exits().instruction(ExitInformation.reason(what), qualification, d.length(), ExitInformation.of(what, d));
        return true;
    }

    private boolean exits(Cpu c, Intercept what, InstructionOperands d) {
        return switch (what) {
            case HLT -> (unit.primary & HLT_EXITING) != 0;
            case INVLPG -> (unit.primary & INVLPG_EXITING) != 0;
            case RDPMC -> (unit.primary & RDPMC_EXITING) != 0;
            case RDTSC -> (unit.primary & RDTSC_EXITING) != 0;
            case MWAIT -> (unit.primary & MWAIT_EXITING) != 0;
            case MONITOR -> (unit.primary & MONITOR_EXITING) != 0;
            case UMONITOR -> {
                enabled(c, ENABLE_USER_WAIT);
                yield false;
            }
            case UMWAIT, TPAUSE -> {
                enabled(c, ENABLE_USER_WAIT);
                yield (unit.primary & RDTSC_EXITING) != 0;
            }
            case PAUSE -> (unit.primary & PAUSE_EXITING) != 0 || (unit.secondary & PAUSE_LOOP_EXITING) != 0 && pauseLoop(c);
            case SGDT, SIDT, LGDT, LIDT, SLDT, STR, LLDT, LTR -> (unit.secondary & DESCRIPTOR_TABLE_EXITING) != 0;
            case WBINVD -> (unit.secondary & WBINVD_EXITING) != 0;
            case RDRAND -> (unit.secondary & RDRAND_EXITING) != 0;
            case RDSEED -> (unit.secondary & RDSEED_EXITING) != 0;
            case RDTSCP -> {
                enabled(c, ENABLE_RDTSCP);
                yield (unit.primary & RDTSC_EXITING) != 0;
            }
            case XSAVES, XRSTORS -> {
                enabled(c, ENABLE_XSAVES);
                long components = c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX) & 0xFFFFFFFFL;
                yield (components & c.xss & unit.vmcs.get(VmcsField.XSS_EXITING_BITMAP)) != 0;
            }
            case VMREAD, VMWRITE -> {
                long encoding = c.mode64() ? c.gpr(d.reg()) : c.gpr(d.reg()) & 0xFFFFFFFFL;
                yield unit.shadowing.exits(c, encoding, what == Intercept.VMWRITE);
            }
            case VMFUNC -> {
                enabled(c, ENABLE_VM_FUNCTIONS);
                yield unit.functions.exits(c);
            }
            case INVPCID -> {
                enabled(c, ENABLE_INVPCID);
                yield (unit.primary & INVLPG_EXITING) != 0;
            }
            case PUSHF, POPF, IRET, RSM, SMSW, RDPRU -> false;
            default -> true;
        };
    }

    private void enabled(Cpu c, int control) {
        if ((unit.secondary & control) == 0) {
            throw c.ud();
        }
    }

    /** A VM entry: the next PAUSE is the first of its loop. */
    void entered() {
        paused &= aside;
        aside = false;
    }

    private boolean pauseLoop(Cpu c) {
        if (c.cpl != 0) {
            return false;
        }
        long now = c.time.tsc();
        if (!paused || now - lastPause > unit.vmcs.get(VmcsField.PLE_GAP)) {
            paused = true;
            firstPause = now;
        }
        lastPause = now;
        return now - firstPause > unit.vmcs.get(VmcsField.PLE_WINDOW);
    }

    // ---- MSRs and ports -----------------------------------------------------------------------------------------------

    @Override
    public boolean msr(Cpu c, int length, int msr, boolean write) {
        if (!msrExits(c, msr, write)) {
            return false;
        }
        unit.exits().instruction(write ? ExitReason.WRMSR : ExitReason.RDMSR, 0, length, 0);
        return true;
    }

    @Override
    public boolean virtualizesMsr(int msr) {
        return unit.registers.concerns(msr) || msr == TSC && (unit.secondary & TSC_SCALING) != 0;
    }

    @Override
    public boolean virtualInterruptWaits() {
        return unit.apic.interruptWaits();
    }

    private boolean msrExits(Cpu c, int msr, boolean write) {
        if ((unit.primary & MSR_BITMAPS) == 0) {
            return true;
        }
        int bit;
        int offset;
        if (msr >= 0 && msr < MSR_RANGE) {
            bit = msr;
            offset = write ? MSR_LOW_WRITE : 0;
        } else if (msr >= MSR_HIGH_FIRST && msr < MSR_HIGH_FIRST + MSR_RANGE) {
            bit = msr - MSR_HIGH_FIRST;
            offset = write ? MSR_HIGH_WRITE : MSR_HIGH_READ;
        } else {
            return true;
        }
        return (PhysicalAccess.read8(c, unit.vmcs.get(VmcsField.MSR_BITMAP) + offset + (bit >>> 3)) >>> (bit & 7) & 1) != 0;
    }

    @Override
    public boolean io(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean immediate) {
        if (!ioExits(c, port, size)) {
            return false;
        }
        unit.exits().instruction(ExitReason.IO, ioQualification(port, size, in) | (immediate ? 1 << 6 : 0), d.length(), 0);
        return true;
    }

    @Override
    public boolean ioString(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean rep, long linear, int segment) {
        if (!ioExits(c, port, size)) {
            return false;
        }
        unit.vmcs.set(VmcsField.GUEST_LINEAR_ADDRESS, linear);
        unit.exits().instruction(ExitReason.IO, ioQualification(port, size, in) | 1 << 4 | (rep ? 1 << 5 : 0), d.length(),
                ExitInformation.string(d, segment));
        return true;
    }

    /** Table 28-5. */
    private static long ioQualification(int port, int size, boolean in) {
        return size - 1 | (in ? 1 << 3 : 0) | (long) (port & 0xFFFF) << 16;
    }

    private boolean ioExits(Cpu c, int port, int size) {
        if ((unit.primary & IO_BITMAPS) == 0) {
            return (unit.primary & UNCONDITIONAL_IO) != 0;
        }
        for (int p = port; p < port + size; p++) {
            if (p > 0xFFFF) {
                return true;
            }
            long bitmap = unit.vmcs.get(p < 0x8000 ? VmcsField.IO_BITMAP_A : VmcsField.IO_BITMAP_B);
            if ((PhysicalAccess.read8(c, bitmap + ((p & 0x7FFF) >>> 3)) >>> (p & 7) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    // ---- control and debug registers ----------------------------------------------------------------------------------

    @Override
    public boolean movToCr(Cpu c, int length, int cr, int gpr, long value) {
        boolean exits = switch (cr) {
            case 0 -> differs(value, VmcsField.CR0_MASK, VmcsField.CR0_SHADOW);
            case 3 -> (unit.primary & CR3_LOAD_EXITING) != 0 && !isCr3Target(value);
            case 4 -> differs(value, VmcsField.CR4_MASK, VmcsField.CR4_SHADOW);
            case 8 -> (unit.primary & CR8_LOAD_EXITING) != 0;
            // no control makes MOV to CR2 exit (25.1.3)
            default -> false;
        };
        return exits && crExit(cr | gpr << 8, length);
    }

    private boolean differs(long value, int mask, int shadow) {
        return ((value ^ unit.vmcs.get(shadow)) & unit.vmcs.get(mask)) != 0;
    }

    private boolean isCr3Target(long value) {
        int n = unit.vmcs.get32(VmcsField.CR3_TARGET_COUNT);
        for (int i = 0; i < n; i++) {
            if (unit.vmcs.get(VmcsField.CR3_TARGET0 + 2 * i) == value) {
                return true;
            }
        }
        return false;
    }

    private boolean crExit(long qualification, int length) {
        unit.exits().instruction(ExitReason.CR_ACCESS, qualification, length, 0);
        return true;
    }

    @Override
    public boolean movFromCr(Cpu c, int length, int cr, int gpr) {
        boolean exits = switch (cr) {
            case 3 -> (unit.primary & CR3_STORE_EXITING) != 0;
            case 8 -> (unit.primary & CR8_STORE_EXITING) != 0;
            // CR0 and CR4 read as their masks and shadows say, CR2 as it is (25.1.3, 25.3)
            default -> false;
        };
        return exits && crExit(cr | 1 << 4 | gpr << 8, length);
    }

    @Override
    public boolean clts(Cpu c, int length) {
        long owned = unit.vmcs.get(VmcsField.CR0_MASK) & unit.vmcs.get(VmcsField.CR0_SHADOW);
        return (owned & Control.CR0_TS) != 0 && crExit(2 << 4, length);
    }

    @Override
    public boolean lmsw(Cpu c, int length, int source, boolean memory, long linear) {
        long mask = unit.vmcs.get(VmcsField.CR0_MASK);
        long changed = (source ^ unit.vmcs.get(VmcsField.CR0_SHADOW)) & mask;
        // LMSW cannot clear PE, so only setting it counts
        long counts = Control.CR0_MP | Control.CR0_EM | Control.CR0_TS | source & Control.CR0_PE;
        if ((changed & counts) == 0) {
            return false;
        }
        if (memory) {
            unit.vmcs.set(VmcsField.GUEST_LINEAR_ADDRESS, linear);
        }
        return crExit(3 << 4 | (memory ? 1 << 6 : 0) | (source & 0xFFFFL) << 16, length);
    }

    @Override
    public boolean movDr(Cpu c, int length, int dr, int gpr, boolean fromDr) {
        if ((unit.primary & MOV_DR_EXITING) == 0) {
            return false;
        }
        unit.exits().instruction(ExitReason.DR_ACCESS, dr | (fromDr ? 1 << 4 : 0) | gpr << 8, length, 0);
        return true;
    }

    @Override
    public long readCr0(Cpu c) {
        return merge(c.cr0, unit.vmcs.get(VmcsField.CR0_SHADOW), unit.vmcs.get(VmcsField.CR0_MASK));
    }

    @Override
    public long readCr4(Cpu c) {
        return merge(c.cr4, unit.vmcs.get(VmcsField.CR4_SHADOW), unit.vmcs.get(VmcsField.CR4_MASK));
    }

    @Override
    public long writeCr0(Cpu c, long value) {
        return merge(value, c.cr0, unit.vmcs.get(VmcsField.CR0_MASK));
    }

    @Override
    public long writeCr4(Cpu c, long value) {
        return merge(value, c.cr4, unit.vmcs.get(VmcsField.CR4_MASK));
    }

    private static long merge(long own, long masked, long mask) {
        return own & ~mask | masked & mask;
    }

    @Override
    public long readCr8(Cpu c) {
        if ((unit.primary & TPR_SHADOW) != 0) {
            return unit.virtualTpr() >>> 4;
        }
        return c.apic == null ? 0 : c.apic.cr8();
    }

    @Override
    public void writeCr8(Cpu c, long value) {
        if ((unit.primary & TPR_SHADOW) != 0) {
            unit.setVirtualTpr((int) (value & TPR_MASK) << 4);
        } else if (c.apic != null) {
            c.apic.setCr8((int) (value & TPR_MASK));
        }
    }

    @Override
    public long guestTsc(Cpu c, long tsc) {
        if ((unit.primary & TSC_OFFSETTING) == 0) {
            return tsc;
        }
        long scaled = tsc;
        if ((unit.secondary & TSC_SCALING) != 0) {
            long multiplier = unit.vmcs.get(VmcsField.TSC_MULTIPLIER);
            scaled = Math.unsignedMultiplyHigh(tsc, multiplier) << 64 - MULTIPLIER_FRACTION | tsc * multiplier >>> MULTIPLIER_FRACTION;
        }
        return scaled + unit.vmcs.get(VmcsField.TSC_OFFSET);
    }

    @Override
    public boolean allowsRdpid() {
        return (unit.secondary & ENABLE_RDTSCP) != 0;
    }

    @Override
    public boolean steps(Cpu c) {
        return unit.events.steps();
    }

    void save(StateWriter out) {
        out.put("first-pause", firstPause);
        out.put("last-pause", lastPause);
        out.put("paused", paused);
    }

    void restore(StateReader in) {
        firstPause = in.take();
        lastPause = in.take();
        paused = in.takeBoolean();
    }
}
