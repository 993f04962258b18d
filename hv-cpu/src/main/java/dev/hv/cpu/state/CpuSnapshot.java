package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Writes and reads the architectural state of a {@link Cpu}; caches are not part of it. */
final class CpuSnapshot {

    private static final int VERSION = 7;

    private static final String[] GENERAL = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};
    /** Names of {@link #scalars}. */
    private static final String[] SCALARS = {
        "gdtr-base", "gdtr-limit", "idtr-base", "idtr-limit", "cr0", "cr2", "cr3", "cr4", "efer", "xcr0", "xss", "cpl", "star", "lstar", "cstar",
        "fmask", "kernel-gs-base", "sysenter-cs", "sysenter-esp", "sysenter-eip", "tsc-aux", "tsc-adjust", "pat", "debug-ctl", "mtrr-def-type",
        "misc-enable", "bios-signature", "feature-control", "spec-ctrl", "mxcsr", "fcw", "fsw", "ftw", "fop", "fip", "fcs", "fdp", "fds", "activity",
        "shadow", "nmi-blocked", "pending-debug", "sipi-vector", "events", "instructions", "steps", "shadow-rip", "mcg-status", "ferr", "entropy",
        "pkru", "pkrs", "umwait-control", "user-cet", "supervisor-cet", "ssp", "interrupt-ssp-table"};

    private CpuSnapshot() {}

    static void save(Cpu c, StateWriter out) {
        out.begin("cpu", VERSION);
        out.put(GENERAL, c.generalRegisters());
        out.put("rip", c.rip);
        out.put("rflags", c.rflags());
        for (int i = 0; i < SEGMENTS.length; i++) {
            out.item("segment", SEGMENTS[i]);
            c.seg[i].save(out);
        }
        out.item("segment", "ldtr");
        c.ldtr.save(out);
        out.item("segment", "tr");
        c.tr.save(out);
        out.endItems();
        out.put(SCALARS, scalars(c));
        out.put("dr", c.dr);
        out.put("pdpte", c.pdpte);
        out.put("mtrr-fixed", c.mtrrFixed);
        out.put("mtrr-variable", c.mtrrVariable);
        out.put("machine-check", c.machineCheck);
        out.put("machine-check-control-2", c.machineCheckControl2);
        out.put("xmm-registers", c.xmmRegisters());
        out.put("ymm-high-halves", c.ymmHighHalves());
        out.put("fp-significand", c.fpSignificand);
        for (int e : c.fpSignExp) {
            out.put("fp-sign-exp", e);
        }
        c.branches.save(out);
        out.put("level-ssp", c.levelSsp);
        c.monitor.save(out);
        out.end();
        c.counters.save(out);
    }

    /** Registers of one value each, in the order in which {@link #restore} takes them. */
    private static long[] scalars(Cpu c) {
        // what has ended is let go of sooner by one engine than by another
        int shadow = c.shadow();
        int events = shadow == 0 ? c.events & ~Cpu.EVENT_SHADOW : c.events;
        return new long[] {c.gdtrBase, c.gdtrLimit, c.idtrBase, c.idtrLimit, c.cr0, c.cr2(), c.cr3, c.cr4, c.efer, c.xcr0, c.xss, c.cpl, c.star, c.lstar(),
            c.cstar, c.fmask(), c.kernelGsBase(), c.sysenterCs, c.sysenterEsp, c.sysenterEip, c.tscAux, c.tscAdjust, c.pat, c.debugCtl,
            c.mtrrDefType, c.miscEnable, c.biosSignature, c.featureControl, c.specCtrl, c.mxcsr(), c.fcw, c.fsw, c.ftw, c.fop, c.fip, c.fcs,
            c.fdp, c.fds, c.activity, shadow, c.nmiBlocked ? 1 : 0, c.pendingDebug, c.sipiVector, events, c.instructions, c.steps, shadow == 0 ? 0 : c.shadowRip,
            c.mcgStatus,
            c.ferr ? 1 : 0, c.entropy, c.pkru, c.pkrs, c.umwaitControl, c.userCet, c.supervisorCet, c.ssp, c.interruptSspTable};
    }

    static void restore(Cpu c, StateReader in) {
        in.begin("cpu", VERSION);
        long[] gpr = new long[16];
        in.take(gpr);
        for (int k = 0; k < gpr.length; k++) {
            c.gpr(k, gpr[k]);
        }
        c.rip = in.take();
        long rflags = in.take();
        for (Segment s : c.seg) {
            s.restore(in);
        }
        c.ldtr.restore(in);
        c.tr.restore(in);
        long[] s = scalars(c);
        in.take(s);
        int i = 0;
        c.gdtrBase = s[i++];
        c.gdtrLimit = (int) s[i++];
        c.idtrBase = s[i++];
        c.idtrLimit = (int) s[i++];
        c.cr0 = s[i++];
        c.cr2(s[i++]);
        c.cr3 = s[i++];
        c.cr4 = s[i++];
        c.efer = s[i++];
        c.xcr0 = s[i++];
        c.xss = s[i++];
        c.cpl = (int) s[i++];
        c.star = s[i++];
        c.lstar(s[i++]);
        c.cstar = s[i++];
        c.fmask(s[i++]);
        c.kernelGsBase(s[i++]);
        c.sysenterCs = s[i++];
        c.sysenterEsp = s[i++];
        c.sysenterEip = s[i++];
        c.tscAux = s[i++];
        c.tscAdjust = s[i++];
        c.pat = s[i++];
        c.debugCtl = s[i++];
        c.mtrrDefType = s[i++];
        c.miscEnable = s[i++];
        c.biosSignature = s[i++];
        c.featureControl = s[i++];
        c.specCtrl = s[i++];
        c.mxcsr((int) s[i++]);
        c.fcw = (int) s[i++];
        c.fsw = (int) s[i++];
        c.ftw = (int) s[i++];
        c.fop = (int) s[i++];
        c.fip = s[i++];
        c.fcs = (int) s[i++];
        c.fdp = s[i++];
        c.fds = (int) s[i++];
        c.activity = (int) s[i++];
        c.shadow = (int) s[i++];
        c.nmiBlocked = s[i++] != 0;
        c.pendingDebug = (int) s[i++];
        c.sipiVector = (int) s[i++];
        c.events = (int) s[i++];
        c.instructions = s[i++];
        c.steps = s[i++];
        c.shadowRip = s[i++];
        c.mcgStatus = s[i++];
        c.ferr = s[i++] != 0;
        c.entropy = s[i++];
        c.pkru = (int) s[i++];
        c.pkrs = (int) s[i++];
        c.umwaitControl = s[i++];
        c.userCet = s[i++];
        c.supervisorCet = s[i++];
        c.ssp = s[i++];
        c.interruptSspTable = s[i];
        in.take(c.dr);
        in.take(c.pdpte);
        in.take(c.mtrrFixed);
        in.take(c.mtrrVariable);
        in.take(c.machineCheck);
        in.take(c.machineCheckControl2);
        long[] xmm = new long[32];
        in.take(xmm);
        for (int k = 0; k < xmm.length; k++) {
            c.xmm(k, xmm[k]);
        }
        in.take(xmm);
        for (int k = 0; k < xmm.length; k++) {
            c.ymmHigh(k, xmm[k]);
        }
        in.take(c.fpSignificand);
        for (int k = 0; k < 8; k++) {
            c.fpSignExp[k] = (int) in.take();
        }
        c.branches.restore(in);
        in.take(c.levelSsp);
        c.monitor.restore(in);
        in.end();
        c.rflagsOther(rflags & Rflags.ALL & ~Rflags.ARITHMETIC | Rflags.FIXED);
        Flags.load(c, rflags);
        c.tlb.flushAll();
        Modes.update(c);
        c.counters.restore(in);
    }
}
