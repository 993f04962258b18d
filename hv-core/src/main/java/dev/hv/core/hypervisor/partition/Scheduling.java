package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.schedule.Pace;
import dev.hv.core.hypervisor.schedule.RunQueue;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** When a virtual processor runs: what keeps it from running, on which queue it is, and what it has used up. */
public final class Scheduling implements Saveable {

    /** What the processor itself waits for. */
    private enum Activity {
        ACTIVE,
        HALTED,
        /** It read GUEST_IDLE: the arrival of an interrupt ends it, even of one that is disabled or that priorities hold back. */
        IDLE,
        WAIT_FOR_SIPI
    }

    private static final int VERSION = 2;

    private final VirtualProcessor vp;
    private final Pace pace = new Pace();
    private final Dispatch dispatch;
    private RunQueue<VirtualProcessor> queue;
    private Activity activity;
    private boolean suspended = true;
    private boolean ended;
    private boolean interceptSuspended;
    private long runtimeNanos;
    private long hostNanos;

    /**
     * Of a processor after power-on, suspended.
     *
     * @param bootstrap it starts by itself; others wait for a start-up interrupt
     * @param queue run queue of the logical processor it runs on first
     */
    Scheduling(VirtualProcessor vp, boolean bootstrap, RunQueue<VirtualProcessor> queue) {
        this.vp = vp;
        this.queue = queue;
        dispatch = new Dispatch(vp);
        activity = bootstrap ? Activity.ACTIVE : Activity.WAIT_FOR_SIPI;
    }

    /** The logical processor that it runs on, or ran on last. */
    public int position() {
        return queue.position();
    }

    /** How fast it uses up its time slices. */
    public Pace pace() {
        return pace;
    }

    /** It under HvCallDispatchVp, as caller and as who is called for. */
    public Dispatch dispatch() {
        return dispatch;
    }

    /** Whether its parent runs it, and no queue has it. */
    public boolean byParent() {
        Partition parent = vp.partition().owner();
        return parent != null && parent.properties().schedulesChildren();
    }

    /** Whether nothing runs it, so that its registers are its parent's to see. */
    boolean standsStill() {
        return stopped() || byParent() && !dispatch.dispatched();
    }

    void setQueue(RunQueue<VirtualProcessor> newQueue) {
        queue = newQueue;
    }

    /** Nanoseconds for which it has run, or, where its own parent runs it, others in its place. */
    public long runtimeNanos() {
        return runtimeNanos;
    }

    void chargeRuntime(long nanos) {
        runtimeNanos += nanos;
    }

    /** Time of the host spent for it, what its exits took included. */
    public void chargeHost(long nanos) {
        hostNanos += nanos;
    }

    /** Nanoseconds of the host charged so far. */
    public long hostNanos() {
        return hostNanos;
    }

    /** Whether it is suspended explicitly. */
    public boolean suspended() {
        return suspended;
    }

    /** Suspends it explicitly, or lets it go. */
    public void setSuspended(boolean value) {
        suspended = value;
        if (value) {
            unschedule();
        } else {
            wake();
        }
    }

    /** Whether it waits for the answer to an intercept. */
    public boolean interceptSuspended() {
        return interceptSuspended;
    }

    /** Whether it is suspended in any way. */
    boolean stopped() {
        return suspended || interceptSuspended;
    }

    /** It was intercepted. It keeps its turn as long as the answer may come at once; {@link #unschedule} ends that. */
    void suspendForIntercept() {
        interceptSuspended = true;
    }

    /** Its intercept is answered. What had come or changed meanwhile did not wake it. */
    void endIntercept() {
        interceptSuspended = false;
        if (byParent() || !queue.runs(vp)) {
            wake();
        }
    }

    /** Takes it off its run queue: its partition has stopped or it is deleted. */
    public void unschedule() {
        if (byParent()) {
            dispatch.look();
        } else {
            queue.remove(vp);
        }
    }

    /** Who runs where it has its turn looks at what has changed. */
    void nudge() {
        if (byParent()) {
            dispatch.look();
        } else if (queue.runs(vp)) {
            queue.add(vp);
        }
    }

    /** It is deleted: whatever still reaches it, its own interrupt controller that is reset for one, it never runs again. */
    void end() {
        ended = true;
        unschedule();
        dispatch.release();
    }

    /** Whether it is deleted. */
    boolean ended() {
        return ended;
    }

