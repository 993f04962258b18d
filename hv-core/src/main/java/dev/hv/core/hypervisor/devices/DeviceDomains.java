package dev.hv.core.hypervisor.devices;

import dev.hv.core.hypervisor.memory.DeviceTranslations;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Which partition has which device: the device's domain in the IOMMU is the partition's guest-physical space, as it is at any time, and its interrupts go to the partition's processors alone.
 */
public final class DeviceDomains implements Saveable {

    private static final int VERSION = 2;
    private static final int WORDS = 4;

    /**
     * A device that a partition has.
     *
     * @param requester its requester id on PCI
     * @param number that the partition knows it by
     * @param slot in the IOMMU's tables
     */
    record Owned(int requester, long partition, long number, int slot) {}

    private final DeviceRemapper remapper;
    private final LongFunction<GuestPhysicalSpace> spaces;
    /** By requester id. */
    private final SortedMap<Integer, Owned> devices = new TreeMap<>();
    private final DeviceInterrupts interrupts;
    private final DeviceFaults faults = new DeviceFaults();

    /**
     * No partition has any.
     *
     * @param remapper drives the machine's IOMMU, which is on
     * @param spaces of partitions by their ids; null for one that has none
     * @param apics of the logical processors
     */
    public DeviceDomains(DeviceRemapper remapper, LongFunction<GuestPhysicalSpace> spaces, List<LocalApic> apics, DeviceInterrupts.Processors processors) {
        this.remapper = remapper;
        this.spaces = spaces;
        interrupts = new DeviceInterrupts(remapper, apics, processors);
    }

    private static int domain(Owned owned) {
        return owned.requester + 1;
    }

    /** What was refused to devices. */
    public DeviceFaults faults() {
        return faults;
    }

    /** Interrupts of devices delivered so far. */
    public long delivered() {
        return interrupts.count();
    }

    /** A logical processor has taken an interrupt that is the hypervisor's. */
    public void interrupted(int processor, int vector) {
        if (vector == DeviceInterrupts.FAULT_VECTOR) {
            remapper.takeFaults(faults);
        } else {
            interrupts.taken(processor, vector);
        }
    }

    private Owned find(long number, long partition) {
        return devices.values().stream().filter(o -> o.number == number && o.partition == partition).findFirst().orElse(null);
    }

    private Owned ofRequester(int requester, long partition) {
        Owned owned = devices.get(requester);
        return owned == null || owned.partition != partition ? null : owned;
    }

    /** Whether a partition has a device that it knows by this number. */
    public boolean has(long partition, long number) {
        return find(number, partition) != null;
    }

    /** Whether a partition has the device with a requester id. */
    public boolean hasRequester(long partition, int requester) {
        return ofRequester(requester, partition) != null;
    }

    private boolean taken(int slot) {
        return devices.values().stream().anyMatch(o -> o.slot == slot);
    }

