package dev.hv.core.hypervisor.calls;

import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.InterruptTarget;
import dev.hv.core.hypervisor.devices.DeviceDomains;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.tlfs.HvDeviceId;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;

/** What a guest in the root's place is told when it maps the interrupts of its own devices: what these are to be programmed with. */
final class RootInterrupts {

    private static final int DEVICE = 8;
    private static final int ENTRY = 24;
    private static final int ENTRY_VALUE = 8;
    /** In HV_DEVICE_INTERRUPT_DESCRIPTOR: trigger mode, 1 for level; target. */
    private static final int TRIGGER = 4;
    private static final int COUNT = 8;
    private static final int TARGET = 16;

    private static final long LEVEL = 1 << 15;
    private static final int RTE_DESTINATION_SHIFT = 56;
    private static final long MSI_ADDRESS = 0xFEE0_0000L;
    private static final int MSI_DESTINATION_SHIFT = 12;
    private static final int MSI_DATA_SHIFT = 32;

    private RootInterrupts() {}

    private static boolean known(long device) {
        return HvDeviceId.isIoApic(device) || HvDeviceId.isFunction(device);
    }

    /**
     * HvCallMapDeviceInterrupt. The output is HV_INTERRUPT_ENTRY in the form of the device's kind: an entry of an I/O APIC, or address and data of a message. Of several processors
     * the first one has the interrupt.
     *
     * @param descriptor where HV_DEVICE_INTERRUPT_DESCRIPTOR is in the input
     * @param remapped who has which device behind the IOMMU; null where there is none
     */
    static HvStatus map(Caller c, HypercallParameters in, int descriptor, DeviceDomains remapped) {
        long device = in.u64(DEVICE);
        int target = descriptor + TARGET;
        if (!known(device)) {
            return HvStatus.INVALID_DEVICE_ID;
        }
        if (in.u64(16) != 0 || in.u32(descriptor) != 0 || (in.u32(descriptor + TRIGGER) & ~1) != 0 || in.u32(descriptor + COUNT) != 1 || in.u32(descriptor + 12) != 0 || InterruptTarget.bad(in, target)
                || InterruptTarget.processors(in, target) == 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        int first = Long.numberOfTrailingZeros(InterruptTarget.processors(in, target));
        if (!c.partition().processors().containsKey(first)) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (isRemapped(c, device, remapped)) {
            HvResult message = remapped.map(HvDeviceId.requester(device), c.partition().id(), InterruptTarget.vector(in, target), 1, 1L << first, false);
            in.put(0, 8, HvDeviceId.SOURCE_MSI);
            in.put(ENTRY_VALUE, 8, message.status().ok() ? message.value() : 0);
            return message.status();
        }
        long apic = c.partition().processors().get(first).apic().id() & 0xFFL;
        long data = InterruptTarget.vector(in, target) | (in.u32(descriptor + TRIGGER) == 1 ? LEVEL : 0);
        boolean pin = HvDeviceId.isIoApic(device);
        long entry = pin ? data | apic << RTE_DESTINATION_SHIFT : MSI_ADDRESS | apic << MSI_DESTINATION_SHIFT | data << MSI_DATA_SHIFT;
        in.put(0, 8, pin ? HvDeviceId.SOURCE_IO_APIC : HvDeviceId.SOURCE_MSI);
        in.put(ENTRY_VALUE, 8, entry);
        return c.partition().root().interrupts().map(device, entry);
    }

    /** Whether a function's interrupts go through the IOMMU: then no other message of it reaches a processor. */
    private static boolean isRemapped(Caller c, long device, DeviceDomains remapped) {
        return remapped != null && HvDeviceId.isFunction(device) && remapped.hasRequester(c.partition().id(), HvDeviceId.requester(device));
    }

    /** HvCallUnmapDeviceInterrupt, with the entry as it was given. */
    static HvStatus unmap(Caller c, HypercallParameters in, DeviceDomains remapped) {
        long device = in.u64(DEVICE);
        long entry = in.u64(ENTRY);
        if (!known(device)) {
            return HvStatus.INVALID_DEVICE_ID;
        }
        if (!isRemapped(c, device, remapped)) {
            return c.partition().root().interrupts().unmap(device, entry);
        }
        return remapped.unmap(HvDeviceId.requester(device), c.partition().id(), entry & 0xFFFF_FFFFL, (int) (entry >>> MSI_DATA_SHIFT));
    }
}
