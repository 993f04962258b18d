package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** How a parent that is a guest hears of intercepts of its children: by messages at its source 0, in order, as soon as it has room for each. */
final class InterceptNotices {

    /** Synthetic interrupt source of a parent at which it hears of intercepts. */
    private static final int INTERCEPT_SINT = 0;

    private final Partition parent;
    /** Of a parent that runs the processors of its children itself. */
    private final DispatchSignals signals;
    /** Number of the next notice that it is owed. */
    private long next = 1;
    private boolean telling;

    InterceptNotices(Partition parent) {
        this.parent = parent;
        signals = new DispatchSignals(parent);
    }

    /** A virtual processor of a child was intercepted. A parent that runs it itself hears of that by its call, or by a signal when it waits for one before it makes the call. */
    void tell(VirtualProcessor vp) {
        if (parent.properties().schedulesChildren()) {
            vp.scheduling().dispatch().intercepted();
            return;
        }
        vp.intercepts().oweNotice(next++);
        give();
    }

    /** A virtual processor of a child that the parent runs itself can go on; false when that is about to be told already. */
    boolean signal(VirtualProcessor vp) {
        return signals.tell(vp);
    }

    /** A message slot of one of the parent's processors may have become free. */
    void slotFreed(int sint) {
        signals.slotFreed(sint);
        if (sint == INTERCEPT_SINT) {
            give();
        }
    }

    /** Gives the notices that are owed, in their order, as far as the parent's synthetic interrupt controllers take them. */
    private void give() {
        // who takes a message may find that a slot is free
        if (telling) {
            return;
        }
        telling = true;
        try {
            VirtualProcessor owed = owed();
            while (owed != null && takes(owed)) {
                owed.intercepts().oweNotice(0);
                owed = owed();
            }
        } finally {
            telling = false;
        }
    }

    /** The processor of a child of which a notice has been owed for longest; null for none. */
    private VirtualProcessor owed() {
        VirtualProcessor first = null;
        for (Partition child : parent.children()) {
            for (VirtualProcessor vp : child.processors().values()) {
                long notice = vp.intercepts().owedNotice();
                if (notice != 0 && (first == null || notice < first.intercepts().owedNotice())) {
                    first = vp;
                }
            }
        }
        return first;
    }

    /** Whether one of the parent's processors takes the notice of an intercept. */
    private boolean takes(VirtualProcessor of) {
        byte[] payload = new byte[HvInterceptMessage.VP_SIZE];
        LittleEndian.put32(payload, 0, of.index());
        for (VirtualProcessor told : parent.processors().values()) {
            if (told.synthetic() != null
                    && told.synic().post(INTERCEPT_SINT, HvMessage.OPAQUE_INTERCEPT, of.partition().id(), payload, 0, payload.length).ok()) {
                return true;
            }
        }
        return false;
    }

    /** A child is finalized: its intercepts are over. What is in a slot already is the parent's. */
    void withdraw(Partition child) {
        signals.withdraw(child);
        for (VirtualProcessor told : parent.processors().values()) {
            if (told.synthetic() != null) {
                told.synic().withdraw(INTERCEPT_SINT, HvMessage.OPAQUE_INTERCEPT, child.id());
            }
        }
    }

    void save(StateWriter out) {
        out.put("next-notice", next);
        signals.save(out);
    }

    void restore(StateReader in) {
        next = in.take();
        signals.restore(in);
    }
}
