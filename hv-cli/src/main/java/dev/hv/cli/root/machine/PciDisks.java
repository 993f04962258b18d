package dev.hv.cli.root.machine;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.devices.ahci.AhciController;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.nvme.NvmeController;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import java.util.function.Consumer;

/** The disks of a machine on PCI Express. A controller comes with the first disk on it: a machine without has none. */
public final class PciDisks implements AutoCloseable {

    private static final String NO_PLACE = "the machine has no place for another controller";

    private final PciSite site;
    private final PciPlaces places;
    private final DiskQueues queues;
    private final Consumer<Saveable> state;
    private NvmeController nvme;
    private int namespaces;
    private AhciController ahci;
    private int ports;

    /**
     * None yet.
     *
     * @param queues how the disks' requests are carried out
     * @param state takes what is to be saved
     */
    PciDisks(PciSite site, PciPlaces places, DiskQueues queues, Consumer<Saveable> state) {
        this.site = site;
        this.places = places;
        this.queues = queues;
        this.state = state;
    }

    /**
     * Plugs a disk in before the guest starts, as the next namespace of the NVMe controller; it then belongs to this.
     *
     * @param name for the serial number
     * @return what is wrong with it; null when nothing is
     */
    public String addNvme(Disk disk, String name) {
        if (namespaces == NvmeController.MOST_NAMESPACES) {
            return "bus=nvme has room for " + NvmeController.MOST_NAMESPACES + " disks";
        }
        if (disk.sectorSize() != 512 && disk.sectorSize() != 4096) {
            return "bus=nvme takes disks with sectors of 512 or 4096 bytes";
        }
        if (nvme == null) {
            PciSlot place = places.nvme();
            if (place == null) {
                return "bus=nvme: " + NO_PLACE;
            }
            nvme = new NvmeController(site, place, queues, name);
            state.accept(nvme);
            places.plugged(nvme.endpoint());
        }
        nvme.attach(disk, name + "-nvme" + namespaces++);
        return null;
    }

    /**
     * Plugs a disk in before the guest starts, at the next port of the SATA adapter; it then belongs to this.
     *
     * @param name for the serial number
     * @return what is wrong with it; null when nothing is
     */
    public String addAhci(Disk disk, String name) {
        if (disk.sectorSize() != 512) {
            return "bus=ahci takes disks with sectors of 512 bytes";
        }
        if (ahci == null) {
            PciSlot place = places.ahci();
            if (place == null) {
                return "bus=ahci: " + NO_PLACE;
            }
            ahci = new AhciController(site, place, queues);
            state.accept(ahci);
            places.plugged(ahci.endpoint());
        }
        return ahci.attach(disk, name + "-" + ports++) ? null : "bus=ahci has room for " + AhciController.DISKS + " disks";
    }

    /** The machine is reset: requests under way are forgotten, and devices are as after power-on. */
    public void reset() {
        if (nvme != null) {
            nvme.reset();
        }
        if (ahci != null) {
            ahci.reset();
        }
    }

    /** Lets go of the host's files. */
    @Override
    public void close() {
        if (nvme != null) {
            places.unplugged(nvme.endpoint());
            nvme.close();
        }
        if (ahci != null) {
            places.unplugged(ahci.endpoint());
            ahci.close();
        }
    }
}
