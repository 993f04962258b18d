package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.instructions.CounterMsrs;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.state.AddressMasking;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Vector;

/** Checks on the guest-state area (SDM vol. 3C, 26.3.1), in the manual's order; segments are in {@link EntrySegmentChecks}. */
final class EntryGuestChecks {

    /** All checks passed. */
    static final int PASSED = -1;
    // Exit qualifications of entry failures by invalid guest state (26.8)
    static final int FAILED = 0;
    static final int FAILED_PDPTE = 2;
    static final int FAILED_LINK_POINTER = 4;

    private static final long DEBUGCTL_DEFINED = 0xFFC3;
    private static final int BTF = 2;
    private static final long PENDING_DEFINED = 0xF | PENDING_ENABLED_BREAKPOINT | PENDING_SINGLE_STEP;
    private static final int INTERRUPTIBILITY_DEFINED = BLOCKING_STI | BLOCKING_SS | BLOCKING_SMI | BLOCKING_NMI;

    private EntryGuestChecks() {}

    /** {@link #PASSED}, or the exit qualification of the entry failure. */
    static int check(VmxUnit unit, Vmcs v) {
        int entry = v.get32(VmcsField.ENTRY_CONTROLS);
        boolean guest64 = (entry & ENTRY_GUEST_64) != 0;
        if (!v.passed(Vmcs.REGISTERS)) {
            if (!registers(unit, v, entry, guest64) || !tables(unit.c.model, v)) {
                return FAILED;
            }
            v.pass(Vmcs.REGISTERS);
        }
        if (!EntrySegmentChecks.pass(unit, v, guest64) || !flags(unit.c.model, v, guest64)) {
            return FAILED;
        }
        int result = nonRegister(unit, v);
        return result == PASSED ? pdptes(unit, v, guest64) : result;
    }

    /** 26.3.1.1 Control registers, debug registers and MSRs. */
    private static boolean registers(VmxUnit unit, Vmcs v, int entry, boolean guest64) {
        long cr0 = v.get(VmcsField.GUEST_CR0);
        long cr4 = v.get(VmcsField.GUEST_CR4);
        boolean paging = (cr0 & Control.CR0_PG) != 0;
        boolean unrestricted = (unit.secondaryControls() & UNRESTRICTED_GUEST) != 0;
        if (!VmxCapabilities.cr0Allowed(cr0, unrestricted ? Control.CR0_PE | Control.CR0_PG : 0) || paging && (cr0 & Control.CR0_PE) == 0
                || !unit.capabilities.cr4Allowed(cr4)) {
            return false;
        }
        boolean debug = (entry & ENTRY_LOAD_DEBUG) != 0;
        if (debug && (v.get(VmcsField.GUEST_DEBUGCTL) & ~DEBUGCTL_DEFINED) != 0) {
            return false;
        }
        if (guest64 ? !paging || (cr4 & Control.CR4_PAE) == 0 : (cr4 & Control.CR4_PCIDE) != 0) {
            return false;
        }
        if ((v.get(VmcsField.GUEST_CR3) & ~unit.c.model.physicalMask() & ~AddressMasking.cr3Bits(unit.c.model)) != 0 || debug && v.get(VmcsField.GUEST_DR7) >>> 32 != 0
                || !Canonical.register(unit.c.model, v.get(VmcsField.GUEST_SYSENTER_ESP)) || !Canonical.register(unit.c.model, v.get(VmcsField.GUEST_SYSENTER_EIP))) {
            return false;
        }
        if ((entry & ENTRY_LOAD_PAT) != 0 && !EntryHostChecks.patValid(v.get(VmcsField.GUEST_PAT))) {
            return false;
        }
        if (!CetState.pass(unit.c, v, (entry & ENTRY_LOAD_CET) != 0, guest64, cr0, cr4, VmcsField.GUEST_S_CET, VmcsField.GUEST_SSP, VmcsField.GUEST_INTERRUPT_SSP_TABLE)) {
            return false;
        }
        if ((entry & ENTRY_LOAD_PERF_GLOBAL) != 0 && !CounterMsrs.globalControlValid(v.get(VmcsField.GUEST_PERF_GLOBAL_CTRL))) {
            return false;
        }
        if ((entry & ENTRY_LOAD_PKRS) != 0 && v.get(VmcsField.GUEST_PKRS) >>> 32 != 0) {
            return false;
        }
        if ((entry & ENTRY_LOAD_EFER) != 0) {
            long efer = v.get(VmcsField.GUEST_EFER);
            boolean lma = (efer & Control.EFER_LMA) != 0;
            return EntryHostChecks.eferDefined(efer) && lma == guest64 && (!paging || lma == ((efer & Control.EFER_LME) != 0));
        }
        return true;
    }

    /** 26.3.1.3 Descriptor-table registers. */
    private static boolean tables(CpuModel model, Vmcs v) {
        return Canonical.register(model, v.get(VmcsField.GUEST_GDTR_BASE)) && Canonical.register(model, v.get(VmcsField.GUEST_IDTR_BASE))
                && v.get(VmcsField.GUEST_GDTR_LIMIT) >>> 16 == 0 && v.get(VmcsField.GUEST_IDTR_LIMIT) >>> 16 == 0;
    }

