package dev.hv.core.hypervisor;

import dev.hv.cpu.snapshot.Saveable;

/** Hardware virtualisation of one vendor, as the hypervisor uses it. */
interface VirtualizationBackend extends Saveable {

    /**
     * Switches it on for a logical processor.
     *
     * @param page a zeroed page of the hypervisor's for the hardware's own use
     */
    void enable(HypervisorProcessor processor, long page);

    /** Form of second-level paging entries. */
    SlatFormat slatFormat();

    /** Instructions that make a hypercall and return, for a guest's hypercall page. */
    byte[] hypercallCode();

    /** Whether the hardware can tell one more virtual processor from the others. */
    boolean hasRoom();

    /** Makes the context of a virtual processor that runs on a logical processor; null when its partition's pool is empty. */
    HardwareContext createContext(VirtualProcessor vp, HypervisorProcessor on);

    /** Mappings of a space have been taken away or restricted: no processor may use old ones any more. */
    void invalidate(GuestPhysicalSpace space);
}
