package dev.hv.cli.root.machine;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.chipset.ResetControl;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import dev.hv.devices.pci.RootPort;

/**
 * PCI of the machine under the hypervisor: each function on it is assigned to a child, whose memory it reaches and whose processors it interrupts, as the hypervisor has the IOMMU let it. One
 * that nobody has reaches nothing.
 */
final class MachinePci {

    private static final long HIGH_WINDOW = 512L << 20;

    private final SystemBus bus;
    private final PciHost host = new PciHost(new ResetControl(NOTHING));
    private final Iommu iommu;
    private final PciSite site;
    private final boolean mapped;
    private final boolean[] taken = new boolean[PciHost.SLOTS];
    /** By their places on bus 0, which are the numbers of the buses behind them. */
    private final RootPort[] ports = new RootPort[PciHost.SLOTS];

    /** The machine's reset lines are not for its devices' ports. */
    private static final PowerControl NOTHING = new PowerControl() {
        @Override
        public void powerOff() {}

        @Override
        public void reset() {}

        @Override
        public void debugExit(int value) {}
    };

    /**
     * Without functions.
     *
     * @param iommu stands between them and memory, and between them and processors; it is the hypervisor's
     * @param parallel whether processors run at the same time
     */
    MachinePci(SystemBus bus, Iommu iommu, boolean parallel) {
        this.bus = bus;
        this.iommu = iommu;
        mapped = !parallel;
        taken[0] = true;
        long end = bus.memory().ranges().stream().mapToLong(MemoryRange::end).max().orElse(0);
        long above = Math.max(end, FirmwareLayout.HIGH_MEMORY) + HIGH_WINDOW - 1 & -HIGH_WINDOW;
        site = new PciSite(bus, host, iommu, iommu, number -> level -> { }, new MemoryRange(FirmwareLayout.LOW_MEMORY_END, PciHost.ECAM - FirmwareLayout.LOW_MEMORY_END),
                new MemoryRange(above, HIGH_WINDOW));
    }

    /** Whether guests may reach functions from within guest code. Not while others do something at the same time: functions are written for one at a time. */
    boolean mapped() {
        return mapped;
    }

    /** The machine's IOMMU. */
    Iommu iommu() {
        return iommu;
    }

    PciSite site() {
        return site;
    }

    /** What is at the machine's physical addresses. */
    MmioHandler registers() {
        return new MmioHandler() {
            @Override
            public long readMmio(long physical, int size) {
                return bus.read(physical, size);
            }

            @Override
            public void writeMmio(long physical, int size, long value) {
                bus.write(physical, size, value);
            }
        };
    }

    /** A free place on bus 0; null when there is none. */
    PciSlot slot() {
        int device = take();
        return device < 0 ? null : site.slot(device);
    }

    /** A root port in a free place, whose bus has the number of that; null when there is none. Once made it stays, for others to be plugged into later. */
    RootPort port() {
        for (RootPort each : ports) {
            if (each != null && !each.occupied()) {
                return each;
            }
        }
        int device = take();
        if (device >= 0) {
            ports[device] = new RootPort(site.slot(device), device);
        }
        return device < 0 ? null : ports[device];
    }

    private int take() {
        for (int device = 1; device < taken.length; device++) {
            if (!taken[device]) {
                taken[device] = true;
                return device;
            }
        }
        return -1;
    }

    /** A function is no more, which was alone in its slot on bus 0, or behind its port. */
    void free(DmaRequester function) {
        int bus = (int) function.low() >> 8;
        if (bus != 0) {
            ports[bus].unplug();
        } else {
            int device = (int) function.low() >> 3;
            host.remove(device, 0);
            taken[device] = false;
        }
    }
}
