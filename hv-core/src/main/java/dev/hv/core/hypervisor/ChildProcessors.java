package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.devices.DeviceInterrupts;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvInterruptType;

/** Virtual processors as interrupts of devices find them. */
record ChildProcessors(Partitions partitions) implements DeviceInterrupts.Processors {

    @Override
    public void deliver(long partition, long mask, boolean all, int vector) {
        Partition p = partitions.get(partition);
        if (p == null || p.state() != Partition.State.ACTIVE) {
            return;
        }
        for (long left = all ? mask : Long.lowestOneBit(mask); left != 0; left &= left - 1) {
            VirtualProcessor vp = p.processors().get(Long.numberOfTrailingZeros(left));
            if (vp != null) {
                p.router().deliver(vp.apic().id(), false, HvInterruptType.FIXED, vector, false);
            }
        }
    }

    @Override
    public int place(long partition, long mask) {
        Partition p = partitions.get(partition);
        VirtualProcessor vp = p == null || mask == 0 ? null : p.processors().get(Long.numberOfTrailingZeros(mask));
        return vp == null ? 0 : vp.scheduling().position();
    }
}
