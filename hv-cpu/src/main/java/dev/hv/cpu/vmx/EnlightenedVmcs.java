package dev.hv.cpu.vmx;

/** A VMCS that a hypervisor which is a guest reads and writes in its own memory, without VMREAD, VMWRITE and VMPTRLD (TLFS, "Enlightened VMCS"). */
public interface EnlightenedVmcs {

    /**
     * Before a VM entry: makes such a VMCS current, where the hypervisor uses one, and takes over what it has written there.
     *
     * @return whether it uses one
     */
    boolean begin(VmxUnit unit, boolean resume);

    /** After a VM exit, or an entry that failed: shows the hypervisor what the unit has written. */
    void end(VmxUnit unit);

    /** Whether a region is such a VMCS: VMCLEAR leaves it as it is. */
    boolean is(long region);
}
