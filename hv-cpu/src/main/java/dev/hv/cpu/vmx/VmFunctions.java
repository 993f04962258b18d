package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.EPTP_SWITCHING;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.PhysicalAccess;

/** VM functions (SDM vol. 3C, 25.5.6): what a guest does by VMFUNC without a VM exit. There is one, 0: EPTP switching. */
final class VmFunctions {

    private static final int LIST_ENTRIES = 512;

    private final VmxUnit unit;

    VmFunctions(VmxUnit unit) {
        this.unit = unit;
    }

    /** Whether VMFUNC makes a VM exit: the function is not enabled, or refuses its operand. */
    boolean exits(Cpu c) {
        long function = c.gpr(Cpu.RAX) & 0xFFFFFFFFL;
        if (function >= Long.SIZE || (unit.vmcs.get(VmcsField.VM_FUNCTION_CONTROLS) & EPTP_SWITCHING) >>> function != 1) {
            return true;
        }
        return index(c) >= LIST_ENTRIES || !EntryControlChecks.eptPointer(unit, pointer(c));
    }

    private static long index(Cpu c) {
        return c.gpr(Cpu.RCX) & 0xFFFFFFFFL;
    }

    private long pointer(Cpu c) {
        return PhysicalAccess.read64(c, unit.vmcs.get(VmcsField.EPTP_LIST_ADDRESS) + 8 * index(c));
    }

    /** EPTP switching (25.5.6.3), once {@link #exits} has said that it can be done. */
    void switchEptp(Cpu c) {
        long pointer = pointer(c);
        unit.vmcs.set(VmcsField.EPT_POINTER, pointer);
        if (c.model.has(Feature.VMX_VE)) {
            unit.vmcs.set(VmcsField.EPTP_INDEX, index(c));
        }
        unit.contexts.selectGuest();
    }
}