    /**
     * Gives a partition a device.
     *
     * @param number that it knows it by from now on
     * @param requester its requester id on PCI
     */
    public HvStatus attach(long number, int requester, long partition) {
        GuestPhysicalSpace space = spaces.apply(partition);
        if (space == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (!remapper.knows(requester)) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (devices.containsKey(requester) || has(partition, number)) {
            return HvStatus.OBJECT_IN_USE;
        }
        int slot = 0;
        while (taken(slot)) {
            slot++;
        }
        if (slot == DeviceRemapper.SLOTS) {
            return HvStatus.NO_RESOURCES;
        }
        var owned = new Owned(requester, partition, number, slot);
        devices.put(requester, owned);
        listen(partition, space);
        remapper.assign(requester, slot, domain(owned), space.root());
        return HvStatus.SUCCESS;
    }

    /** Takes a device back from a partition: it reaches nothing any more, and interrupts nobody. */
    public HvStatus detach(long number, long partition) {
        Owned owned = find(number, partition);
        if (owned == null) {
            return HvStatus.NOT_FOUND;
        }
        interrupts.removeAll(owned);
        GuestPhysicalSpace space = spaces.apply(partition);
        if (space != null) {
            space.markUnmarked();
        }
        devices.remove(owned.requester);
        remapper.release(owned.requester, owned.slot, domain(owned));
        return HvStatus.SUCCESS;
    }

    // ---- interrupts --------------------------------------------------------------------------------------------------

    /**
     * Makes interrupts of a device in a row.
     *
     * @param vector of the partition's processors, of the first of them
     * @param mask virtual processors
     * @param all whether they go to all of these, not to one
     * @return the message of the first one: data 63:32, address 31:0
     */
    public HvResult map(int requester, long partition, int vector, int count, long mask, boolean all) {
        Owned owned = ofRequester(requester, partition);
        if (owned == null) {
            return HvResult.of(HvStatus.INVALID_PARAMETER);
        }
        int first = interrupts.make(owned, vector, count, mask, all);
        return first < 0 ? HvResult.of(HvStatus.NO_RESOURCES) : HvResult.success(remapper.address(owned.slot, first) | (long) remapper.data(owned.slot, first) << 32);
    }

    /** Takes the interrupts away that a message stands for. */
    public HvStatus unmap(int requester, long partition, long address, int data) {
        Owned owned = ofRequester(requester, partition);
        return owned == null ? HvStatus.INVALID_PARAMETER : interrupts.remove(owned, address, data);
    }

    /** Has the interrupts that a message stands for go elsewhere, as {@link #map} says. */
    public HvStatus retarget(long number, long partition, long address, int data, int vector, boolean all, long mask) {
        return interrupts.retarget(find(number, partition), address, data, vector, all, mask);
    }

    // ---- state -------------------------------------------------------------------------------------------------------

    private List<Owned> of(long partition) {
        return devices.values().stream().filter(o -> o.partition == partition).toList();
    }

    private void listen(long partition, GuestPhysicalSpace space) {
        space.devices(new DeviceTranslations() {
            @Override
            public void forget() {
                of(partition).forEach(o -> remapper.forget(domain(o)));
            }

            @Override
            public void end() {
                of(partition).forEach(o -> detach(o.number, partition));
            }

            @Override
            public boolean unmarked() {
                return !remapper.marks() && !of(partition).isEmpty();
            }
        });
    }

    /** State of the interrupts of a partition's devices: part of the partition's. */
    public Saveable interrupts(long partition) {
        return new Saveable() {
            @Override
            public void save(StateWriter out) {
                of(partition).forEach(o -> interrupts.save(o, out));
            }

            @Override
            public void restore(StateReader in) {
                of(partition).forEach(o -> interrupts.restore(o, in));
            }
        };
    }

    /** A partition was restored alone: the IOMMU's tables are to say what its interrupts are now. */
    public void reconnect(long partition) {
        of(partition).forEach(interrupts::reconnect);
    }

    /** A partition is about to be restored alone: its devices have no interrupts. */
    public void setAside(long partition) {
        of(partition).forEach(interrupts::removeAll);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("device-domains", VERSION);
        long[] all = new long[devices.size() * WORDS];
        int i = 0;
        for (Owned o : devices.values()) {
            all[i++] = o.requester;
            all[i++] = o.partition;
            all[i++] = o.number;
            all[i++] = o.slot;
        }
        out.put("devices", all);
        faults.save(out);
        out.end();
    }

    /** The IOMMU and its tables are restored with the machine, interrupts with their partitions. */
    @Override
    public void restore(StateReader in) {
        for (Owned o : devices.values()) {
            interrupts.clear(o);
            GuestPhysicalSpace space = spaces.apply(o.partition);
            if (space != null) {
                space.devices(DeviceTranslations.NONE);
            }
        }
        devices.clear();
        in.begin("device-domains", VERSION);
        for (long n = in.take() / WORDS; n > 0; n--) {
            var owned = new Owned((int) in.take(), in.take(), in.take(), (int) in.take());
            devices.put(owned.requester, owned);
        }
        faults.restore(in);
        in.end();
        devices.values().forEach(o -> listen(o.partition, spaces.apply(o.partition)));
    }
}