    /** 26.3.1.4 RIP and RFLAGS. */
    private static boolean flags(CpuModel model, Vmcs v, boolean guest64) {
        long rip = v.get(VmcsField.GUEST_RIP);
        boolean code64 = guest64 && (v.get(VmcsField.GUEST_CS_ACCESS_RIGHTS) & 1 << 13) != 0;
        // an instruction at the end of the lower half leaves a RIP that no fetch takes but that may be entered with: the bits above the width count
        if (code64 ? rip >> Canonical.width(model) != 0 && rip >> Canonical.width(model) != -1 : rip >>> 32 != 0) {
            return false;
        }
        long flags = v.get(VmcsField.GUEST_RFLAGS);
        if ((flags & ~(long) Rflags.ALL & ~(long) Rflags.FIXED) != 0 || (flags & Rflags.FIXED) == 0) {
            return false;
        }
        if ((flags & Rflags.VM) != 0 && (guest64 || (v.get(VmcsField.GUEST_CR0) & Control.CR0_PE) == 0)) {
            return false;
        }
        int info = v.get32(VmcsField.ENTRY_INTERRUPTION_INFO);
        return !injects(info, TYPE_EXTERNAL) || (flags & Rflags.IF) != 0;
    }

    private static boolean injects(int info, int type) {
        return (info & INFO_VALID) != 0 && (info >>> 8 & 7) == type;
    }

    /** 26.3.1.5 Non-register state. */
    private static int nonRegister(VmxUnit unit, Vmcs v) {
        int info = v.get32(VmcsField.ENTRY_INTERRUPTION_INFO);
        int activity = VmcsFormat.activity(v.get(VmcsField.GUEST_ACTIVITY));
        int blocking = v.get32(VmcsField.GUEST_INTERRUPTIBILITY);
        if (activity < 0
                || activity == Cpu.HALTED && (v.get(VmcsField.GUEST_SS_ACCESS_RIGHTS) >>> 5 & 3) != 0
                || activity != Cpu.ACTIVE && (blocking & (BLOCKING_STI | BLOCKING_SS)) != 0
                || (info & INFO_VALID) != 0 && !injectable(activity, info)) {
            return FAILED;
        }
        if (!interruptibility(unit, v, blocking, info)) {
            return FAILED;
        }
        long pending = v.get(VmcsField.GUEST_PENDING_DEBUG);
        if ((pending & ~PENDING_DEFINED) != 0) {
            return FAILED;
        }
        if ((blocking & (BLOCKING_STI | BLOCKING_SS)) != 0 || activity == Cpu.HALTED) {
            boolean step = (v.get(VmcsField.GUEST_RFLAGS) & Rflags.TF) != 0 && (v.get(VmcsField.GUEST_DEBUGCTL) & BTF) == 0;
            if ((pending & PENDING_SINGLE_STEP) != 0 != step) {
                return FAILED;
            }
        }
        return linkPointer(unit, v);
    }

    /** Events that may be injected into an inactive processor. */
    private static boolean injectable(int activity, int info) {
        int type = info >>> 8 & 7;
        int vector = info & 0xFF;
        boolean machineCheck = type == TYPE_HARDWARE_EXCEPTION && vector == Vector.MC;
        return switch (activity) {
            case Cpu.HALTED -> type == TYPE_EXTERNAL || type == TYPE_NMI || type == TYPE_OTHER || machineCheck
                    || type == TYPE_HARDWARE_EXCEPTION && vector == Vector.DB;
            case Cpu.SHUTDOWN -> type == TYPE_NMI || machineCheck;
            case Cpu.WAIT_FOR_SIPI -> false;
            default -> true;
        };
    }

    private static boolean interruptibility(VmxUnit unit, Vmcs v, int blocking, int info) {
        boolean sti = (blocking & BLOCKING_STI) != 0;
        boolean ss = (blocking & BLOCKING_SS) != 0;
        if ((blocking & ~INTERRUPTIBILITY_DEFINED) != 0 || sti && ss || sti && (v.get(VmcsField.GUEST_RFLAGS) & Rflags.IF) == 0) {
            return false;
        }
        if (injects(info, TYPE_EXTERNAL) && (sti || ss) || injects(info, TYPE_NMI) && ss || (blocking & BLOCKING_SMI) != 0) {
            return false;
        }
        boolean virtualNmi = (v.get32(VmcsField.PIN_CONTROLS) & PIN_VIRTUAL_NMI) != 0;
        return !(virtualNmi && injects(info, TYPE_NMI) && (blocking & BLOCKING_NMI) != 0);
    }

    private static int linkPointer(VmxUnit unit, Vmcs v) {
        Cpu c = unit.c;
        long link = v.get(VmcsField.VMCS_LINK_POINTER);
        if (link == -1) {
            return PASSED;
        }
        int shadow = (unit.secondaryControls() & VMCS_SHADOWING) != 0 ? Vmcs.SHADOW : 0;
        boolean ok = PhysicalAccess.valid(c, link, Page.SIZE) && PhysicalAccess.read32(c, link) == (Vmcs.REVISION | shadow) && link != v.pointer;
        return ok ? PASSED : FAILED_LINK_POINTER;
    }

    /** 26.3.1.6 Page-directory-pointer-table entries, from the VMCS with EPT and from memory without. */
    private static int pdptes(VmxUnit unit, Vmcs v, boolean guest64) {
        if (guest64 || (v.get(VmcsField.GUEST_CR0) & Control.CR0_PG) == 0 || (v.get(VmcsField.GUEST_CR4) & Control.CR4_PAE) == 0) {
            return PASSED;
        }
        Cpu c = unit.c;
        boolean ept = (unit.secondaryControls() & EPT) != 0;
        long reserved = 0x1E6 | ~c.model.physicalMask();
        for (int i = 0; i < 4; i++) {
            long e = ept ? v.get(VmcsField.GUEST_PDPTE0 + 2 * i) : PhysicalAccess.read64(c, (v.get(VmcsField.GUEST_CR3) & 0xFFFFFFE0L) + 8 * i);
            if ((e & 1) != 0 && (e & reserved) != 0) {
                return FAILED_PDPTE;
            }
        }
        return PASSED;
    }
}
