package dev.hv.cli.root.machine;

import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSlot;

/** Finds functions of PCI Express their places. */
interface PciPlaces {

    /** A place for the NVMe controller; null when there is none. */
    PciSlot nvme();

    /** A place for the SATA adapter; null when there is none. */
    PciSlot ahci();

    /** A place for a network adapter; null when there is none. */
    PciSlot network();

    /** A function is plugged in, and what is to be saved of it has been named. */
    void plugged(PciEndpoint function);

    /** A function is to be taken out. */
    void unplugged(PciEndpoint function);
}
