package dev.hv.core.hypervisor.devices;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Interrupts of the devices that partitions have. Each is an entry in the IOMMU that leads to a vector of a logical processor, which is the hypervisor's; it stands for a vector of the
 * partition's virtual processors. So a device interrupts nobody but as its partition has said, and a processor that executes another's code leaves it for a moment.
 */
public final class DeviceInterrupts {

    /** Vector of the IOMMU's own interrupt, at the first logical processor. */
    public static final int FAULT_VECTOR = 0xF1;

    private static final int VERSION = 1;
    /** Vectors of devices; what is above is the hypervisor's own. */
    private static final int FIRST_VECTOR = 0x30;
    private static final int LAST_VECTOR = 0xEF;
    private static final int REQUESTS = 0x200;
    private static final int WORDS = 8;

    /** What it needs of partitions. */
    public interface Processors {

        /** An interrupt for virtual processors of a partition: to the lowest of the mask, or to all of it. */
        void deliver(long partition, long mask, boolean all, int vector);

        /** Number of the logical processor where the lowest of some virtual processors runs; 0 when there is none. */
        int place(long partition, long mask);
    }

    /** An interrupt. Those that were made together are neighbours, and have the first one's number. */
    private static final class Route {
        final DeviceDomains.Owned owner;
        final int interrupt;
        final int first;
        final int count;
        int vector;
        long mask;
        boolean all;
        int processor;
        int physical;

        Route(DeviceDomains.Owned owner, int interrupt, int first, int count) {
            this.owner = owner;
            this.interrupt = interrupt;
            this.first = first;
            this.count = count;
        }
    }

    private final DeviceRemapper remapper;
    private final Processors processors;
    private final List<LocalApic> apics;
    private final Route[][] bySlot = new Route[DeviceRemapper.SLOTS][DeviceRemapper.INTERRUPTS];
    /** By logical processor and vector. */
    private final Route[][] byVector;
    private long count;

    DeviceInterrupts(DeviceRemapper remapper, List<LocalApic> apics, Processors processors) {
        this.remapper = remapper;
        this.apics = apics;
        this.processors = processors;
        byVector = new Route[apics.size()][0x100];
    }

    /** Interrupts of devices delivered so far. */
    public long count() {
        return count;
    }

    /** A logical processor has taken a vector of devices. */
    void taken(int processor, int physical) {
        Route r = byVector[processor][physical];
        if (r != null) {
            count++;
            processors.deliver(r.owner.partition(), r.mask, r.all, r.vector);
        }
    }

    /**
     * Makes interrupts in a row.
     *
     * @param vector of the first one
     * @param number how many: 1 to 32
     * @param mask virtual processors
     * @param all whether each goes to all of them, not to one
     * @return number of the first one within its device; negative when there is no room
     */
    int make(DeviceDomains.Owned owner, int vector, int number, long mask, boolean all) {
        Route[] its = bySlot[owner.slot()];
        int aligned = number <= 1 ? 1 : Integer.highestOneBit(number - 1) << 1;
        int first = 0;
        while (first < its.length && !free(its, first, aligned)) {
            first += aligned;
        }
        if (first >= its.length) {
            return -1;
        }
        for (int i = 0; i < number; i++) {
            var r = new Route(owner, first + i, first, number);
            r.vector = vector + i & 0xFF;
            r.mask = mask;
            r.all = all;
            its[first + i] = r;
            if (!place(r)) {
                remove(owner, first);
                return -1;
            }
            route(r);
        }
        return first;
    }

    private static boolean free(Route[] its, int first, int number) {
        for (int i = 0; i < number; i++) {
            if (its[first + i] != null) {
                return false;
            }
        }
        return true;
    }

    /** Gives an interrupt a vector at the processor where its target runs, or at another; false when none has one left. */
    private boolean place(Route r) {
        int wanted = processors.place(r.owner.partition(), r.mask) % byVector.length;
        for (int i = 0; i < byVector.length; i++) {
            int p = (wanted + i) % byVector.length;
            for (int v = FIRST_VECTOR; v <= LAST_VECTOR; v++) {
                if (byVector[p][v] == null) {
                    byVector[p][v] = r;
                    r.processor = p;
                    r.physical = v;
                    return true;
                }
            }
        }
        return false;
    }

    private void route(Route r) {
        remapper.route(r.owner.requester(), r.owner.slot(), r.interrupt, r.processor, r.physical);
    }

