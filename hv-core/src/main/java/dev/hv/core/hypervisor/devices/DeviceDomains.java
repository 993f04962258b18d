package dev.hv.core.hypervisor.devices;

import dev.hv.core.hypervisor.memory.DeviceTranslations;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** Which partition has which device: the device's domain in the IOMMU is the partition's guest-physical space, as it is at any time. */
public final class DeviceDomains implements Saveable {

    private static final int VERSION = 1;

    private record Owned(int requester, long partition) {}

    private final DeviceRemapper remapper;
    private final LongFunction<GuestPhysicalSpace> spaces;
    /** By the numbers that their owners' parents gave them. */
    private final SortedMap<Long, Owned> devices = new TreeMap<>();

    /**
     * No partition has any.
     *
     * @param remapper drives the machine's IOMMU, which is on
     * @param spaces of partitions by their ids; null for one that has none
     */
    public DeviceDomains(DeviceRemapper remapper, LongFunction<GuestPhysicalSpace> spaces) {
        this.remapper = remapper;
        this.spaces = spaces;
    }

    private static int domain(int requester) {
        return requester + 1;
    }

    /**
     * Gives a partition a device.
     *
     * @param number that it is known by from now on
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
        if (devices.containsKey(number) || devices.values().stream().anyMatch(o -> o.requester == requester)) {
            return HvStatus.OBJECT_IN_USE;
        }
        devices.put(number, new Owned(requester, partition));
        listen(partition, space);
        remapper.assign(requester, domain(requester), space.root());
        return HvStatus.SUCCESS;
    }

    /** Takes a device back from a partition: it reaches nothing any more. */
    public HvStatus detach(long number, long partition) {
        Owned owned = devices.get(number);
        if (owned == null || owned.partition != partition) {
            return HvStatus.NOT_FOUND;
        }
        devices.remove(number);
        remapper.release(owned.requester, domain(owned.requester));
        return HvStatus.SUCCESS;
    }

    private void listen(long partition, GuestPhysicalSpace space) {
        space.devices(new DeviceTranslations() {
            @Override
            public void forget() {
                devices.values().stream().filter(o -> o.partition == partition).forEach(o -> remapper.forget(domain(o.requester)));
            }

            @Override
            public void end() {
                List<Long> its = devices.entrySet().stream().filter(e -> e.getValue().partition == partition).map(Map.Entry::getKey).toList();
                its.forEach(n -> detach(n, partition));
            }
        });
    }

    @Override
    public void save(StateWriter out) {
        out.begin("device-domains", VERSION);
        long[] all = new long[devices.size() * 3];
        int i = 0;
        for (Map.Entry<Long, Owned> e : devices.entrySet()) {
            all[i++] = e.getKey();
            all[i++] = e.getValue().requester;
            all[i++] = e.getValue().partition;
        }
        out.put("devices", all);
        out.end();
    }

    /** The IOMMU and its tables are restored with the machine. */
    @Override
    public void restore(StateReader in) {
        for (Owned o : devices.values()) {
            GuestPhysicalSpace space = spaces.apply(o.partition);
            if (space != null) {
                space.devices(DeviceTranslations.NONE);
            }
        }
        devices.clear();
        in.begin("device-domains", VERSION);
        for (long n = in.take() / 3; n > 0; n--) {
            devices.put(in.take(), new Owned((int) in.take(), in.take()));
        }
        in.end();
        devices.values().forEach(o -> listen(o.partition, spaces.apply(o.partition)));
    }
}
