package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.devices.DeviceDomains;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.memory.Overlay;
import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.hypervisor.memory.Reach;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.synic.ReferenceTime;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** All partitions, and how they and their virtual processors come and go. */
public final class Partitions {

    /** Overlay pages of an enlightened virtual processor, and of its partition. */
    private static final int PROCESSOR_OVERLAYS = 3;
    private static final int PARTITION_OVERLAYS = 2;
    /** Second-level tables that an overlay page may need where its guest puts it. */
    private static final int OVERLAY_TABLES = 3;
    /** What a child that may be a hypervisor has of the hardware's virtualisation. */
    private static final Set<Feature> NESTED = EnumSet.of(Feature.VMX, Feature.VMX_APIC_REGISTERS, Feature.VMX_INTERRUPT_DELIVERY,
            Feature.VMX_POSTED_INTERRUPTS, Feature.VMX_X2APIC, Feature.VMX_VMFUNC, Feature.VMX_SHADOW_VMCS, Feature.VMX_EPT_AD, Feature.VMX_PML, Feature.VMX_VE,
            Feature.VMX_MBEC, Feature.VMX_TSC_SCALING, Feature.SVM, Feature.NPT, Feature.LBRV, Feature.SVM_LOCK,
            Feature.NRIP_SAVE, Feature.TSC_SCALE, Feature.AVIC, Feature.X2AVIC, Feature.VMCB_CLEAN, Feature.FLUSHBYASID, Feature.DECODEASSISTS, Feature.PAUSEFILTER, Feature.PFTHRESHOLD, Feature.V_VMSAVE_VMLOAD, Feature.VGIF, Feature.VNMI);

    private final SystemMemory memory;
    private final PageOwnership ownership;
    private final Deposits deposits;
    private final VirtualizationBackend backend;
    private final VirtualClock clock;
    private final LogicalProcessors logical = new LogicalProcessors();
    private final SortedMap<Long, Partition> byId = new TreeMap<>();
    private final Partition root;
    private final CpuModel childModel;
    /** What children are that may be hypervisors. */
    private final CpuModel nestedModel;
    private long nextId = Partition.ROOT + 1;
    private DeviceDomains devices;
    private boolean alone;

    /**
     * The root partition alone.
     *
     * @param model the hardware's processors
     */
    public Partitions(SystemMemory memory, PageOwnership ownership, VirtualizationBackend backend, VirtualClock clock, CpuModel model) {
        this.memory = memory;
        this.ownership = ownership;
        deposits = new Deposits(memory, ownership);
        this.backend = backend;
        this.clock = clock;
        childModel = childModel(model, Set.of());
        nestedModel = childModel(model, NESTED);
        root = new Partition(Partition.ROOT, null, HvPrivilege.ROOT, model, model, Set.of(), memory, clock);
        root.setState(Partition.State.ACTIVE);
        byId.put(Partition.ROOT, root);
    }

    /**
     * What children see: the hardware's model without what a guest cannot have, with the bit that says so.
     *
     * @param virtualization what they have of the hardware's virtualisation
     */
    private static CpuModel childModel(CpuModel hardware, Set<Feature> virtualization) {
        EnumSet<Feature> features = EnumSet.copyOf(hardware.features());
        features.removeIf(f -> !virtualization.contains(f) && (f == Feature.VMX || f == Feature.SVM || f.word.virtualization()));
        // performance counters belong to the hypervisor: they count for all partitions
        features.removeAll(EnumSet.of(Feature.MONITOR, Feature.WAITPKG, Feature.PDCM, Feature.PERFCTR_CORE));
        features.add(Feature.HYPERVISOR);
        return withFeatures(hardware, features);
    }

    /**
     * What enlightened children see besides: no TSC-deadline timer, as on Hyper-V. They have synthetic timers, and the APIC's plain one to fall back
     * on, whose frequency the hypervisor tells.
     */
    private static CpuModel without(CpuModel model, Feature feature) {
        EnumSet<Feature> features = EnumSet.copyOf(model.features());
        features.remove(feature);
        return withFeatures(model, features);
    }

