package dev.hv.cpu.state;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * Last-branch records (SDM vol. 3B, 18.4; APM vol. 2, 13.1.1): while IA32_DEBUGCTL.LBR is set, every taken branch, interrupt and exception
 * leaves where it came from and where it went. AMD's model keeps the last one, Intel's the last 32 in a ring; both keep the branch before the
 * last interrupt or exception. Debug exceptions clear LBR first and leave no record.
 *
 * <p>While it is set the engine runs one instruction at a time, as under RFLAGS.TF ({@link Modes#updateEvents}); while it is clear nothing of
 * this costs anything.
 */
public final class BranchRecords {

    /** IA32_DEBUGCTL.LBR: record. */
    public static final long LBR = 1;
    /** IA32_DEBUGCTL.BTF: RFLAGS.TF traps after taken branches alone. */
    public static final long BTF = 1 << 1;

    private static final int MSR_TOP = 0x1C9;
    private static final int MSR_LAST = 0x1DB;
    private static final int MSR_BEFORE_EVENT = 0x1DD;
    private static final int MSR_FROM = 0x680;
    private static final int MSR_TO = 0x6C0;
    private static final int DEPTH = 32;

    private final CpuModel model;
    private final boolean intel;
    private final long[] from;
    private final long[] to;
    /** Index of the last record. */
    private int top;
    private long fromBeforeEvent;
    private long toBeforeEvent;

    BranchRecords(CpuModel model) {
        this.model = model;
        intel = model.intel();
        from = new long[intel ? DEPTH : 1];
        to = new long[from.length];
    }

    /**
     * Notes a taken branch.
     *
     * @param source address of the branch
     * @param target address of its target
     */
    public void branch(long source, long target) {
        top = top + 1 & from.length - 1;
        from[top] = source;
        to[top] = target;
    }

    /** Notes an interrupt or exception, of an instruction at {@code source} or before it. */
    public void event(long source, long target) {
        fromBeforeEvent = from[top];
        toBeforeEvent = to[top];
        branch(source, target);
    }

    /** The last four addresses of AMD's MSRs in their order: of the last branch, then of the one before the last event; from before to. */
    public long last(int index) {
        return switch (index) {
            case 0 -> from[top];
            case 1 -> to[top];
            case 2 -> fromBeforeEvent;
            default -> toBeforeEvent;
        };
    }

    /** Replaces what {@link #last} gives. */
    public void setLast(int index, long value) {
        switch (index) {
            case 0 -> from[top] = value;
            case 1 -> to[top] = value;
            case 2 -> fromBeforeEvent = value;
            default -> toBeforeEvent = value;
        }
    }

    /** Whether an MSR is one of these. */
    public boolean owns(int msr) {
        if (msr >= MSR_BEFORE_EVENT && msr < MSR_BEFORE_EVENT + 2) {
            return true;
        }
        return intel ? msr == MSR_TOP || msr >= MSR_FROM && msr < MSR_FROM + DEPTH || msr >= MSR_TO && msr < MSR_TO + DEPTH
                : msr >= MSR_LAST && msr < MSR_LAST + 2;
    }

    /** Reads one that is {@link #owns owned}. */
    public long read(int msr) {
        if (msr >= MSR_TO) {
            return to[msr - MSR_TO];
        }
        if (msr >= MSR_FROM) {
            return from[msr - MSR_FROM];
        }
        return msr == MSR_TOP ? top : last(msr - MSR_LAST);
    }

    /**
     * Writes one that is {@link #owns owned}: systems of Intel's processors switch the ring with their programs.
     *
     * @return false where there is no writing: all of AMD's, what is kept of events, addresses that are not canonical
     */
    public boolean write(int msr, long value) {
        if (!intel || msr >= MSR_BEFORE_EVENT && msr < MSR_BEFORE_EVENT + 2) {
            return false;
        }
        if (msr == MSR_TOP) {
            top = (int) value & DEPTH - 1;
            return (value & -DEPTH) == 0;
        }
        if (!Canonical.register(model, value)) {
            return false;
        }
        if (msr >= MSR_TO) {
            to[msr - MSR_TO] = value;
        } else {
            from[msr - MSR_FROM] = value;
        }
        return true;
    }

    /** Forgets everything, as at power-on. */
    void reset() {
        for (int i = 0; i < from.length; i++) {
            from[i] = 0;
            to[i] = 0;
        }
        top = 0;
        fromBeforeEvent = 0;
        toBeforeEvent = 0;
    }

    /** Takes another processor's records, of the same model. */
    public void copy(BranchRecords other) {
        System.arraycopy(other.from, 0, from, 0, from.length);
        System.arraycopy(other.to, 0, to, 0, to.length);
        top = other.top;
        fromBeforeEvent = other.fromBeforeEvent;
        toBeforeEvent = other.toBeforeEvent;
    }

    void save(StateWriter out) {
        out.put("from", from);
        out.put("to", to);
        out.put("top", top);
        out.put("from-before-event", fromBeforeEvent);
        out.put("to-before-event", toBeforeEvent);
    }

    void restore(StateReader in) {
        in.take(from);
        in.take(to);
        top = (int) in.take() & from.length - 1;
        fromBeforeEvent = in.take();
        toBeforeEvent = in.take();
    }
}
