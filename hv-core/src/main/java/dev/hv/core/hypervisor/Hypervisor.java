package dev.hv.core.hypervisor;

import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.synic.ReferenceTime;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.PartitionStatistics;
import dev.hv.core.tlfs.RootSynic;
import dev.hv.cpu.Processor;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The hypervisor: owns the logical processors of the machine and a little of its memory; the root partition has the rest and
 * makes child partitions by hypercalls, {@link RootEntrance}.
 */
public final class Hypervisor implements Saveable {

    /** Pages kept at the end of low memory, beside one a logical processor. */
    private static final int OWN_PAGES = 16;
    /** Overlay pages of an enlightened virtual processor, and of its partition. */
    private static final int PROCESSOR_OVERLAYS = 3;
    private static final int PARTITION_OVERLAYS = 2;
    /** Second-level tables that an overlay page may need where its guest puts it. */
    private static final int OVERLAY_TABLES = 3;
    /** Pages of a virtual processor's context at most. */
    private static final int CONTEXT_PAGES = 4;
    private static final int VERSION = 2;

    private final Machine machine;
    private final SystemMemory memory;
    private final PageOwnership ownership;
    private final PagePool own;
    private final VirtualizationBackend backend;
    private final ExitDispatcher dispatcher;
    private final RootEntrance rootEntrance;
    private final List<HypervisorProcessor> processors = new ArrayList<>();
    private final List<RunQueue> queues = new ArrayList<>();
    private final SortedMap<Long, Partition> partitions = new TreeMap<>();
    private final CpuModel childModel;
    private final CpuModel enlightenedModel;
    private final MemoryRange reserved;
    private long nextId = Partition.ROOT + 1;
    private int nextProcessor;

    /**
     * Takes the machine over: every processor is put into the hands of its hypervisor and added to the machine's turns.
     *
     * @param hardware the machine's processors, after power-on
     * @throws IllegalArgumentException when the processors have no VT-x or memory is too small
     */
    public Hypervisor(Machine machine, List<Processor> hardware) {
        this(machine, hardware, new VmxBackend(machine.bus().memory()));
    }

    Hypervisor(Machine machine, List<Processor> hardware, VirtualizationBackend backend) {
        this.machine = machine;
        this.backend = backend;
        memory = machine.bus().memory();
        ownership = new PageOwnership(memory);
        own = new PagePool(memory);
        MemoryRange low = memory.ranges().getFirst();
        long bytes = (long) (OWN_PAGES + hardware.size()) * SystemMemory.PAGE;
        if (bytes >= low.length()) {
            throw new IllegalArgumentException("memory of " + low.length() + " bytes is too small for the hypervisor");
        }
        reserved = new MemoryRange(low.end() - bytes, bytes);
        for (long page = reserved.base(); page < reserved.end(); page += SystemMemory.PAGE) {
            ownership.give(page);
            own.deposit(page);
        }
        CpuModel model = hardware.getFirst().cpu().model;
        childModel = childModel(model);
        enlightenedModel = without(childModel, Feature.TSC_DEADLINE);
        var root = new Partition(Partition.ROOT, null, HvPrivilege.ROOT, model, model, memory);
        partitions.put(Partition.ROOT, root);
        root.setState(Partition.State.ACTIVE);
        dispatcher = new ExitDispatcher(CallTable.dispatcher(this));
        rootEntrance = new RootEntrance(this, root, CallTable.dispatcher(this));
        for (Processor p : hardware) {
            var processor = new HypervisorProcessor(p, dispatcher, queues, machine.clock()::hostNanos, machine.clock().isReal());
            queues.add(processor.queue());
            backend.enable(processor, own.take());
            processors.add(processor);
            machine.add(processor);
        }
        machine.onRest(this::rest);
    }

