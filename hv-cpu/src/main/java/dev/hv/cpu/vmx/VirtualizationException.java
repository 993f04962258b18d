package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.EPT_VIOLATION_VE;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/** EPT violations that become #VE in the guest instead of VM exits (SDM vol. 3C, 25.5.7). */
final class VirtualizationException {

    // Virtualization-exception information area (table 25-1)
    private static final int REASON = 0;
    private static final int BUSY = 4;
    private static final int QUALIFICATION = 8;
    private static final int GUEST_LINEAR = 16;
    private static final int GUEST_PHYSICAL = 24;
    private static final int EPTP_INDEX = 32;

    private final VmxUnit unit;

    VirtualizationException(VmxUnit unit) {
        this.unit = unit;
    }

    /** Delivers an EPT violation as #VE, if it is convertible and the information area is free; false when it is to exit. */
    boolean delivered(VmExitSignal s) {
        Cpu c = unit.c;
        if ((unit.secondary & EPT_VIOLATION_VE) == 0 || unit.ept.suppressesException() || !c.cr0(Control.CR0_PE) || c.delivering.present()) {
            return false;
        }
        long area = unit.vmcs.get(VmcsField.VE_INFORMATION_ADDRESS);
        if (PhysicalAccess.read32(c, area + BUSY) != 0) {
            return false;
        }
        PhysicalAccess.write32(c, area + REASON, ExitReason.EPT_VIOLATION);
        PhysicalAccess.write32(c, area + BUSY, -1);
        PhysicalAccess.write64(c, area + QUALIFICATION, unit.ept.violation(s));
        PhysicalAccess.write64(c, area + GUEST_LINEAR, s.guestLinear);
        PhysicalAccess.write64(c, area + GUEST_PHYSICAL, s.guestPhysical);
        PhysicalAccess.write16(c, area + EPTP_INDEX, unit.vmcs.get32(VmcsField.EPTP_INDEX));
        ExceptionDelivery.raise(c, c.fault(Vector.VE, 0));
        return true;
    }
}
