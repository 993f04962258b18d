package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.ProtectionKeys;

/** The registers that VM entries and exits leave alone: the hypervisor switches them itself. */
public final class SwitchedRegisters {

    /** Debug registers that VM entries leave alone; DR7 is in the VMCS. */
    private static final int[] DEBUG = {0, 1, 2, 3, 6};

    private SwitchedRegisters() {}

    /** Copies them from one processor's state to another's. */
    public static void copy(Cpu from, Cpu to) {
        for (int i = 0; i < 16; i++) {
            if (i != Cpu.RSP) {
                to.gpr(i, from.gpr(i));
            }
        }
        to.cr2(from.cr2());
        for (int i : DEBUG) {
            to.dr[i] = from.dr[i];
        }
        to.star = from.star;
        to.lstar(from.lstar());
        to.cstar = from.cstar;
        to.fmask(from.fmask());
        to.kernelGsBase(from.kernelGsBase());
        to.tscAux = from.tscAux;
        to.xcr0 = from.xcr0;
        to.xss = from.xss;
        to.userCet = from.userCet;
        to.supervisorCet = from.supervisorCet;
        to.ssp = from.ssp;
        System.arraycopy(from.levelSsp, 0, to.levelSsp, 0, 4);
        to.interruptSspTable = from.interruptSspTable;
        ProtectionKeys.pkru(to, from.pkru());
        ProtectionKeys.pkrs(to, from.pkrs());
        for (int i = 0; i < 32; i++) {
            to.xmm(i, from.xmm(i));
            to.ymmHigh(i, from.ymmHigh(i));
        }
        to.mxcsr(from.mxcsr());
        System.arraycopy(from.fpSignificand, 0, to.fpSignificand, 0, 8);
        System.arraycopy(from.fpSignExp, 0, to.fpSignExp, 0, 8);
        to.fcw = from.fcw;
        to.fsw = from.fsw;
        to.ftw = from.ftw;
        to.fop = from.fop;
        to.fip = from.fip;
        to.fcs = from.fcs;
        to.fdp = from.fdp;
        to.fds = from.fds;
    }
}
