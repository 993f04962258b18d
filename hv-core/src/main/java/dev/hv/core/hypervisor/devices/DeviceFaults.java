package dev.hv.core.hypervisor.devices;

import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** What the IOMMU has refused to devices, as its records told: the last ones, and how many of each device. One line in the log for the first of a device, the second, the fourth and so on. */
public final class DeviceFaults implements Saveable {

    /** Told of each fault, when the hypervisor takes it out of the records. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A fault.
         *
         * @param requester requester id of the device
         * @param address that it gave; of an interrupt what names it
         * @param reason the unit's own number of the reason
         */
        void fault(int requester, DeviceRequest kind, long address, int reason);
    }

    private static final int VERSION = 1;
    private static final int KEPT = 16;
    private static final int WORDS = 4;

    private final SortedMap<Integer, Long> counts = new TreeMap<>();
    /** Requester, kind, address and reason of each; the next one is written at {@link #next}. */
    private final long[] last = new long[KEPT * WORDS];
    private int next;
    private long total;
    /** Times that records of faults were lost because there was no room. */
    private long overflows;
    private Listener listener = (r, k, a, why) -> { };

    /** Has somebody told of each. */
    public void listen(Listener who) {
        listener = who;
    }

    /** The unit had a fault in its records. */
    void add(int requester, DeviceRequest kind, long address, int reason) {
        total++;
        long n = counts.merge(requester, 1L, Long::sum);
        last[next] = requester;
        last[next + 1] = kind.ordinal();
        last[next + 2] = address;
        last[next + 3] = reason;
        next = (next + WORDS) % last.length;
        if (Long.bitCount(n) == 1) {
            // no logger before: the first one begins all of logging
            LoggerFactory.getLogger(DeviceFaults.class).warn("PCI function {}: {} at {} is refused, reason {} ({} so far)", "%02x:%02x.%x".formatted(requester >> 8, requester >> 3 & 0x1F, requester & 7), kind.text(),
                    Long.toHexString(address), "0x" + Integer.toHexString(reason), n);
        }
        listener.fault(requester, kind, address, reason);
    }

    /** The unit had no room for more of them. */
    void overflow() {
        overflows++;
    }

    /** All faults so far that the unit had room for. */
    public long total() {
        return total;
    }

    /** Faults of a device so far. */
    public long of(int requester) {
        return counts.getOrDefault(requester, 0L);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("device-faults", VERSION);
        out.put("total", total);
        out.put("overflows", overflows);
        out.put("next", next);
        out.put("last", last);
        out.put("requesters-count", counts.size());
        counts.forEach((requester, count) -> {
            out.put("requester", requester);
            out.put("count", count);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("device-faults", VERSION);
        total = in.take();
        overflows = in.take();
        next = (int) in.take();
        in.take(last);
        counts.clear();
        for (long n = in.take(); n > 0; n--) {
            counts.put((int) in.take(), in.take());
        }
        in.end();
    }
}
