package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.Overlay;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.core.tlfs.RootSynic;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.HostDebug;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** A partition: the unit of isolation. The root (id 1) owns the memory and devices that nobody was given. */
public final class Partition implements Saveable {

    /** What can be done with it (TLFS, "Partition life cycle"). */
    public enum State {
        /** Created: properties can be set. */
        CREATED,
        /** Initialized: memory can be mapped, virtual processors made and run. */
        ACTIVE,
        /** A virtual processor cannot go on: nothing runs any more. */
        STOPPED,
        /** Finalized: only deletion is left. */
        FINALIZED
    }

    /** Id of the root partition. */
    public static final long ROOT = 1;

    private static final int VERSION = 7;

    private final long id;
    private final long parent;
    private long privileges;
    private final CpuModel model;
    private final CpuModel enlightenedModel;
    private final PartitionProperties properties;
    private final StatisticsPages statistics;
    private final CpuidResults cpuidResults = new CpuidResults();
    private final MsrResults msrResults = new MsrResults();
    private final Doorbells doorbells;
    private final Set<Feature> hidden;
    private final PagePool pool;
    private final PartitionInterruptFaults faults;
    private final ApicRouter router = new ApicRouter();
    private final SortedMap<Integer, VirtualProcessor> processors = new TreeMap<>();
    private List<HostDebug> debugs = List.of();
    private State state = State.CREATED;
    private GuestPhysicalSpace space;
    private GuestInterface guestInterface;
    private final List<Overlay> overlays = new ArrayList<>();
    private final Connections connections = new Connections();
    private final Map<Integer, Port> ports = new TreeMap<>();
    private final InterceptTable intercepts = new InterceptTable();
    /** The services of a partition that is no guest; null for all others. */
    private RootSynic services;
    private final Partition owner;
    private final SortedMap<Long, Partition> children = new TreeMap<>();
    private final InterceptNotices notices = new InterceptNotices(this);
    /** Null unless its guest is in the root's place. */
    private RootGuest root;
    private boolean interruptControllers = true;
    private InterceptHandler handler;
    private InterceptReceiver receiver;
    private VpStop stop;
    private long portIntercepts;
    private long memoryIntercepts;

    /**
     * A partition that was just created.
     *
     * @param parent the partition that made it; null for the root
     * @param privileges {@link dev.hv.core.tlfs.HvPrivilege}
     * @param model what its virtual processors are while it is not enlightened
     * @param enlightenedModel what they are when it is
     * @param hidden features that its parent has left out of both
     */
    Partition(long id, Partition parent, long privileges, CpuModel model, CpuModel enlightenedModel, Set<Feature> hidden, SystemMemory memory, VirtualClock clock) {
        this.hidden = hidden;
        properties = new PartitionProperties(this, clock::tsc);
        statistics = new StatisticsPages(this, memory, clock, new PartitionCounters(this));
        doorbells = new Doorbells(this, memory);
        this.id = id;
        this.parent = parent == null ? 0 : parent.id;
        owner = parent;
        this.privileges = privileges;
        this.model = model;
        this.enlightenedModel = enlightenedModel;
        this.pool = new PagePool(memory);
        faults = new PartitionInterruptFaults(this, clock);
        if (parent != null) {
            parent.children.put(id, this);
        }
    }

    /** Partition id. */
    public long id() {
        return id;
    }

    /** Id of the partition that made it and manages it; 0 for the root. */
    public long parent() {
        return parent;
    }

    /** The partition that made it and manages it; null for the root. */
    Partition owner() {
        return owner;
    }

    /** Services that receive what arrives at its ports; null for a partition that is a guest. */
    public RootSynic services() {
        return services;
    }

    public void setServices(RootSynic newServices) {
        services = newServices;
    }

    public boolean has(long privilege) {
        return (privileges & privilege) == privilege;
    }

    /** {@link dev.hv.core.tlfs.HvPrivilege} */
    public long privileges() {
        return privileges;
    }

    /** Whether it is told about the hypervisor. */
    public boolean enlightened() {
        return privileges != 0;
    }

    /** What its parent sets of it as a whole. */
    public PartitionProperties properties() {
        return properties;
    }

    /** Where its counters are shown. */
    public StatisticsPages statistics() {
        return statistics;
    }

