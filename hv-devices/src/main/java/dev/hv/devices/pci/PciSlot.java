package dev.hv.devices.pci;

import dev.hv.devices.chipset.PciFunction;

/** What a function is plugged into: a place on bus 0, or the link below a port. */
public interface PciSlot {

    /** Number of the bus, as it is now. */
    int bus();

    /** Device number there. */
    int device();

    /** Whether memory accesses and messages of the function get through to the machine. */
    boolean upstream();

    /** Whether accesses to an address reach the function. */
    boolean passes(long address);

    /**
     * Connects a function.
     *
     * @param moved to be run whenever what this says changes
     * @throws IllegalArgumentException when there is one already
     */
    void plug(int function, PciFunction config, Runnable moved);

    /**
     * Firmware's room for a range of addresses.
     *
     * @param high whether it may be above 4 GiB
     */
    long room(long size, boolean high);

    /** The global interrupt that a pin leads to, 1 (A) … 4 (D), as the firmware's tables say. */
    int interrupt(int pin);
}
