package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvDispatch;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Objects;

/**
 * A virtual processor under HvCallDispatchVp, on both sides of it. The call of a parent's processor runs a processor of a child in its place, until the child's can go on no more or the
 * caller has something else to look at; then the caller's instruction is executed again, and gives the answer. A child's processor that was blocked is told of by a signal
 * when it can go on.
 */
public final class Dispatch implements Saveable {

    private static final int VERSION = 1;
    private static final int NOBODY = -1;
    private static final long NANOS = 100;
    /** Of a time slice: it does not end. */
    public static final long UNLIMITED = Long.MAX_VALUE;
    private static final long LONGEST = Long.MAX_VALUE / (2 * NANOS);

    private final VirtualProcessor vp;

    /** As caller: partition of the processor that runs in its place; 0 for none. */
    private long targetPartition;
    private int targetIndex;
    /** The same; null until it is looked for. */
    private VirtualProcessor target;
    /** As caller: its call is under way, about the processor named last. */
    private boolean begun;
    private long begunPartition;
    private int begunIndex;
    /** As caller: run time of the target at which its time slice is over. */
    private long sliceEnd;

    /** As a child's: the parent's processor in whose place it runs. */
    private int by = NOBODY;
    /** As a child's: its parent was told that it is blocked, and waits for a signal. */
    private boolean blocked;
    /** As a child's: it is not to be dispatched, nor told of (HvRegisterDispatchSuspend). */
    private boolean suspended;
    /** As a child's: signals so far (HvRegisterRootSignalCount). */
    private long signals;

    Dispatch(VirtualProcessor vp) {
        this.vp = vp;
    }

    // ---- the caller --------------------------------------------------------------------------------------------------

    /** Whether a call about a child's processor is under way, and is executed again for its answer. From now on it is not. */
    public boolean takeBegun(long partition, int index) {
        boolean was = begun && begunPartition == partition && begunIndex == index;
        begun = false;
        return was;
    }

    /**
     * A child's processor runs in place of this one from now on.
     *
     * @param slice time after which it is over, in 100 ns; 0 for none
     */
    public void begin(VirtualProcessor child, long slice) {
        begun = true;
        begunPartition = child.partition().id();
        begunIndex = child.index();
        target = child;
        targetPartition = begunPartition;
        targetIndex = begunIndex;
        sliceEnd = slice == 0 ? UNLIMITED : child.scheduling().runtimeNanos() + NANOS * (Long.compareUnsigned(slice, LONGEST) > 0 ? LONGEST : slice);
        Dispatch its = child.scheduling().dispatch();
        child.statePages().take();
        its.by = vp.index();
        its.blocked = false;
        child.statePages().update();
    }

    /** Who is to run where this processor has its turn: itself, or the child's processor that it has dispatched, or who runs in place of that one, whose partition may be a parent, too. */
    public VirtualProcessor runner() {
        VirtualProcessor at = vp;
        for (VirtualProcessor next = inPlace(); next != null; next = at.scheduling().dispatch().inPlace()) {
            at = next;
        }
        return at;
    }

    /** The child's processor that runs in place of this one and goes on; null when it is this one's turn itself. */
    private VirtualProcessor inPlace() {
        if (targetPartition == 0) {
            return null;
        }
        VirtualProcessor child = target();
        if (child != null && !vp.events().interrupts() && child.scheduling().runtimeNanos() < sliceEnd && child.scheduling().goesOn()) {
            return child;
        }
        release();
        return null;
    }

    /** Nanoseconds of time slices that whoever runs in place of this one has left; {@link #UNLIMITED} when there is none, or nobody is there. */
    public long left() {
        if (targetPartition == 0) {
            return UNLIMITED;
        }
        Scheduling its = target().scheduling();
        return Math.min(sliceEnd == UNLIMITED ? UNLIMITED : sliceEnd - its.runtimeNanos(), its.dispatch().left());
    }

