package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvMessage;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * How a parent that schedules its children's processors itself hears that one that was blocked can go on: by messages at its source 0, in order, each of which names as
 * many processors as wait to be named.
 */
final class DispatchSignals {

    /** Synthetic interrupt source of a parent at which it hears of its children. */
    private static final int SINT = 0;
    private static final int PARTITIONS_AT = 8;
    private static final int PROCESSORS_AT = PARTITIONS_AT + 8 * HvMessage.SIGNAL_PAIRS;

    /** A processor that is to be named. */
    private record Signal(long partition, int vp) {}

    private final Partition parent;
    /** Each is there once: it is dispatched before it can be blocked again. */
    private final List<Signal> waiting = new ArrayList<>();
    private boolean telling;

    DispatchSignals(Partition parent) {
        this.parent = parent;
    }

    /** A processor of a child can go on; false when that is about to be told already. */
    boolean tell(VirtualProcessor vp) {
        var signal = new Signal(vp.partition().id(), vp.index());
        if (waiting.contains(signal)) {
            return false;
        }
        waiting.add(signal);
        give();
        return true;
    }

    /** A message slot of one of the parent's processors may have become free. */
    void slotFreed(int sint) {
        if (sint == SINT && !waiting.isEmpty()) {
            give();
        }
    }

    private void give() {
        // who takes a message may find that a slot is free
        if (telling) {
            return;
        }
        telling = true;
        try {
            int count = Math.min(waiting.size(), HvMessage.SIGNAL_PAIRS);
            while (count > 0 && takes(count)) {
                waiting.subList(0, count).clear();
                count = Math.min(waiting.size(), HvMessage.SIGNAL_PAIRS);
            }
        } finally {
            telling = false;
        }
    }

    /** Whether one of the parent's processors takes the first signals. */
    private boolean takes(int count) {
        byte[] payload = new byte[HvMessage.PAYLOAD_LIMIT];
        payload[4] = (byte) count;
        for (int i = 0; i < count; i++) {
            LittleEndian.put64(payload, PARTITIONS_AT + 8 * i, waiting.get(i).partition);
            LittleEndian.put32(payload, PROCESSORS_AT + 4 * i, waiting.get(i).vp);
        }
        for (VirtualProcessor told : parent.processors().values()) {
            if (told.synthetic() != null && told.synic().post(SINT, HvMessage.SCHEDULER_SIGNALS, 0, payload, 0, payload.length).ok()) {
                return true;
            }
        }
        return false;
    }

    /** A child is finalized: nobody waits for its processors any more. */
    void withdraw(Partition child) {
        waiting.removeIf(s -> s.partition == child.id());
    }

    void save(StateWriter out) {
        out.put("signals-count", waiting.size());
        for (Signal s : waiting) {
            out.put("signal-partition", s.partition);
            out.put("signal-vp", s.vp);
        }
    }

    void restore(StateReader in) {
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(new Signal(in.take(), (int) in.take()));
        }
    }
}
