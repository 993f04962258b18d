package dev.hv.cli.root.machine;

import dev.hv.cli.root.worker.FunctionOwner;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import dev.hv.devices.pci.RootPort;
import java.util.function.Consumer;

/**
 * Places on a board's PCI Express, of the bare machine or of a guest in the root's place: NVMe behind a root port, which comes with it, SATA and network adapters on bus 0.
 */
final class RootPorts implements PciPlaces {

    /** Place of the NVMe controller's port on bus 0, and the bus behind it. */
    private static final int NVME_SLOT = 2;
    private static final int NVME_BUS = 1;
    private static final int AHCI_SLOT = 3;
    /** Places for network adapters. */
    private static final int FIRST_NETWORK = 8;
    private static final int LAST_NETWORK = 15;

    private final PciSite site;
    private final Consumer<Saveable> state;
    private final FunctionOwner owner;
    /** How many network adapters there are. */
    private int networks;

    /**
     * None taken yet.
     *
     * @param state takes what is to be saved
     * @param owner is given each function
     */
    RootPorts(PciSite site, Consumer<Saveable> state, FunctionOwner owner) {
        this.site = site;
        this.state = state;
        this.owner = owner;
    }

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
    public PciSlot network() {
        int place = FIRST_NETWORK + networks++;
        return place > LAST_NETWORK ? null : site.slot(place);
    }

    @Override
    public void plugged(PciEndpoint function) {
        owner.give((int) function.requester().low());
    }

    @Override
    public void unplugged(PciEndpoint function) {
        owner.take((int) function.requester().low());
    }
}