    /** Takes a vector back from an interrupt. One that has come and was not taken yet is delivered: the vector may be another's then. */
    private void leave(Route r) {
        if (byVector[r.processor][r.physical] == r) {
            if ((apics.get(r.processor).readMmio(REQUESTS + (r.physical >>> 5 << 4), 4) >>> (r.physical & 31) & 1) != 0) {
                taken(r.processor, r.physical);
            }
            byVector[r.processor][r.physical] = null;
        }
    }

    /** The interrupts that a message of a device stands for; the first of them, or null. */
    private Route find(DeviceDomains.Owned owner, long address, int data) {
        for (Route r : bySlot[owner.slot()]) {
            if (r != null && r.interrupt == r.first && remapper.address(owner.slot(), r.first) == address && remapper.data(owner.slot(), r.first) == data) {
                return r;
            }
        }
        return null;
    }

    /** Has the interrupts that a message stands for go elsewhere. */
    HvStatus retarget(DeviceDomains.Owned owner, long address, int data, int vector, boolean all, long mask) {
        Route first = find(owner, address, data);
        if (first == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        boolean moves = processors.place(owner.partition(), mask) != processors.place(owner.partition(), first.mask);
        for (int i = 0; i < first.count; i++) {
            Route r = bySlot[owner.slot()][first.first + i];
            r.vector = vector + i & 0xFF;
            r.mask = mask;
            r.all = all;
            if (moves) {
                leave(r);
                // it has just left one
                place(r);
                route(r);
            }
        }
        return HvStatus.SUCCESS;
    }

    /** Takes the interrupts away that a message stands for. */
    HvStatus remove(DeviceDomains.Owned owner, long address, int data) {
        Route first = find(owner, address, data);
        if (first == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        remove(owner, first.first);
        return HvStatus.SUCCESS;
    }

    private void remove(DeviceDomains.Owned owner, int first) {
        Route[] its = bySlot[owner.slot()];
        for (int i = first; i < its.length && its[i] != null && its[i].first == first; i++) {
            Route r = its[i];
            its[i] = null;
            remapper.block(owner.requester(), owner.slot(), r.interrupt);
            if (byVector[r.processor][r.physical] == r) {
                byVector[r.processor][r.physical] = null;
            }
        }
    }

    /** A device has no interrupts any more. */
    void removeAll(DeviceDomains.Owned owner) {
        for (int i = 0; i < DeviceRemapper.INTERRUPTS; i++) {
            if (bySlot[owner.slot()][i] != null) {
                remove(owner, i);
            }
        }
    }

    /** A partition was restored alone: its interrupts lead to vectors that are free. */
    void reconnect(DeviceDomains.Owned owner) {
        for (Route r : bySlot[owner.slot()]) {
            if (r != null) {
                if (byVector[r.processor][r.physical] != r) {
                    place(r);
                }
                route(r);
            }
        }
    }

    /** State of a device's interrupts: part of its partition's. */
    void save(DeviceDomains.Owned owner, StateWriter out) {
        List<Long> all = new ArrayList<>();
        for (Route r : bySlot[owner.slot()]) {
            if (r != null) {
                all.addAll(List.of((long) r.interrupt, (long) r.first, (long) r.count, (long) r.vector, r.mask, r.all ? 1L : 0, (long) r.processor, (long) r.physical));
            }
        }
        out.begin("device-interrupts", VERSION);
        out.put("routes", all.stream().mapToLong(Long::longValue).toArray());
        out.end();
    }

    /** The counterpart of {@link #save}: the IOMMU's tables are restored with the machine. */
    void restore(DeviceDomains.Owned owner, StateReader in) {
        clear(owner);
        in.begin("device-interrupts", VERSION);
        for (long n = in.take() / WORDS; n > 0; n--) {
            var r = new Route(owner, (int) in.take(), (int) in.take(), (int) in.take());
            r.vector = (int) in.take();
            r.mask = in.take();
            r.all = in.take() != 0;
            r.processor = (int) in.take();
            r.physical = (int) in.take();
            bySlot[owner.slot()][r.interrupt] = r;
            if (byVector[r.processor][r.physical] == null) {
                byVector[r.processor][r.physical] = r;
            }
        }
        in.end();
    }

    /** Forgets what is known of a device: its state is about to be restored, or gone with a machine's. */
    void clear(DeviceDomains.Owned owner) {
        Route[] its = bySlot[owner.slot()];
        for (int i = 0; i < its.length; i++) {
            if (its[i] != null && byVector[its[i].processor][its[i].physical] == its[i]) {
                byVector[its[i].processor][its[i].physical] = null;
            }
            its[i] = null;
        }
    }
}