    private static CpuModel withFeatures(CpuModel model, EnumSet<Feature> features) {
        return new CpuModel(model.name(), model.intel(), features, model.physicalBits(), model.tscHz());
    }

    /** Which devices they have; null while the machine has no IOMMU. */
    public DeviceDomains devices() {
        return devices;
    }

    /** Lets partitions have devices. */
    public void devices(DeviceDomains domains) {
        devices = domains;
    }

    /** One more logical processor for virtual ones to run on. */
    public void add(LogicalPlace place) {
        logical.add(place);
    }

    /** The logical processors. */
    public LogicalProcessors logicalProcessors() {
        return logical;
    }

    /**
     * A partition's guest is in the root's place from now on: it has the machine's logical processors, of which all but the first wait for it to start them.
     *
     * @return whether there was none there
     */
    public boolean inRootsPlace(Partition p) {
        if (byId.values().stream().anyMatch(other -> other.root() != null && other != p)) {
            return false;
        }
        p.setRoot(new RootGuest(memory, new StatisticsPages(p, memory, clock, new MachineCounters(p, this, clock))));
        logical.firstAlone();
        return true;
    }

    /** The root partition. */
    public Partition root() {
        return root;
    }

    /** A partition by its id; null when there is none. */
    public Partition get(long id) {
        return byId.get(id);
    }

    /** All of them, by id. */
    public Collection<Partition> all() {
        return byId.values();
    }

    /** Model of the children's processors. */
    public CpuModel childModel() {
        return childModel;
    }

    public PageOwnership ownership() {
        return ownership;
    }

    /** Processors forget what they may have cached of pages that a guest does not see any more, nor its parents, whose they are too. */
    public void forgetOwn(Partition p) {
        for (Partition at = p; at.space() != null; at = at.owner()) {
            if (at.space().takeStale()) {
                backend.invalidate(at.space());
            }
        }
    }

    /** System memory. */
    public SystemMemory memory() {
        return memory;
    }

    /** How pages come to pools, and back. */
    public Deposits deposits() {
        return deposits;
    }

    public VirtualizationBackend backend() {
        return backend;
    }

    /**
     * Makes a partition that is a child of another.
     *
     * @param nested whether it may use hardware virtualisation itself
     * @param hidden what its processors do not have, nor what needs that
     */
    public Partition create(Partition parent, boolean nested, Set<Feature> hidden) {
        return create(nextId++, parent, nested, hidden);
    }

    /** The same with an id that it had before. */
    Partition create(long id, Partition parent, boolean nested, Set<Feature> hidden) {
        CpuModel its = hide(nested ? nestedModel : childModel, hidden);
        var p = new Partition(id, parent, 0, its, without(its, Feature.TSC_DEADLINE), hidden, memory, clock);
        byId.put(p.id(), p);
        return p;
    }

    private static CpuModel hide(CpuModel model, Set<Feature> hidden) {
        EnumSet<Feature> features = EnumSet.copyOf(model.features());
        boolean changed = features.removeAll(hidden);
        if (!changed) {
            return model;
        }
        while (changed) {
            changed = features.removeIf(f -> !features.containsAll(f.needs()));
        }
        return withFeatures(model, features);
    }

    /** Gives a partition an empty guest-physical space, whose top table is a page of its pool; false when that is empty. */
    public boolean createSpace(Partition p) {
        long top = p.pool().take();
        if (top < 0) {
            return false;
        }
        p.setSpace(new GuestPhysicalSpace(memory, backend.slatFormat(), p.pool(), ownership, top));
        return true;
    }

    /** Ends all that a partition has: its children, its virtual processors, its mappings. Deletion is left. */
    public void finish(Partition p) {
        deleteChildren(p);
        for (VirtualProcessor vp : List.copyOf(p.processors().values())) {
            deleteProcessor(p, vp);
        }
        p.withdrawNotices();
        p.statistics().end(ownership);
        p.deleteInterface();
        if (p.space() != null) {
            p.space().delete();
            backend.invalidate(p.space());
            p.setSpace(null);
        }
        p.connections().clear();
        p.doorbells().clear();
        p.ports().clear();
        p.setState(Partition.State.FINALIZED);
    }

