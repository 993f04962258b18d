package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.state.Virtualization;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The logical processors that a vendor's virtualisation was switched on for, in the order in which that was done.
 *
 * @param <U> the hardware's virtualisation unit
 * @param <C> the contexts
 */
public final class Residences<U extends Virtualization, C extends HardwareContext> {

    private final Map<PhysicalProcessor, Residence<U, C>> byProcessor = new HashMap<>();
    private final List<Residence<U, C>> order = new ArrayList<>();

    /** Adds one. */
    public void add(Residence<U, C> residence) {
        byProcessor.put(residence.processor, residence);
        order.add(residence);
    }

    /** That of a logical processor. */
    public Residence<U, C> of(PhysicalProcessor processor) {
        return byProcessor.get(processor);
    }

    /** Position of one. */
    public int index(Residence<U, C> residence) {
        return order.indexOf(residence);
    }

    /**
     * The one at a position that was saved.
     *
     * @throws StateFormatException when there is none
     */
    public Residence<U, C> at(int index) {
        if (index < 0 || index >= order.size()) {
            throw new StateFormatException("logical processor " + index + " of " + order.size());
        }
        return order.get(index);
    }

    /** All of them. */
    public List<Residence<U, C>> all() {
        return order;
    }
}
