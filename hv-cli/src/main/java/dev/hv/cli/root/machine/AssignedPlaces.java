package dev.hv.cli.root.machine;

import dev.hv.cli.root.worker.Worker;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSlot;
import dev.hv.devices.pci.RootPort;
import java.util.function.Consumer;

/** Places on the machine under the hypervisor: each function there is assigned to one child, which finds it on a virtual PCI bus. */
final class AssignedPlaces implements PciPlaces {

    private final MachinePci pci;
    private final Worker worker;
    private final String name;
    private final Consumer<Saveable> state;

    /**
     * None taken yet.
     *
     * @param name the child's
     * @param state takes what is to be saved with the child
     */
    AssignedPlaces(MachinePci pci, Worker worker, String name, Consumer<Saveable> state) {
        this.pci = pci;
        this.worker = worker;
        this.name = name;
        this.state = state;
    }

    /** {@inheritDoc} Behind a root port, as a device in a slot is. */
    @Override
    public PciSlot nvme() {
        RootPort port = pci.port();
        if (port != null) {
            state.accept(port);
        }
        return port;
    }

    /** {@inheritDoc} On bus 0, as a chipset's own is. */
    @Override
    public PciSlot ahci() {
        return pci.slot();
    }

    @Override
    public PciSlot network() {
        return pci.slot();
    }

    @Override
    public void plugged(PciEndpoint function) {
        state.accept(worker.assigned().add(function, pci.registers(), pci.mapped(), name));
    }

    @Override
    public void unplugged(PciEndpoint function) {
        function.resetFunction();
        worker.assigned().remove(function);
        pci.free(function.requester());
    }
}