    /** Ends the partitions that one has made, and theirs; it has the pages back that it deposited for them. */
    private void deleteChildren(Partition p) {
        for (Partition child : p.children()) {
            if (child.state() != Partition.State.FINALIZED) {
                finish(child);
            }
            deposits.end(p, child.pool());
            remove(child);
        }
    }

    /** Of pages that a partition does not have any more, or with fewer rights, its children have none either. */
    public void revoke(Partition p) {
        if (!p.space().takeRevoked() || !p.hasChildren()) {
            return;
        }
        Reach reach = p.space().reach();
        for (Partition child : p.children()) {
            if (child.space() != null && child.space().keepWithin(reach)) {
                backend.invalidate(child.space());
                revoke(child);
            }
        }
    }

    /** Forgets a partition of which nothing is left. */
    public void remove(Partition p) {
        byId.remove(p.id());
        if (p.root() != null) {
            logical.startAll();
        }
        p.interruptFaults().forgetLate();
        p.leaveParent();
    }

    /** Makes a virtual processor; the logical processors get them in turn. */
    public HvStatus createProcessor(Partition p, int index) {
        HvStatus status = createProcessor(p, index, logical.nextPlace());
        if (status.ok()) {
            logical.taken();
        }
        return status;
    }

    /** A root makes a processor of its own partition, on a logical processor that runs. It waits for its start-up interrupt; memory types are those of the first. */
    public HvStatus createOwnProcessor(Partition p, int index, int logicalProcessor) {
        HvStatus status = createProcessor(p, index, logical.at(logicalProcessor));
        if (status.ok()) {
            VirtualProcessor made = p.processors().get(index);
            made.context().store();
            Cpu from = p.processors().firstEntry().getValue().registers();
            Cpu to = made.registers();
            to.mtrrDefType = from.mtrrDefType;
            System.arraycopy(from.mtrrFixed, 0, to.mtrrFixed, 0, from.mtrrFixed.length);
            System.arraycopy(from.mtrrVariable, 0, to.mtrrVariable, 0, from.mtrrVariable.length);
            made.context().load();
            made.scheduling().setSuspended(false);
        }
        return status;
    }

    private HvStatus createProcessor(Partition p, int index, LogicalPlace on) {
        if (!backend.hasRoom()) {
            return HvStatus.NO_RESOURCES;
        }
        int pages = backend.contextPages(p.hypervisor());
        if (p.enlightened() ? !reserveOverlays(p, pages) : p.pool().available() < pages) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        var vp = new VirtualProcessor(p, index, memory, clock, on.queue());
        HardwareContext context = backend.createContext(vp, on.processor());
        if (context == null) {
            return HvStatus.NO_RESOURCES;
        }
        // what the hypervisor carries out for it keeps the same order and the same atomicity as the hardware
        Cpu hardware = on.processor().processor().cpu();
        vp.registers().parallel = hardware.parallel;
        vp.registers().exclusive = hardware.exclusive;
        vp.setContext(context);
        if (p.enlightened()) {
            if (p.guestInterface() == null) {
                p.setGuestInterface(guestInterface(p));
            }
            vp.setSynthetic(new SyntheticProcessor(vp.apic(), p.guestInterface(), clock, tsc -> clock.nanosAtTsc(tsc - p.tscOffset()),
                    overlay(p, HvMapFlags.ALL), overlay(p, HvMapFlags.ALL), overlay(p, HvMapFlags.ALL), sint -> p.interruptFaults().sourcePasses(sint, index), "partition %d vp %d".formatted(p.id(), index)));
            vp.synic().onFree(p::slotFreed);
            if (p.has(HvPrivilege.CREATE_PARTITIONS)) {
                vp.synic().serveParent();
            }
            if (p.root() != null) {
                vp.synthetic().home(p.root().processorPages(index));
            }
        }
        context.load();
        p.router().add(vp.apic());
        p.processors().put(index, vp);
        tellNumber(p);
        return HvStatus.SUCCESS;
    }