    /** Who ran in place of this one, for this long, ran in place of those between, too: it is their time slices that it has used up. */
    public void charge(VirtualProcessor who, long nanos) {
        for (VirtualProcessor at = target(); at != null && at != who; at = at.scheduling().dispatch().target()) {
            at.scheduling().chargeRuntime(nanos);
        }
    }

    /** Nobody runs in place of this processor any more. */
    void release() {
        VirtualProcessor child = target();
        targetPartition = 0;
        target = null;
        if (child != null) {
            child.scheduling().dispatch().by = NOBODY;
            if (!child.scheduling().ended()) {
                child.statePages().update();
            }
        }
    }

    private VirtualProcessor target() {
        if (target == null && targetPartition != 0) {
            target = vp.partition().children().stream().filter(p -> p.id() == targetPartition).map(p -> p.processors().get(targetIndex)).filter(Objects::nonNull).findFirst().orElse(null);
        }
        return target;
    }

    // ---- the child's -------------------------------------------------------------------------------------------------

    /** Whether it runs in place of one of its parent's. */
    public boolean dispatched() {
        return by != NOBODY;
    }

    /** Whether it can run at all. */
    public boolean begins() {
        return vp.scheduling().goesOn();
    }

    /** What is to be said of it, now that its parent's call ends: state in bits 31:0, event in 63:32. */
    public long answer() {
        int event = vp.scheduling().interceptSuspended() ? HvDispatch.INTERCEPT : vp.scheduling().suspended() || suspended ? HvDispatch.SUSPEND : HvDispatch.NONE;
        blocked = event != HvDispatch.INTERCEPT && !vp.scheduling().goesOn();
        return (blocked ? HvDispatch.BLOCKED : HvDispatch.READY) | (long) event << 32;
    }

    /** It can go on: who runs it looks at it again, or its parent hears of it. */
    void ready() {
        if (by != NOBODY) {
            look();
        } else {
            signal();
        }
    }

    /** It was intercepted. Where nobody runs it, and its parent waits until it can go on, the parent hears that there is something to look at. */
    void intercepted() {
        if (by == NOBODY && !suspended) {
            signal();
        }
    }

    private void signal() {
        if (blocked) {
            blocked = false;
            if (vp.partition().signalParent(vp)) {
                signals++;
            }
        }
    }

    /** It cannot go on, or has something to look at. */
    void look() {
        VirtualProcessor caller = by == NOBODY ? null : vp.partition().owner().processors().get(by);
        if (caller != null) {
            caller.scheduling().nudge();
        }
    }

    /** It gives the rest of its caller's time slice to others. */
    void yield() {
        VirtualProcessor caller = by == NOBODY ? null : vp.partition().owner().processors().get(by);
        if (caller != null) {
            caller.scheduling().yield();
        }
    }

    /** Whether it is not to be dispatched. */
    public boolean suspended() {
        return suspended;
    }

    /** Says whether it is not to be dispatched. */
    public void setSuspended(boolean value) {
        suspended = value;
        if (value) {
            look();
        } else {
            vp.scheduling().wake();
            if (vp.scheduling().interceptSuspended()) {
                intercepted();
            }
        }
    }

    /** How often its parent was told that it can go on. */
    public long signals() {
        return signals;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("dispatch", VERSION);
        out.put("target-partition", targetPartition);
        out.put("target-vp", targetIndex);
        out.put("begun", begun);
        out.put("begun-partition", begunPartition);
        out.put("begun-vp", begunIndex);
        out.put("slice-end", sliceEnd);
        out.put("by", by);
        out.put("blocked", blocked);
        out.put("dispatch-suspended", suspended);
        out.put("signals", signals);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("dispatch", VERSION);
        targetPartition = in.take();
        targetIndex = (int) in.take();
        target = null;
        begun = in.takeBoolean();
        begunPartition = in.take();
        begunIndex = (int) in.take();
        sliceEnd = in.take();
        by = (int) in.take();
        blocked = in.takeBoolean();
        suspended = in.takeBoolean();
        signals = in.take();
        in.end();
    }
}
