package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.instructions.CounterMsrs;
import dev.hv.cpu.state.AddressMasking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;

/** Checks on the host-state area (SDM vol. 3C, 26.2.2 to 26.2.4), in the manual's order. */
final class EntryHostChecks {

    private static final int[] SELECTORS = {
        VmcsField.HOST_CS_SELECTOR, VmcsField.HOST_SS_SELECTOR, VmcsField.HOST_DS_SELECTOR, VmcsField.HOST_ES_SELECTOR,
        VmcsField.HOST_FS_SELECTOR, VmcsField.HOST_GS_SELECTOR, VmcsField.HOST_TR_SELECTOR
    };
    private static final int[] BASES = {
        VmcsField.HOST_FS_BASE, VmcsField.HOST_GS_BASE, VmcsField.HOST_GDTR_BASE, VmcsField.HOST_IDTR_BASE, VmcsField.HOST_TR_BASE
    };
    private static final long EFER_DEFINED = Control.EFER_SCE | Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE;

    private EntryHostChecks() {}

    /** Whether the host state passes, that of controls having passed; if not, VM entry fails with error 8. */
    static boolean pass(VmxUnit unit, Vmcs v) {
        int exit = v.get32(VmcsField.EXIT_CONTROLS);
        boolean host64 = (exit & EXIT_HOST_64) != 0;
        if (!v.passed(Vmcs.CONTROLS)) {
            if (!registers(unit, v, exit, host64) || !segments(unit.c.model, v, host64)) {
                return false;
            }
            v.pass(Vmcs.CONTROLS);
        }
        return addressSpace(unit.c, v, host64);
    }

    /** 26.2.2 Control registers and MSRs. */
    private static boolean registers(VmxUnit unit, Vmcs v, int exit, boolean host64) {
        if (!VmxCapabilities.cr0Allowed(v.get(VmcsField.HOST_CR0), 0) || !unit.capabilities.cr4Allowed(v.get(VmcsField.HOST_CR4))
                || (v.get(VmcsField.HOST_CR3) & ~unit.c.model.physicalMask() & ~AddressMasking.cr3Bits(unit.c.model)) != 0
                || !Canonical.register(unit.c.model, v.get(VmcsField.HOST_SYSENTER_ESP)) || !Canonical.register(unit.c.model, v.get(VmcsField.HOST_SYSENTER_EIP))) {
            return false;
        }
        if ((exit & EXIT_LOAD_PAT) != 0 && !patValid(v.get(VmcsField.HOST_PAT))) {
            return false;
        }
        if (!CetState.pass(unit.c, v, (exit & EXIT_LOAD_CET) != 0, host64, v.get(VmcsField.HOST_CR0), v.get(VmcsField.HOST_CR4), VmcsField.HOST_S_CET, VmcsField.HOST_SSP,
                VmcsField.HOST_INTERRUPT_SSP_TABLE)) {
            return false;
        }
        if ((exit & EXIT_LOAD_PERF_GLOBAL) != 0 && !CounterMsrs.globalControlValid(v.get(VmcsField.HOST_PERF_GLOBAL_CTRL))) {
            return false;
        }
        if ((exit & EXIT_LOAD_PKRS) != 0 && v.get(VmcsField.HOST_PKRS) >>> 32 != 0) {
            return false;
        }
        if ((exit & EXIT_LOAD_EFER) != 0) {
            long efer = v.get(VmcsField.HOST_EFER);
            return eferDefined(efer) && (efer & Control.EFER_LMA) != 0 == host64 && (efer & Control.EFER_LME) != 0 == host64;
        }
        return true;
    }

    /** Every byte of a PAT is one of 0 (UC), 1 (WC), 4 (WT), 5 (WP), 6 (WB), 7 (UC-). */
    static boolean patValid(long pat) {
        for (int i = 0; i < 64; i += 8) {
            int type = (int) (pat >>> i) & 0xFF;
            if (type > 7 || type == 2 || type == 3) {
                return false;
            }
        }
        return true;
    }

    /** Whether no reserved bit of EFER is set. */
    static boolean eferDefined(long efer) {
        return (efer & ~EFER_DEFINED) == 0;
    }

    /** 26.2.3 Segment and descriptor-table registers. */
    private static boolean segments(CpuModel model, Vmcs v, boolean host64) {
        for (int field : SELECTORS) {
            if ((v.get(field) & 7) != 0) {
                return false;
            }
        }
        if (v.get(VmcsField.HOST_CS_SELECTOR) == 0 || v.get(VmcsField.HOST_TR_SELECTOR) == 0
                || !host64 && v.get(VmcsField.HOST_SS_SELECTOR) == 0) {
            return false;
        }
        for (int field : BASES) {
            if (!Canonical.register(model, v.get(field))) {
                return false;
            }
        }
        return true;
    }

    /** 26.2.4 Address-space size. */
    private static boolean addressSpace(Cpu c, Vmcs v, boolean host64) {
        boolean guest64 = (v.get32(VmcsField.ENTRY_CONTROLS) & ENTRY_GUEST_64) != 0;
        if (c.longMode() != host64 || guest64 && !host64) {
            return false;
        }
        long cr4 = v.get(VmcsField.HOST_CR4);
        long rip = v.get(VmcsField.HOST_RIP);
        if (!host64) {
            return (cr4 & Control.CR4_PCIDE) == 0 && rip >>> 32 == 0;
        }
        return (cr4 & Control.CR4_PAE) != 0 && Canonical.register(c.model, rip);
    }
}
