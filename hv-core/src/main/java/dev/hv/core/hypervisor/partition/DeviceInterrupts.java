package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The interrupts of devices that a root has mapped (HvCallMapDeviceInterrupt): what a device is to be programmed with, as an entry of an I/O APIC or as a
 * message. There is no interrupt remapping: the entries are those that the processors' APICs understand, and nothing stands between devices and them.
 */
public final class DeviceInterrupts {

    /** More vectors than all processors have are never mapped at once. */
    private static final int MOST = 64 * 256;

    /**
     * An interrupt.
     *
     * @param device HV_DEVICE_ID
     * @param entry what its device is programmed with
     */
    private record Key(long device, long entry) implements Comparable<Key> {
        @Override
        public int compareTo(Key o) {
            return device != o.device ? Long.compareUnsigned(device, o.device) : Long.compareUnsigned(entry, o.entry);
        }
    }

    /** How often each was mapped: a device may have several pins that go to one vector. */
    private final SortedMap<Key, Integer> mapped = new TreeMap<>();

    /** Notes an interrupt; NO_RESOURCES when there are too many. */
    public HvStatus map(long device, long entry) {
        if (mapped.size() == MOST) {
            return HvStatus.NO_RESOURCES;
        }
        mapped.merge(new Key(device, entry), 1, Integer::sum);
        return HvStatus.SUCCESS;
    }

    /** Forgets an interrupt; NOT_FOUND when there is none. */
    public HvStatus unmap(long device, long entry) {
        var key = new Key(device, entry);
        Integer times = mapped.get(key);
        if (times == null) {
            return HvStatus.NOT_FOUND;
        }
        if (times == 1) {
            mapped.remove(key);
        } else {
            mapped.put(key, times - 1);
        }
        return HvStatus.SUCCESS;
    }

    /** How many are mapped. */
    public int count() {
        return mapped.size();
    }

    void clear() {
        mapped.clear();
    }

    void save(StateWriter out) {
        out.put("device-interrupts-count", mapped.size());
        mapped.forEach((key, times) -> {
            out.put("device", key.device);
            out.put("entry", key.entry);
            out.put("times", times);
        });
    }

    void restore(StateReader in) {
        mapped.clear();
        for (long n = in.take(); n > 0; n--) {
            mapped.put(new Key(in.take(), in.take()), (int) in.take());
        }
    }
}