    /** It gives the rest of its time slice to others. */
    public void yield() {
        if (byParent()) {
            dispatch.yield();
        } else {
            queue.yield(vp);
        }
    }

    /** Whether it waits: for an interrupt, or to be started up. */
    public boolean waits() {
        return activity != Activity.ACTIVE;
    }

    /** Whether it has never been started up, or was reset by INIT. */
    public boolean waitsForStartup() {
        return activity == Activity.WAIT_FOR_SIPI;
    }

    /** What it waits for, as in HvRegisterInternalActivityState. */
    public int activity() {
        return switch (activity) {
            case ACTIVE -> 0;
            case HALTED -> HvRegister.ACTIVITY_HALT_SUSPEND;
            case IDLE -> HvRegister.ACTIVITY_IDLE_SUSPEND;
            case WAIT_FOR_SIPI -> HvRegister.ACTIVITY_STARTUP_SUSPEND;
        };
    }

    /** Its parent says what it waits for: who restores a processor, or starts one without an interrupt. Bits of HvRegisterInternalActivityState. */
    public void setActivity(long bits) {
        activity = (bits & HvRegister.ACTIVITY_STARTUP_SUSPEND) != 0 ? Activity.WAIT_FOR_SIPI : (bits & HvRegister.ACTIVITY_HALT_SUSPEND) != 0 ? Activity.HALTED
                : (bits & HvRegister.ACTIVITY_IDLE_SUSPEND) != 0 ? Activity.IDLE : Activity.ACTIVE;
        if (canWake()) {
            wake();
        } else {
            unschedule();
        }
    }

    /** Starts it up with the registers it has. */
    public void activate() {
        activity = Activity.ACTIVE;
        wake();
    }

    /** It has taken its start-up interrupt, on its queue. */
    void startUp() {
        activity = Activity.ACTIVE;
    }

    /** It was reset by INIT: from now on it waits for a start-up interrupt. */
    void awaitStartup() {
        activity = Activity.WAIT_FOR_SIPI;
    }

    /** It executed HLT, or stands before an instruction until an interrupt comes. */
    public void halt() {
        activity = Activity.HALTED;
        if (!canWake() && !vp.context().trapPending()) {
            unschedule();
        } else {
            activity = Activity.ACTIVE;
        }
    }

    /** It read GUEST_IDLE. With an interrupt waiting it goes on, after others have had a turn: it may be waiting for one of them. */
    public void idle() {
        activity = Activity.IDLE;
        if (!canWake()) {
            unschedule();
        } else {
            activity = Activity.ACTIVE;
            this.yield();
        }
    }

    /** Whether it has something to do and nothing keeps it from that. */
    boolean ready() {
        return activity == Activity.ACTIVE && !ended && !stopped() && vp.partition().state() == Partition.State.ACTIVE;
    }

    private boolean canWake() {
        if (ended || stopped() || dispatch.suspended() || vp.partition().state() != Partition.State.ACTIVE) {
            return false;
        }
        return switch (activity) {
            case ACTIVE -> true;
            case IDLE -> vp.events().anything();
            case HALTED -> vp.nested() != null && vp.nested().running() ? vp.nested().endsWait() : vp.events().endsHalt(vp.context());
            case WAIT_FOR_SIPI -> vp.events().startupPending();
        };
    }

    /** Something has come or changed: it runs again if nothing keeps it from running. */
    public void wake() {
        if (vp.context() == null || !goesOn()) {
            return;
        }
        if (byParent()) {
            dispatch.ready();
        } else {
            queue.add(vp);
        }
    }

    /** Whether nothing keeps it from running; what it waited for has come then. */
    boolean goesOn() {
        boolean can = canWake();
        if (can && (activity == Activity.HALTED || activity == Activity.IDLE)) {
            activity = Activity.ACTIVE;
        }
        return can;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("scheduling", VERSION);
        out.put("activity", activity.ordinal());
        out.put("suspended", suspended);
        out.put("intercept-suspended", interceptSuspended);
        out.put("runtime-nanos", runtimeNanos);
        out.put("position", queue.position());
        dispatch.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("scheduling", VERSION);
        activity = Activity.values()[(int) in.take()];
        suspended = in.takeBoolean();
        interceptSuspended = in.takeBoolean();
        runtimeNanos = in.take();
        queue = queue.at((int) in.take());
        dispatch.restore(in);
        in.end();
    }
}