    /** Pages that its space's top table, or a virtual processor of it with all that comes with the first one, take at most. */
    int pagesOfProcessor(Partition p) {
        int overlays = PROCESSOR_OVERLAYS + PARTITION_OVERLAYS;
        return 1 + overlays + OVERLAY_TABLES * (overlays + 1) + backend.contextPages(p.hypervisor());
    }

    /** Processors know how many there are; those of a root as many as the machine has, also before it has made them. */
    private void tellNumber(Partition p) {
        int count = p.root() == null ? p.processors().size() : logical.count();
        for (VirtualProcessor each : p.processors().values()) {
            each.registers().processors = count;
        }
    }

    /** Ends a virtual processor: nothing of it is left. */
    public void deleteProcessor(Partition p, VirtualProcessor vp) {
        vp.scheduling().end();
        if (vp.synthetic() != null) {
            vp.synthetic().reset();
            for (Overlay o : vp.synthetic().overlays()) {
                o.delete(p.pool());
                p.overlays().remove(o);
            }
            p.pool().unreserve(OVERLAY_TABLES * PROCESSOR_OVERLAYS);
        }
        p.router().remove(vp.apic());
        vp.apic().initReset();
        vp.statePages().delete(deposits);
        p.statistics().forget(vp.index(), ownership);
        vp.context().delete();
        p.processors().remove(vp.index());
        if (p.processors().isEmpty()) {
            // what its system had set up goes with the last of them: the next ones start a partition that was reset
            deleteChildren(p);
            p.deleteInterface();
            p.interruptFaults().forgetLate();
            p.statistics().end(ownership);
            if (p.root() != null) {
                p.root().statistics().end(ownership);
                deposits.end(p, p.root().deposited());
                p.root().reset();
                logical.firstAlone();
            }
            p.restart();
        }
        tellNumber(p);
    }

    /** A guest moves its overlay pages as it likes, and the hypervisor may not run out of memory then: sets enough aside. */
    private static boolean reserveOverlays(Partition p, int contextPages) {
        boolean first = p.guestInterface() == null;
        int overlays = PROCESSOR_OVERLAYS + (first ? PARTITION_OVERLAYS : 0);
        // one more place: a page that moves is in two places for a moment
        int tables = OVERLAY_TABLES * (overlays + (first ? 1 : 0));
        if (p.pool().available() < overlays + tables + contextPages) {
            return false;
        }
        p.pool().reserve(tables);
        return true;
    }

    private GuestInterface guestInterface(Partition p) {
        var time = new ReferenceTime(p.properties()::tsc, p.model().tscHz());
        var made = new GuestInterface(overlay(p, HvMapFlags.READABLE | HvMapFlags.EXECUTABLE), overlay(p, HvMapFlags.READABLE), time, backend.hypercallCode());
        if (p.root() != null) {
            made.home(p.root().hypercallPage(), p.root().referenceTscPage());
        }
        return made;
    }

    private Overlay overlay(Partition p, int rights) {
        var overlay = new Overlay(memory, p.space(), backend, p.pool().take(), rights, 1L << p.model().physicalBits() - 12);
        p.overlays().add(overlay);
        return overlay;
    }

    /** Whether a partition is about to be restored while others stay as they are: who has which page is then not restored with it. */
    public void restoreAlone(boolean on) {
        alone = on;
    }

    boolean restoresAlone() {
        return alone;
    }

    /** Which ids come next; the partitions are saved one by one. */
    public void save(StateWriter out) {
        out.put("next-id", nextId);
        logical.save(out);
    }

    /** The counterpart of {@link #save}. */
    public void restore(StateReader in) {
        nextId = in.take();
        logical.restore(in);
    }
}
