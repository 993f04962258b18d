package dev.hv.cpu.svm;

import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;

/** What VMLOAD and VMSAVE move between a VMCB and a processor's state: what VMRUN and exits leave alone (APM vol. 3, "VMLOAD"). */
public final class StateTransfer {

    private static final int BRANCHES = 4;

    private StateTransfer() {}

    /** VMLOAD. */
    public static void load(Cpu c, Vmcb v) {
        v.segment(VmcbField.FS, c.seg[Cpu.FS]);
        v.segment(VmcbField.GS, c.seg[Cpu.GS]);
        v.segment(VmcbField.LDTR, c.ldtr);
        v.segment(VmcbField.TR, c.tr);
        c.kernelGsBase(Canonical.extended(c.model, v.get(VmcbField.KERNEL_GS_BASE)));
        c.star = v.get(VmcbField.STAR);
        c.lstar(Canonical.extended(c.model, v.get(VmcbField.LSTAR)));
        c.cstar = Canonical.extended(c.model, v.get(VmcbField.CSTAR));
        c.fmask(v.get(VmcbField.SFMASK) & 0xFFFFFFFFL);
        c.sysenterCs = v.get(VmcbField.SYSENTER_CS) & 0xFFFFFFFFL;
        c.sysenterEsp = Canonical.extended(c.model, v.get(VmcbField.SYSENTER_ESP));
        c.sysenterEip = Canonical.extended(c.model, v.get(VmcbField.SYSENTER_EIP));
        Modes.update(c);
    }

    /** VMSAVE. */
    public static void save(Cpu c, Vmcb v) {
        v.setSegment(VmcbField.FS, c.seg[Cpu.FS]);
        v.setSegment(VmcbField.GS, c.seg[Cpu.GS]);
        v.setSegment(VmcbField.LDTR, c.ldtr);
        v.setSegment(VmcbField.TR, c.tr);
        v.set(VmcbField.KERNEL_GS_BASE, c.kernelGsBase());
        v.set(VmcbField.STAR, c.star);
        v.set(VmcbField.LSTAR, c.lstar());
        v.set(VmcbField.CSTAR, c.cstar);
        v.set(VmcbField.SFMASK, c.fmask());
        v.set(VmcbField.SYSENTER_CS, c.sysenterCs);
        v.set(VmcbField.SYSENTER_ESP, c.sysenterEsp);
        v.set(VmcbField.SYSENTER_EIP, c.sysenterEip);
    }

    /** What virtual last-branch records switch (15.23): DEBUGCTL and the four addresses. */
    public static void loadBranches(Cpu c, Vmcb v) {
        c.debugCtl = v.get(VmcbField.DEBUGCTL) & Msrs.DEBUGCTL_AMD;
        for (int i = 0; i < BRANCHES; i++) {
            c.branches.setLast(i, v.get(VmcbField.LAST_BRANCHES + 8 * i));
        }
    }

    /** The other way round. */
    public static void saveBranches(Cpu c, Vmcb v) {
        v.set(VmcbField.DEBUGCTL, c.debugCtl);
        for (int i = 0; i < BRANCHES; i++) {
            v.set(VmcbField.LAST_BRANCHES + 8 * i, c.branches.last(i));
        }
    }
}
