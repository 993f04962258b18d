package dev.hv.cli.root.worker;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.vpci.VirtualPciBus;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The machine's PCI functions that a child has, each on a virtual bus of its own. */
public final class AssignedFunctions {

    /** Function number in a device's name. */
    private static final long FUNCTION = 7;

    private final Vmbus vmbus;
    private final IoBus child;
    private final InterruptMessageSink processors;
    private final List<VirtualPciBus> buses = new ArrayList<>();

    /** None yet. */
    AssignedFunctions(Vmbus vmbus, IoBus child, InterruptMessageSink processors) {
        this.vmbus = vmbus;
        this.child = child;
        this.processors = processors;
    }

    /**
     * Offers a function.
     *
     * @param machine what is at the machine's physical addresses
     * @param memory what the machine's IOMMU lets the function reach
     * @param name the child's, which the bus's identity follows from
     */
    public VirtualPciBus add(PciEndpoint function, MmioHandler machine, DmaView memory, String name) {
        int number = buses.size();
        Guid instance = Guid.of(UUID.nameUUIDFromBytes("%s-pci-%d".formatted(name, number).getBytes(StandardCharsets.UTF_8)).toString());
        var bus = new VirtualPciBus(function, machine, child, memory, processors, instance, number + 1);
        buses.add(bus);
        bus.offered(vmbus.offer(bus.offer(), bus));
        return bus;
    }

    /** Asks the child to let go of a function, and takes its bus back then; or offers it again. False when there is no such function, or it was so already. */
    public boolean offer(int number, boolean there) {
        if (number < 0 || number >= buses.size() || buses.get(number).offered() == there) {
            return false;
        }
        VirtualPciBus bus = buses.get(number);
        if (there) {
            bus.offered(vmbus.offer(bus.offer(), bus));
        } else {
            bus.eject();
        }
        return true;
    }

    /** A function's interrupt is to go elsewhere. */
    HvStatus retarget(long device, int data, int vector, boolean multicast, long mask) {
        for (VirtualPciBus bus : buses) {
            if (bus.deviceId() == (device & ~FUNCTION)) {
                return bus.retarget(data, vector, multicast, mask) ? HvStatus.SUCCESS : HvStatus.INVALID_PARAMETER;
            }
        }
        return HvStatus.INVALID_PARAMETER;
    }
}
