package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PerformanceCounters;
import dev.hv.cpu.state.ProtectionKeys;

/** Processor control: CPUID, MSRs, time, HLT, caches, FS and GS bases (SDM vol. 2). */
public final class SystemInstructions {

    /** The last register that RDPRU reads. */
    static final int RDPRU_LAST = 1;

    private static final int AMD_COUNTERS = 4;

    private SystemInstructions() {}

    private static void requireLevel0(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp();
        }
    }

    private static void setPair(Cpu c, long value) {
        c.gpr(Cpu.RAX, value & 0xFFFFFFFFL);
        c.gpr(Cpu.RDX, value >>> 32);
    }

    private static long pair(Cpu c) {
        return c.gpr(Cpu.RAX) & 0xFFFFFFFFL | c.gpr(Cpu.RDX) << 32;
    }

    private static int next(Cpu c, Insn d) {
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** CPUID. */
    public static int cpuid(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.CPUID)) {
            return Outcome.EXIT;
        }
        int[] r = new int[4];
        Cpuid.leaf(c, (int) c.gpr(Cpu.RAX), (int) c.gpr(Cpu.RCX), r);
        c.gpr(Cpu.RAX, r[0] & 0xFFFFFFFFL);
        c.gpr(Cpu.RBX, r[1] & 0xFFFFFFFFL);
        c.gpr(Cpu.RCX, r[2] & 0xFFFFFFFFL);
        c.gpr(Cpu.RDX, r[3] & 0xFFFFFFFFL);
        return Outcome.NEXT;
    }

    /** RDMSR. */
    public static int rdmsr(Cpu c, Insn d) {
        requireLevel0(c);
        int msr = (int) c.gpr(Cpu.RCX);
        c.rip = d.rip;
        if (c.guest != null && c.guest.msr(c, d.length, msr, false)) {
            return Outcome.EXIT;
        }
        setPair(c, Msrs.read(c, msr));
        return Outcome.NEXT;
    }

    /** WRMSR. */
    public static int wrmsr(Cpu c, Insn d) {
        requireLevel0(c);
        int msr = (int) c.gpr(Cpu.RCX);
        c.rip = d.rip;
        if (c.guest != null && c.guest.msr(c, d.length, msr, true)) {
            return Outcome.EXIT;
        }
        Msrs.write(c, msr, pair(c));
        return next(c, d);
    }

    /** RDTSC. */
    public static int rdtsc(Cpu c, Insn d) {
        requireTime(c);
        if (Exits.made(c, d, Intercept.RDTSC)) {
            return Outcome.EXIT;
        }
        setPair(c, c.readTsc());
        return Outcome.NEXT;
    }

    /** RDTSCP. */
    public static int rdtscp(Cpu c, Insn d) {
        if (!c.model.has(Feature.RDTSCP)) {
            throw c.ud();
        }
        requireTime(c);
        if (Exits.made(c, d, Intercept.RDTSCP)) {
            return Outcome.EXIT;
        }
        setPair(c, c.readTsc());
        c.gpr(Cpu.RCX, c.tscAux);
        return Outcome.NEXT;
    }

    static void requireTime(Cpu c) {
        if (c.cpl != 0 && c.cr4(Control.CR4_TSD)) {
            throw c.gp();
        }
    }

    /** RDPID. */
    public static int rdpid(Cpu c, Insn d) {
        if (!c.model.has(Feature.RDPID) || c.guest != null && !c.guest.allowsRdpid()) {
            throw c.ud();
        }
        c.gpr(d.rm, c.tscAux);
        return Outcome.NEXT;
    }

    /** RDPMC. Without the feature Intel's models have no counter, AMD's the four of all its processors, which then do not count. */
    public static int rdpmc(Cpu c, Insn d) {
        if (c.cpl != 0 && !c.cr4(Control.CR4_PCE)) {
            throw c.gp();
        }
        if (Exits.made(c, d, Intercept.RDPMC)) {
            return Outcome.EXIT;
        }
        long index = c.gpr(Cpu.RCX) & 0xFFFFFFFFL;
        if (PerformanceCounters.in(c.model)) {
            setPair(c, CounterMsrs.counter(c, index));
            return Outcome.NEXT;
        }
        if (c.model.intel() || index >= AMD_COUNTERS) {
            throw c.gp();
        }
        setPair(c, 0);
        return Outcome.NEXT;
    }

    /** SERIALIZE: instructions are carried out one after the other anyway. */
    public static int serialize(Cpu c, Insn d) {
        return next(c, d);
    }

    /** RDPRU (APM vol. 3): MPERF and APERF, which count with the time-stamp counter; other registers read as 0. */
    public static int rdpru(Cpu c, Insn d) {
        if (c.cpl != 0 && c.cr4(Control.CR4_TSD)) {
            throw c.ud();
        }
        if (Exits.made(c, d, Intercept.RDPRU)) {
            return Outcome.EXIT;
        }
        long register = c.gpr(Cpu.RCX) & 0xFFFFFFFFL;
        setPair(c, register <= RDPRU_LAST ? c.readTsc() : 0);
        return Outcome.NEXT;
    }

    /** HLT. */
    public static int hlt(Cpu c, Insn d) {
        requireLevel0(c);
        if (Exits.made(c, d, Intercept.HLT)) {
            return Outcome.EXIT;
        }
        c.rip = d.nextRip();
        c.activity = Cpu.HALTED;
        return Outcome.HALT;
    }

    /** INVD: caches hold nothing that memory does not. */
    public static int invd(Cpu c, Insn d) {
        requireLevel0(c);
        return Exits.made(c, d, Intercept.INVD) ? Outcome.EXIT : Outcome.NEXT;
    }

    /** WBINVD. */
    public static int wbinvd(Cpu c, Insn d) {
        requireLevel0(c);
        return Exits.made(c, d, Intercept.WBINVD) ? Outcome.EXIT : Outcome.NEXT;
    }

    /** CLFLUSH, CLFLUSHOPT, CLWB: a read as far as faults go. */
    public static int clflush(Cpu c, Insn d) {
        Mem.probeRead(c, Ea.of(c, d, 1, false), 1);
        return Outcome.NEXT;
    }

    /** SWAPGS. */
    public static int swapgs(Cpu c, Insn d) {
        if (!d.mode64()) {
            throw c.ud();
        }
        requireLevel0(c);
        long base = c.seg[Cpu.GS].base;
        Msrs.setBase(c, Cpu.GS, c.kernelGsBase());
        c.kernelGsBase(base);
        return Outcome.NEXT;
    }

    /** RDFSBASE. */
    public static int rdfsbase(Cpu c, Insn d) {
        return readBase(c, d, Cpu.FS);
    }

    /** RDGSBASE. */
    public static int rdgsbase(Cpu c, Insn d) {
        return readBase(c, d, Cpu.GS);
    }

    /** WRFSBASE. */
    public static int wrfsbase(Cpu c, Insn d) {
        return writeBase(c, d, Cpu.FS);
    }

    /** WRGSBASE. */
    public static int wrgsbase(Cpu c, Insn d) {
        return writeBase(c, d, Cpu.GS);
    }

    private static int readBase(Cpu c, Insn d, int segment) {
        requireBases(c, d);
        long base = c.seg[segment].base;
        if (d.opSize == 16 && !d.amd) {
            // the operand size prefix counts on AMD's processors alone
            c.gpr(d.rm, base & 0xFFFFFFFFL);
        } else {
            Rm.write(c, d, d.rm, base);
        }
        return Outcome.NEXT;
    }

    private static int writeBase(Cpu c, Insn d, int segment) {
        requireBases(c, d);
        long v = d.opSize == 64 ? c.gpr(d.rm) : c.gpr(d.rm) & 0xFFFFFFFFL;
        if (!Canonical.register(c.model, v)) {
            throw c.gp();
        }
        Msrs.setBase(c, segment, v);
        return Outcome.NEXT;
    }

    private static void requireBases(Cpu c, Insn d) {
        if (!d.mode64() || !d.isReg || !c.cr4(Control.CR4_FSGSBASE)) {
            throw c.ud();
        }
    }

    /** RDPKRU. */
    public static int rdpkru(Cpu c, Insn d) {
        requireKeys(c);
        setPair(c, c.pkru() & 0xFFFFFFFFL);
        return Outcome.NEXT;
    }

    /** WRPKRU. */
    public static int wrpkru(Cpu c, Insn d) {
        requireKeys(c);
        if ((int) c.gpr(Cpu.RDX) != 0) {
            throw c.gp();
        }
        ProtectionKeys.pkru(c, (int) c.gpr(Cpu.RAX));
        return Outcome.NEXT;
    }

    private static void requireKeys(Cpu c) {
        if (!c.cr4(Control.CR4_PKE)) {
            throw c.ud();
        }
        if ((int) c.gpr(Cpu.RCX) != 0) {
            throw c.gp();
        }
    }

    /** XGETBV. */
    public static int xgetbv(Cpu c, Insn d) {
        if (!c.cr4(Control.CR4_OSXSAVE)) {
            throw c.ud();
        }
        int register = (int) c.gpr(Cpu.RCX);
        if (register == 0) {
            setPair(c, c.xcr0);
        } else if (register == 1 && c.model.has(Feature.XGETBV1)) {
            setPair(c, c.xcr0 & XsaveState.inUse(c, d.mode64() ? 16 : 8));
        } else {
            throw c.gp();
        }
        return Outcome.NEXT;
    }

    /** XSETBV. */
    public static int xsetbv(Cpu c, Insn d) {
        if (!c.cr4(Control.CR4_OSXSAVE)) {
            throw c.ud();
        }
        requireLevel0(c);
        if (Exits.made(c, d, Intercept.XSETBV)) {
            return Outcome.EXIT;
        }
        long v = pair(c);
        if ((int) c.gpr(Cpu.RCX) != 0 || !xcr0Allowed(c, v)) {
            throw c.gp();
        }
        c.xcr0 = v;
        Modes.update(c);
        return next(c, d);
    }

    /** Whether XCR0 may have a value on a model (SDM vol. 1, 13.3): x87 always, AVX only with SSE. */
    public static boolean xcr0Allowed(Cpu c, long v) {
        return (v & ~XsaveState.components(c)) == 0 && (v & XsaveState.X87) != 0 && ((v & XsaveState.AVX) == 0 || (v & XsaveState.SSE) != 0);
    }
}
