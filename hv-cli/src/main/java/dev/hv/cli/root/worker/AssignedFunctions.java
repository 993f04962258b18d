package dev.hv.cli.root.worker;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.WinHv;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.vpci.FunctionInterrupts;
import dev.hv.devices.vpci.FunctionMemory;
import dev.hv.devices.vpci.VirtualPciBus;
import dev.hv.vmbus.Vmbus;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The machine's PCI functions that a child has, each on a virtual bus of its own; those of a guest in the root's place lie on its own PCI. */
public final class AssignedFunctions implements FunctionOwner {

    private final Vmbus vmbus;
    private final IoBus child;
    private final WinHv hypervisor;
    private final long partition;
    private final List<VirtualPciBus> buses = new ArrayList<>();

    /**
     * None yet.
     *
     * @param vmbus null for a guest in the root's place
     */
    AssignedFunctions(Vmbus vmbus, IoBus child, WinHv hypervisor, long partition) {
        this.vmbus = vmbus;
        this.child = child;
        this.hypervisor = hypervisor;
        this.partition = partition;
    }

    /**
     * Has the hypervisor give the child a function, and offers it.
     *
     * @param machine what is at the machine's physical addresses
     * @param mapped whether the child reaches its registers without leaving guest code
     * @param name the child's, which the bus's identity follows from
     */
    public VirtualPciBus add(PciEndpoint function, MmioHandler machine, boolean mapped, String name) {
        int number = buses.size();
        Guid instance = Guid.of(UUID.nameUUIDFromBytes("%s-pci-%d".formatted(name, number).getBytes(StandardCharsets.UTF_8)).toString());
        int requester = (int) function.requester().low();
        var bus = new VirtualPciBus(function, machine, child, new Interrupts(requester), mapped ? new Mappings() : FunctionMemory.NONE, instance, number + 1);
        attach(requester, bus.deviceId());
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

    /** A function is no more. */
    public void remove(PciEndpoint function) {
        for (VirtualPciBus bus : buses) {
            if (bus.function() == function) {
                hypervisor.detachDevice(partition, bus.deviceId());
            }
        }
    }

    /** {@inheritDoc} It is known by its requester id to the hypervisor, too. */
    @Override
    public void give(int requester) {
        attach(requester, requester);
    }

    @Override
    public void take(int requester) {
        hypervisor.detachDevice(partition, requester);
    }

    private void attach(int requester, long number) {
        HvStatus status = hypervisor.attachDevice(partition, requester, number);
        if (!status.ok()) {
            throw new IllegalStateException("a function cannot be attached: " + status);
        }
    }

    /** Registers of a function in the child's second-level table. */
    private final class Mappings implements FunctionMemory {
        private static final int RIGHTS = HvMapFlags.READABLE | HvMapFlags.WRITABLE | HvMapFlags.NOT_CACHED;

        @Override
        public boolean map(long guest, long machine, long length) {
            long pages = length / SystemMemory.PAGE;
            return hypervisor.mapGpaPages(partition, guest / SystemMemory.PAGE, machine / SystemMemory.PAGE, pages, RIGHTS).ok();
        }

        @Override
        public void unmap(long guest, long length) {
            hypervisor.unmapGpaPages(partition, guest / SystemMemory.PAGE, length / SystemMemory.PAGE);
        }
    }

    /** Interrupts of a function, which the hypervisor has the machine's IOMMU lead to the child's processors. */
    private final class Interrupts implements FunctionInterrupts {
        private final int requester;

        Interrupts(int requester) {
            this.requester = requester;
        }

        @Override
        public long make(int vector, int count, long processors) {
            HvResult message = hypervisor.mapDeviceInterrupt(partition, requester, vector, count, processors);
            return message.status().ok() ? message.value() : NONE;
        }

        @Override
        public void delete(long message) {
            hypervisor.unmapDeviceInterrupt(partition, requester, message);
        }
    }
}
