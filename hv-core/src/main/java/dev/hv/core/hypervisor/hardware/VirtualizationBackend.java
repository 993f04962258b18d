package dev.hv.core.hypervisor.hardware;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.SlatFormat;
import dev.hv.core.hypervisor.memory.TranslationCaches;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.state.NestedPaging;
import java.util.List;

/** Hardware virtualisation of one vendor, as the hypervisor uses it. */
public interface VirtualizationBackend extends TranslationCaches, Saveable {

    /** Pages, one behind the other, that it wants for what all processors share; {@link #share} gets them before anything else. */
    default int sharedPages() {
        return 0;
    }

    /** Gives it the pages that {@link #sharedPages} asks for, zeroed. */
    default void share(long pages) {}

    /**
     * Switches it on for a logical processor.
     *
     * @param page a zeroed page of the hypervisor's for the hardware's own use
     * @throws IllegalArgumentException when the processor model does not have it
     */
    void enable(PhysicalProcessor processor, long page);

    /** The logical processors that it was switched on for. */
    List<? extends Residence<?, ?>> residences();

    /** What a processor in guest operation has for second-level tables of a guest-physical space. */
    NestedPaging.Tables tables(GuestPhysicalSpace space);

    /** Form of second-level paging entries. */
    SlatFormat slatFormat();

    /** Instructions that make a hypercall and return, for a guest's hypercall page. */
    byte[] hypercallCode();

    /** Whether accesses to an MSR leave the guest. Those that do not go to registers of the guest's own, which the hardware switches. */
    boolean exits(int msr);

    /** Whether the hardware can tell one more virtual processor from the others. */
    boolean hasRoom();

    /**
     * Pages that {@link #createContext} takes from the pool.
     *
     * @param nested of a virtual processor whose registers have a virtualisation unit
     */
    int contextPages(boolean nested);

    /** Makes the context of a virtual processor that runs on a logical processor; null when its partition's pool is empty. */
    HardwareContext createContext(ContextOwner owner, PhysicalProcessor on);
}