    /** What CPUID answers in its processors by its parent's wish. */
    public CpuidResults cpuidResults() {
        return cpuidResults;
    }

    /** What becomes of accesses to MSRs that nobody has, by its parent's wish. */
    public MsrResults msrResults() {
        return msrResults;
    }

    /** Writes that its parent hears of without stopping it. */
    public Doorbells doorbells() {
        return doorbells;
    }

    public void setPrivileges(long mask) {
        privileges = mask;
    }

    /** What an enlightened partition has as a whole; null before its first virtual processor, and for one that is not enlightened. */
    public GuestInterface guestInterface() {
        return guestInterface;
    }

    void setGuestInterface(GuestInterface newInterface) {
        guestInterface = newInterface;
    }

    /** All its overlay pages. */
    List<Overlay> overlays() {
        return overlays;
    }

    /** Ends what guests see of the hypervisor's interface, before the partition's memory goes. */
    public void deleteInterface() {
        for (VirtualProcessor vp : processors.values()) {
            if (vp.synthetic() != null) {
                vp.synthetic().reset();
            }
        }
        for (Overlay o : overlays) {
            o.delete(pool);
        }
        overlays.clear();
        guestInterface = null;
        pool.endReserve();
    }

    /** Whether its guest has set its hypercall page up. */
    public boolean hypercallsEnabled() {
        return guestInterface != null && guestInterface.hypercallsEnabled();
    }

    /** What its virtual processors are. */
    public CpuModel model() {
        return enlightened() ? enlightenedModel : model;
    }

    /** What its parent has left out of its processors, without what needs that. */
    Set<Feature> hidden() {
        return hidden;
    }

    /** Whether its virtual processors have hardware virtualisation. */
    public boolean hypervisor() {
        return model.has(Feature.VMX) || model.has(Feature.SVM);
    }

    public PagePool pool() {
        return pool;
    }

    public ApicRouter router() {
        return router;
    }

    public State state() {
        return state;
    }

    public void setState(State newState) {
        state = newState;
    }

    /** Guest-physical space; null before initialization and for the root, which sees system memory as it is. */
    public GuestPhysicalSpace space() {
        return space;
    }

    public void setSpace(GuestPhysicalSpace newSpace) {
        space = newSpace;
    }

    public SortedMap<Integer, VirtualProcessor> processors() {
        return processors;
    }

    /** The host's debugger at a virtual processor, whichever has this index; null without one. */
    HostDebug debug(int index) {
        return index < debugs.size() ? debugs.get(index) : null;
    }

    void setDebugs(List<HostDebug> its) {
        debugs = its;
    }

    /** Its connections to ports of the root partition. */
    public Connections connections() {
        return connections;
    }

    /** Its ports by id. */
    public Map<Integer, Port> ports() {
        return ports;
    }

    /** Who answers its intercepts; null while nobody does. */
    public InterceptHandler handler() {
        if (handler == null && owner != null && owner.services != null) {
            handler = owner.services.intercepts(id);
        }
        return handler;
    }

    /** Where intercept messages of its virtual processors go; null while nobody takes them at once. */
    InterceptReceiver receiver() {
        if (receiver == null && owner != null && owner.services != null) {
            receiver = owner.services.receiver(id);
        }
        return receiver;
    }

    /** What it has as one whose guest is in the root's place; null for others. */
    public RootGuest root() {
        return root;
    }

    void setRoot(RootGuest newRoot) {
        root = newRoot;
    }

    /** One of its virtual processors can go on: its parent, which runs them, hears of it. False when it is about to be told that already. */
    boolean signalParent(VirtualProcessor vp) {
        return owner.notices.signal(vp);
    }

    /** One of its virtual processors was intercepted. A parent that is a guest hears of it, as soon as it has room for that, or by what its call that runs the processor answers. */
    void tellParent(VirtualProcessor vp) {
        if (owner != null && owner.services == null) {
            owner.notices.tell(vp);
        }
    }

    /** A message slot of one of its processors may have become free. */
    void slotFreed(int sint) {
        if (hasChildren()) {
            notices.slotFreed(sint);
        }
    }

    /** It is finalized: its parent does not hear any more of intercepts. */
    public void withdrawNotices() {
        if (owner != null) {
            owner.notices.withdraw(this);
        }
    }

    boolean hasChildren() {
        return !children.isEmpty();
    }

