package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.VMCS_SHADOWING;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;

/** VMREAD and VMWRITE of a guest, to the shadow VMCS that the link pointer names (SDM vol. 3C, 24.6.15, 25.1.3, 30.3). */
final class VmcsShadowing {

    /** Encodings that the bitmaps have a bit for. */
    private static final long ENCODINGS = 0x7FFF;

    private final VmxUnit unit;

    VmcsShadowing(VmxUnit unit) {
        this.unit = unit;
    }

    /** Whether VMREAD or VMWRITE of an encoding makes a VM exit. */
    boolean exits(Cpu c, long encoding, boolean write) {
        if ((unit.secondary & VMCS_SHADOWING) == 0 || (encoding & ~ENCODINGS) != 0) {
            return true;
        }
        long bitmap = unit.vmcs.get(write ? VmcsField.VMWRITE_BITMAP : VmcsField.VMREAD_BITMAP);
        return (PhysicalAccess.read8(c, bitmap + (encoding >>> 3)) >>> (encoding & 7) & 1) != 0;
    }

    /** Region of the shadow VMCS, or {@link Vmcs#NONE}. */
    long region() {
        return unit.vmcs.get(VmcsField.VMCS_LINK_POINTER);
    }
}