    /** What children see: the hardware's model without what a guest cannot have, with the bit that says so. */
    private static CpuModel childModel(CpuModel hardware) {
        EnumSet<Feature> features = EnumSet.copyOf(hardware.features());
        features.removeAll(EnumSet.of(Feature.VMX, Feature.SVM, Feature.MONITOR));
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

    /**
     * The entrance of a root partition whose services are no guest.
     *
     * @param services receive what arrives at the root's ports, and the intercepts of the children that the root makes from now on
     */
    public RootEntrance connectRoot(RootSynic services) {
        partitions.get(Partition.ROOT).setServices(services);
        return rootEntrance;
    }

    /** The memory that the root partition has: all but the hypervisor's own. */
    public List<MemoryRange> rootMemory() {
        List<MemoryRange> ranges = new ArrayList<>();
        for (MemoryRange r : memory.ranges()) {
            ranges.add(r.overlaps(reserved) ? new MemoryRange(r.base(), reserved.base() - r.base()) : r);
        }
        return ranges;
    }

    /** Model of the children's processors. */
    public CpuModel childModel() {
        return childModel;
    }

    /** VM exits so far by kind, for statistics: names in {@link VmExit.Kind}'s order, those that never happened left out. */
    public SortedMap<String, Long> exitCounts() {
        SortedMap<String, Long> counts = new TreeMap<>();
        for (VmExit.Kind kind : VmExit.Kind.values()) {
            if (dispatcher.count(kind) > 0) {
                counts.put(kind.name().toLowerCase(Locale.ROOT), dispatcher.count(kind));
            }
        }
        return counts;
    }

    /** What a partition has cost so far; null when there is none with this id. */
    public PartitionStatistics partitionStatistics(long id) {
        Partition p = partitions.get(id);
        if (p == null) {
            return null;
        }
        processors.forEach(HypervisorProcessor::settle);
        long exits = 0;
        long calls = 0;
        long runtime = 0;
        long host = 0;
        for (VirtualProcessor vp : p.processors().values()) {
            exits += vp.exits();
            calls += vp.hypercalls();
            runtime += vp.runtimeNanos();
            host += vp.hostNanos();
        }
        return new PartitionStatistics(exits, calls, p.portIntercepts(), p.memoryIntercepts(), runtime, host);
    }

    /** Hypercalls of children so far by name. */
    public SortedMap<String, Long> hypercallCounts() {
        return dispatcher.callCounts();
    }

    SystemMemory memory() {
        return memory;
    }

    PageOwnership ownership() {
        return ownership;
    }

    VirtualizationBackend backend() {
        return backend;
    }

    SortedMap<Long, Partition> partitions() {
        return partitions;
    }

    Partition newPartition(Partition parent) {
        var p = new Partition(nextId++, parent, 0, childModel, enlightenedModel, memory);
        partitions.put(p.id(), p);
        return p;
    }

    /** Makes a virtual processor; the logical processors get them in turn. */
    HvStatus newProcessor(Partition p, int index) {
        if (!backend.hasRoom()) {
            return HvStatus.NO_RESOURCES;
        }
        if (p.enlightened() && !reserveOverlays(p)) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        HypervisorProcessor on = processors.get(nextProcessor % processors.size());
        var vp = new VirtualProcessor(p, index, memory, machine.clock(), on.queue());
        HardwareContext context = backend.createContext(vp, on);
        if (context == null) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        nextProcessor++;
        // what the hypervisor carries out for it keeps the same order and the same atomicity as the hardware
        vp.registers().parallel = on.cpu().parallel;
        vp.registers().exclusive = on.cpu().exclusive;
        vp.setContext(context);
        if (p.enlightened()) {
            if (p.guestInterface() == null) {
                p.setGuestInterface(guestInterface(p));
            }
            List<Overlay> pages = List.of(overlay(p, HvMapFlags.ALL), overlay(p, HvMapFlags.ALL), overlay(p, HvMapFlags.ALL));
            vp.setSynthetic(new SyntheticProcessor(vp.apic(), p.guestInterface(), machine.clock(), tsc -> machine.clock().nanosAtTsc(tsc - p.tscOffset()),
                    pages.get(0), pages.get(1), pages.get(2), "partition %d vp %d".formatted(p.id(), index)), pages);
        }
        context.load();
        p.router().add(vp.apic());
        p.processors().put(index, vp);
        for (VirtualProcessor each : p.processors().values()) {
            each.registers().processors = p.processors().size();
        }
        return HvStatus.SUCCESS;
    }

    /** Ends a virtual processor: nothing of it is left. */
    void deleteProcessor(Partition p, VirtualProcessor vp) {
        vp.end();
        if (vp.synthetic() != null) {
            vp.synthetic().reset();
            for (Overlay o : vp.overlays()) {
                o.delete(p.pool());
                p.overlays().remove(o);
            }
            p.pool().unreserve(OVERLAY_TABLES * vp.overlays().size());
        }
        p.router().remove(vp.apic());
        vp.apic().initReset();
        vp.context().delete();
        p.processors().remove(vp.index());
        if (p.processors().isEmpty()) {
            // what its system had set up goes with the last of them: the next ones start a partition that was reset
            p.deleteInterface();
            p.restart();
        }
        for (VirtualProcessor each : p.processors().values()) {
            each.registers().processors = p.processors().size();
        }
    }

    /** A guest moves its overlay pages as it likes, and the hypervisor may not run out of memory then: sets enough aside. */
    private static boolean reserveOverlays(Partition p) {
        boolean first = p.guestInterface() == null;
        int overlays = PROCESSOR_OVERLAYS + (first ? PARTITION_OVERLAYS : 0);
        // one more place: a page that moves is in two places for a moment
        int tables = OVERLAY_TABLES * (overlays + (first ? 1 : 0));
        if (p.pool().available() < overlays + tables + CONTEXT_PAGES) {
            return false;
        }
        p.pool().reserve(tables);
        return true;
    }

    private GuestInterface guestInterface(Partition p) {
        var clock = machine.clock();
        var time = new ReferenceTime(() -> clock.tsc() + p.tscOffset(), p.model().tscHz());
        return new GuestInterface(overlay(p, HvMapFlags.READABLE | HvMapFlags.EXECUTABLE), overlay(p, HvMapFlags.READABLE), time, backend.hypercallCode());
    }

    private Overlay overlay(Partition p, int rights) {
        var overlay = new Overlay(memory, p.space(), backend, p.pool().take(), rights, 1L << p.model().physicalBits() - 12);
        p.overlays().add(overlay);
        return overlay;
    }

    /** Everything of all virtual processors goes back to them. */
    private void rest() {
        for (Partition p : partitions.values()) {
            p.processors().values().forEach(VirtualProcessor::rest);
        }
    }

    /**
     * State of one child partition, all of it but its memory: who saves a virtual machine saves this with it.
     *
     * @throws IllegalArgumentException when there is no such child
     */
    public Saveable partition(long id) {
        Partition p = partitions.get(id);
        if (p == null || id == Partition.ROOT) {
            throw new IllegalArgumentException("no child partition " + id);
        }
        return p;
    }

    /** Who is to run where. It names virtual processors: they must have been restored before it. */
    public Saveable scheduler() {
        return new Saveable() {
            @Override
            public void save(StateWriter out) {
                out.begin("scheduler", VERSION);
                queues.forEach(q -> q.save(out));
                out.end();
            }

            @Override
            public void restore(StateReader in) {
                in.begin("scheduler", VERSION);
                queues.forEach(q -> q.restore(in, Hypervisor.this::find));
                in.end();
            }
        };
    }

    private VirtualProcessor find(long partition, int index) {
        Partition p = partitions.get(partition);
        return p == null ? null : p.processors().get(index);
    }

    /** What is of no child alone: who owns which page, and what is free. */
    @Override
    public void save(StateWriter out) {
        out.begin("hypervisor", VERSION);
        out.put(nextId);
        out.put(nextProcessor);
        own.save(out);
        ownership.save(out);
        backend.save(out);
        partitions.get(Partition.ROOT).save(out);
        out.put(partitions.size());
        out.end();
    }

    /** Restores a hypervisor with as many children, which are restored afterwards. */
    @Override
    public void restore(StateReader in) {
        in.begin("hypervisor", VERSION);
        nextId = in.take();
        nextProcessor = (int) in.take();
        own.restore(in);
        ownership.restore(in);
        backend.restore(in);
        partitions.get(Partition.ROOT).restore(in);
        if (in.take() != partitions.size()) {
            throw new StateFormatException("other partitions than the " + partitions.size() + " of this machine");
        }
        in.end();
    }
}