    /** The partitions that it has made, by id. */
    public List<Partition> children() {
        return List.copyOf(children.values());
    }

    /** Nothing is left of it. */
    void leaveParent() {
        owner.children.remove(id);
    }

    /** Whether local interrupt controllers are the hypervisor's: then it knows when a halt ends. */
    public boolean hasInterruptControllers() {
        return interruptControllers;
    }

    /** It was made without local interrupt controllers. */
    public void giveUpInterruptControllers() {
        interruptControllers = false;
    }

    /** What of its interrupts is lost or late. */
    public PartitionInterruptFaults interruptFaults() {
        return faults;
    }

    /** What its parent asked to be told of. */
    public InterceptTable intercepts() {
        return intercepts;
    }

    /** What the partition's time-stamp counters are ahead of the machine's. */
    public long tscOffset() {
        return properties.tscOffset();
    }

    /** Why the partition stopped, or null. */
    public VpStop stopped() {
        return stop;
    }

    public void countPortIntercept() {
        portIntercepts++;
    }

    public void countMemoryIntercept() {
        memoryIntercepts++;
    }

    /** Port accesses sent to the handler. */
    public long portIntercepts() {
        return portIntercepts;
    }

    /** Memory accesses sent to the handler. */
    public long memoryIntercepts() {
        return memoryIntercepts;
    }

    /** Ends the partition's run: none of its processors runs again, and its handler is told. */
    public void stop(VpStop reason) {
        if (stop != null) {
            return;
        }
        stop = reason;
        state = State.STOPPED;
        for (VirtualProcessor vp : processors.values()) {
            vp.scheduling().unschedule();
        }
        // no logger before: the first one begins all of logging
        LoggerFactory.getLogger(Partition.class).info("partition {} stopped: {}: {}", id, reason.reason(), reason.detail());
        if (handler() != null) {
            handler.stopped(reason);
        }
    }

    /** It has no virtual processors any more, so none that cannot go on: new ones can be made and run. */
    void restart() {
        stop = null;
        if (state == State.STOPPED) {
            state = State.ACTIVE;
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("partition", VERSION);
        out.put("id", id);
        out.put("state", state.ordinal());
        out.tell("state-name", state::name);
        out.put("privileges", privileges);
        out.put("port-intercepts", portIntercepts);
        out.put("memory-intercepts", memoryIntercepts);
        notices.save(out);
        out.put("stop-present", stop != null);
        if (stop != null) {
            out.put("vp-index", stop.vpIndex());
            out.put("reason", stop.reason().name());
            out.put("detail", stop.detail());
            out.put("registers", stop.registers());
        }
        properties.save(out);
        statistics.save(out);
        cpuidResults.save(out);
        msrResults.save(out);
        doorbells.save(out);
        intercepts.save(out);
        pool.save(out);
        if (root != null) {
            root.save(out);
        }
        faults.save(out);
        if (space != null) {
            space.save(out);
        }
        if (guestInterface != null) {
            guestInterface.save(out);
        }
        out.put("processors-count", processors.size());
        for (VirtualProcessor vp : processors.values()) {
            out.item("vp", vp.index());
            vp.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("partition", VERSION);
        if (in.take() != id) {
            throw new StateFormatException("state of another partition than " + id);
        }
        state = State.values()[(int) in.take()];
        if (in.take() != privileges) {
            throw new StateFormatException("other privileges than those of partition " + id);
        }
        portIntercepts = in.take();
        memoryIntercepts = in.take();
        notices.restore(in);
        stop = in.takeBoolean() ? new VpStop(id, (int) in.take(), VpStop.Reason.valueOf(in.takeText()), in.takeText(), in.takeText()) : null;
        properties.restore(in);
        statistics.restore(in);
        cpuidResults.restore(in);
        msrResults.restore(in);
        doorbells.restore(in);
        intercepts.restore(in);
        pool.restore(in);
        if (root != null) {
            root.restore(in);
        }
        faults.restore(in);
        if (space != null) {
            space.restore(in);
        }
        if (guestInterface != null) {
            guestInterface.restore(in);
        }
        if (in.take() != processors.size()) {
            throw new StateFormatException("other virtual processors than the " + processors.size() + " of partition " + id);
        }
        for (VirtualProcessor vp : processors.values()) {
            vp.restore(in);
        }
        in.end();
    }
}
