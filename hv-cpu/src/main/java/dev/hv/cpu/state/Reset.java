package dev.hv.cpu.state;

import java.util.Arrays;

/** Processor state after power-on and INIT (SDM vol. 3A, table 10-1). */
public final class Reset {

    private Reset() {}

    /** RESET: everything. */
    public static void powerOn(Cpu c) {
        Arrays.fill(c.fpSignificand, 0);
        Arrays.fill(c.fpSignExp, 0);
        for (int i = 0; i < 32; i++) {
            c.xmm(i, 0);
            c.ymmHigh(i, 0);
        }
        Arrays.fill(c.mtrrFixed, 0);
        Arrays.fill(c.mtrrVariable, 0);
        Arrays.fill(c.machineCheck, 0);
        Arrays.fill(c.machineCheckControl2, 0);
        c.mcgStatus = 0;
        c.xcr0 = 1;
        c.xss = 0;
        c.umwaitControl = 0;
        c.pkru = 0;
        c.pkrs = 0;
        c.fcw = 0x40;
        c.fsw = 0;
        c.ferr = false;
        c.ftw = 0;
        c.fop = 0;
        c.fip = 0;
        c.fcs = 0;
        c.fdp = 0;
        c.fds = 0;
        c.mxcsr(0x1F80);
        c.counters.powerOn();
        c.mtrrDefType = 0;
        c.wrapping = -1;
        c.pat = 0x0007040600070406L;
        c.tscAdjust = 0;
        c.miscEnable = MiscEnable.initial(c.model);
        c.featureControl = 0;
        c.cr0 = Control.CR0_ET | Control.CR0_NW | Control.CR0_CD;
        init(c);
    }

    /** INIT: what RESET does, but for x87, SSE, AVX, XCR0, MTRRs, caches, TSC and the MSRs that survive it. */
    public static void init(Cpu c) {
        for (int i = 0; i < 16; i++) {
            c.gpr(i, 0);
        }
        c.gpr(Cpu.RDX, c.model.signature());
        c.rip = 0xFFF0;
        c.rflagsOther(Rflags.FIXED);
        Flags.load(c, 0);
        for (Segment s : c.seg) {
            s.set(0, 0, 0xFFFF, Segment.REAL_DATA);
        }
        c.seg[Cpu.CS].set(0xF000, 0xFFFF0000L, 0xFFFF, Segment.REAL_CODE);
        c.ldtr.set(0, 0, 0xFFFF, 0x82);
        c.tr.set(0, 0, 0xFFFF, Segment.BUSY_TSS);
        c.gdtrBase = 0;
        c.gdtrLimit = 0xFFFF;
        c.idtrBase = 0;
        c.idtrLimit = 0xFFFF;
        c.cr0 = c.cr0 & (Control.CR0_NW | Control.CR0_CD) | Control.CR0_ET;
        c.cr2(0);
        c.cr3 = 0;
        c.cr4 = 0;
        c.efer = 0;
        Arrays.fill(c.dr, 0);
        c.dr[6] = 0xFFFF0FF0L;
        c.dr[7] = 0x400;
        c.cpl = 0;
        c.star = 0;
        c.lstar(0);
        c.cstar = 0;
        c.fmask(0);
        c.kernelGsBase(0);
        c.sysenterCs = 0;
        c.sysenterEsp = 0;
        c.sysenterEip = 0;
        c.tscAux = 0;
        c.debugCtl = 0;
        c.branches.reset();
        c.specCtrl = 0;
        c.shadow = 0;
        c.shadowBefore = 0;
        c.stepping = false;
        c.resuming = false;
        c.delivering.clear();
        c.nmiBlocked = false;
        c.pendingDebug = 0;
        c.monitor.disarm();
        c.userCet = 0;
        c.supervisorCet = 0;
        c.ssp = 0;
        Arrays.fill(c.levelSsp, 0);
        c.interruptSspTable = 0;
        c.activity = Cpu.ACTIVE;
        c.events &= Cpu.EVENT_RETURN;
        c.tlb.flushAll();
        Modes.update(c);
    }
}
