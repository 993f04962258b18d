package dev.hv.cli.root.machine;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import dev.hv.devices.pci.RootPort;
import java.util.function.Consumer;

/**
 * Places on the bare machine: NVMe behind a root port, which comes with it, SATA on bus 0.
 *
 * @param state takes what is to be saved
 */
record RootPorts(PciSite site, Consumer<Saveable> state) implements PciDisks.Places {

    /** Place of the NVMe controller's port on bus 0, and the bus behind it. */
    private static final int NVME_SLOT = 2;
    private static final int NVME_BUS = 1;
    private static final int AHCI_SLOT = 3;

    @Override
    public PciSlot nvme() {
        var port = new RootPort(site.slot(NVME_SLOT), NVME_BUS);
        state.accept(port);
        return port;
    }

    @Override
    public PciSlot ahci() {
        return site.slot(AHCI_SLOT);
    }

    @Override
    public void plugged(PciEndpoint function) {}

    @Override
    public void unplugged(PciEndpoint function) {}
}
