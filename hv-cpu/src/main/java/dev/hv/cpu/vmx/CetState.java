package dev.hv.cpu.vmx;

import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Canonical;

/** IA32_S_CET, SSP and IA32_INTERRUPT_SSP_TABLE_ADDR in the guest-state and the host-state area (SDM vol. 3C, 26.2.2, 26.2.4, 26.3.1.1, 27.3.1, 27.5.1). */
final class CetState {

    private CetState() {}

    /** Whether CR0 and CR4 go together, and the fields that are to be loaded may be; {@code wide} for IA-32e mode, without which IA32_S_CET and SSP have 32 bits. */
    static boolean pass(Cpu c, Vmcs v, boolean loads, boolean wide, long cr0, long cr4, int supervisor, int ssp, int table) {
        if ((cr4 & Control.CR4_CET) != 0 && (cr0 & Control.CR0_WP) == 0) {
            return false;
        }
        if (loads && !wide && (v.get(supervisor) | v.get(ssp)) >>> 32 != 0) {
            return false;
        }
        return !loads || Msrs.supervisorCetValid(c.model, v.get(supervisor)) && (v.get(ssp) & 3) == 0 && Canonical.register(c.model, v.get(ssp))
                && Canonical.register(c.model, v.get(table));
    }

    static void load(Cpu c, Vmcs v, int supervisor, int ssp, int table) {
        c.supervisorCet = v.get(supervisor);
        c.ssp = v.get(ssp);
        c.interruptSspTable = v.get(table);
    }

    /** What a VM exit saves of the guest. */
    static void save(Cpu c, Vmcs v) {
        v.set(VmcsField.GUEST_S_CET, c.supervisorCet);
        v.set(VmcsField.GUEST_SSP, c.ssp);
        v.set(VmcsField.GUEST_INTERRUPT_SSP_TABLE, c.interruptSspTable);
    }
}
