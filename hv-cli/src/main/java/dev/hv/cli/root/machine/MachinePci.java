package dev.hv.cli.root.machine;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.MsiPort;
import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.WinHv;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.chipset.ResetControl;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import dev.hv.devices.vpci.VirtualPciBus;
import java.util.HashMap;
import java.util.Map;

/**
 * PCI of the machine under the hypervisor: each function on it is assigned to a child, whose memory it reaches and whose processors it interrupts. One that
 * nobody has reaches nothing.
 */
final class MachinePci {

    private static final long HIGH_WINDOW = 512L << 20;

    private final SystemBus bus;
    private final DmaBus iommu;
    private final WinHv hypervisor;
    private final PciHost host = new PciHost(new ResetControl(NOTHING));
    private final PciSite site;
    private final Map<DmaRequester, VirtualPciBus> assigned = new HashMap<>();
    private final boolean[] taken = new boolean[PciHost.SLOTS];

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
     * @param iommu stands between them and memory
     * @param hypervisor has the IOMMU
     */
    MachinePci(SystemBus bus, DmaBus iommu, WinHv hypervisor) {
        this.bus = bus;
        this.iommu = iommu;
        this.hypervisor = hypervisor;
        taken[0] = true;
        long end = bus.memory().ranges().stream().mapToLong(MemoryRange::end).max().orElse(0);
        long above = Math.max(end, FirmwareLayout.HIGH_MEMORY) + HIGH_WINDOW - 1 & -HIGH_WINDOW;
        site = new PciSite(bus, host, Assigned::new, Assigned::new, number -> level -> { }, new MemoryRange(FirmwareLayout.LOW_MEMORY_END, PciHost.ECAM - FirmwareLayout.LOW_MEMORY_END),
                new MemoryRange(above, HIGH_WINDOW));
    }

    /** What a function reaches: the bus that it is assigned to. */
    private final class Assigned implements DmaView, MsiPort {
        private final DmaRequester requester;

        Assigned(DmaRequester requester) {
            this.requester = requester;
        }

        @Override
        public boolean read(long address, byte[] to, int offset, int length) {
            VirtualPciBus owner = assigned.get(requester);
            return owner != null && owner.read(address, to, offset, length);
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            VirtualPciBus owner = assigned.get(requester);
            return owner != null && owner.write(address, from, offset, length);
        }

        @Override
        public void send(long address, int data) {
            VirtualPciBus owner = assigned.get(requester);
            if (owner != null) {
                owner.messages().send(address, data);
            }
        }
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

    /** A free place; null when there is none. */
    PciSlot slot() {
        for (int device = 1; device < taken.length; device++) {
            if (!taken[device]) {
                taken[device] = true;
                return site.slot(device);
            }
        }
        return null;
    }

    /** Memory as the machine's IOMMU lets a function reach it: the memory of the partition that has it. */
    DmaView memory(DmaRequester function) {
        return iommu.view(function);
    }

    /** Gives a function to a child, and the IOMMU the child's memory for it. */
    void assign(DmaRequester function, VirtualPciBus owner, long partition) {
        HvStatus status = hypervisor.attachDevice(partition, (int) function.low());
        if (!status.ok()) {
            throw new IllegalStateException("a function cannot be attached: " + status);
        }
        assigned.put(function, owner);
    }

    /** A function is no more, which was alone in its slot on bus 0. */
    void free(DmaRequester function, long partition) {
        int device = (int) function.low() >> 3;
        hypervisor.detachDevice(partition, (int) function.low());
        assigned.remove(function);
        host.remove(device, 0);
        taken[device] = false;
    }
}
