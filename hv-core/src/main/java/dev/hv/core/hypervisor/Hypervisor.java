package dev.hv.core.hypervisor;

import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.devices.DeviceDomains;
import dev.hv.core.hypervisor.devices.DeviceFaults;
import dev.hv.core.hypervisor.devices.DeviceInterrupts;
import dev.hv.core.hypervisor.devices.DeviceRemapper;
import dev.hv.core.hypervisor.guest.ExitDispatcher;
import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.hypervisor.hardware.NestedCounts;
import dev.hv.core.hypervisor.hardware.Residence;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.memory.PageOwnership;
import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.hypervisor.partition.GuestDebug;
import dev.hv.core.hypervisor.partition.LogicalPlace;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.PartitionTree;
import dev.hv.core.hypervisor.partition.Partitions;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.hypervisor.schedule.RunQueue;
import dev.hv.core.machine.InterruptFaults;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvStatistics;
import dev.hv.core.tlfs.PartitionStatistics;
import dev.hv.core.tlfs.RootSynic;
import dev.hv.cpu.Processor;
import dev.hv.cpu.events.MachineChecks;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.HostDebug;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The hypervisor: owns the logical processors of the machine and a little of its memory; the root partition has the rest and
 * makes child partitions by hypercalls, {@link RootEntrance}.
 */
public final class Hypervisor implements Saveable {

    /** Pages kept at the end of low memory, beside one a logical processor. */
    private static final int OWN_PAGES = 16;
    private static final int VERSION = 2;

    private final SystemMemory memory;
    private final PageOwnership ownership;
    private final PagePool own;
    private final VirtualizationBackend backend;
    private final ExitDispatcher dispatcher;
    private final RootEntrance rootEntrance;
    private final List<HypervisorProcessor> processors = new ArrayList<>();
    private final List<RunQueue<VirtualProcessor>> queues = new ArrayList<>();
    private final Partitions partitions;
    private MemoryRange reserved;

    /**
     * Takes the machine over: every processor is put into the hands of its hypervisor and added to the machine's turns.
     *
     * @param hardware the machine's processors, after power-on
     * @param virtualization makes the use of the processors' hardware virtualisation
     * @throws IllegalArgumentException when the processors do not have it or memory is too small
     */
    public Hypervisor(Machine machine, List<Processor> hardware, Function<SystemMemory, VirtualizationBackend> virtualization) {
        memory = machine.bus().memory();
        backend = virtualization.apply(memory);
        ownership = new PageOwnership(memory);
        own = new PagePool(memory);
        MemoryRange low = memory.ranges().getFirst();
        int shared = backend.sharedPages();
        long bytes = (long) (OWN_PAGES + hardware.size() + shared) * SystemMemory.PAGE;
        if (bytes >= low.length()) {
            throw new IllegalArgumentException("memory of " + low.length() + " bytes is too small for the hypervisor");
        }
        reserved = new MemoryRange(low.end() - bytes, bytes);
        for (long page = reserved.base(); page < reserved.end(); page += SystemMemory.PAGE) {
            ownership.give(page);
            own.deposit(page);
        }
        // the pool gives what was deposited last, so these are one below the other
        long pages = 0;
        for (int i = 0; i < shared; i++) {
            pages = own.take();
        }
        backend.share(pages);
        partitions = new Partitions(memory, ownership, backend, machine.clock(), hardware.getFirst().cpu().model);
        dispatcher = new ExitDispatcher(CallTable.dispatcher(partitions));
        rootEntrance = new RootEntrance(this, partitions.root(), CallTable.dispatcher(partitions));
        for (Processor p : hardware) {
            var processor = new HypervisorProcessor(p, dispatcher, queues, machine.clock(), machine.interleaving()::length, () -> partitions.logicalProcessors().started(p.cpu().index));
            queues.add(processor.queue());
            machine.interleaving().onSeed(processor.queue()::renew);
            backend.enable(processor, own.take());
            processors.add(processor);
            partitions.add(new LogicalPlace(processor, processor.queue()));
            machine.add(processor);
        }
        machine.onRest(() -> virtualProcessors().forEach(VirtualProcessor::rest));
        machine.onLook(() -> virtualProcessors().forEach(vp -> vp.context().store()));
    }

    /**
     * The entrance of a root partition whose services are no guest.
     *
     * @param services receive what arrives at the root's ports, and the intercepts of the children that the root makes from now on
     */
    public RootEntrance connectRoot(RootSynic services) {
        partitions.root().setServices(services);
        return rootEntrance;
    }

    /**
     * Turns the machine's IOMMU on, so that devices of the machine can be given to partitions: until they are, they reach nothing and interrupt nobody. Before the root has its memory. The
     * unit's tables take more of that.
     *
     * @param remapper drives it
     */
    public void remapDevices(DeviceRemapper remapper) {
        long bytes = (long) remapper.pages() * SystemMemory.PAGE;
        reserved = new MemoryRange(reserved.base() - bytes, reserved.length() + bytes);
        for (int page = 0; page < remapper.pages(); page++) {
            ownership.give(reserved.base() + (long) page * SystemMemory.PAGE);
        }
        var devices = new DeviceDomains(remapper, id -> partitions.get(id) == null ? null : partitions.get(id).space(), processors.stream().map(p -> p.processor().apic()).toList(),
                new ChildProcessors(partitions));
        partitions.devices(devices);
        processors.forEach(p -> p.onInterrupt(devices::interrupted));
        remapper.start(reserved.base(), DeviceInterrupts.FAULT_VECTOR);
    }

    /** What was refused to devices of the machine; null while it has no IOMMU that is on. */
    public DeviceFaults deviceFaults() {
        return partitions.devices() == null ? null : partitions.devices().faults();
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
        return partitions.childModel();
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
            calls += vp.counters().get(HvStatistics.VP_HYPERCALLS);
            runtime += vp.scheduling().runtimeNanos();
            host += vp.scheduling().hostNanos();
        }
        return new PartitionStatistics(exits, calls, p.portIntercepts(), p.memoryIntercepts(), runtime, host);
    }

    /** Has somebody see what guests do; null for nobody. Before the machine runs. */
    public void watch(GuestWatch who) {
        dispatcher.watch(who);
    }

    /** Name of the hypercall with a code; null when there is none. */
    public String callName(int code) {
        return dispatcher.callName(code);
    }

    /** Hypercalls of children so far by name. */
    public SortedMap<String, Long> hypercallCounts() {
        return dispatcher.callCounts();
    }

    /** Hypercalls of the root partition's services so far by name. */
    public SortedMap<String, Long> rootHypercallCounts() {
        return rootEntrance.counts();
    }

    /** What hypervisors in partitions have used so far of what makes their guests lighter, by name; empty without such partitions. */
    public SortedMap<String, Long> nestedCounts() {
        SortedMap<String, Long> all = new TreeMap<>();
        for (Partition p : partitions.all()) {
            for (VirtualProcessor vp : p.processors().values()) {
                if (vp.context() != null && vp.context().nested() != null) {
                    NestedCounts counts = vp.context().nested().counts();
                    all.merge("enlightenedEntries", counts.enlightenedEntries, Long::sum);
                    all.merge("unchangedMsrBitmaps", counts.unchangedBitmaps, Long::sum);
                    all.merge("directFlushes", counts.directFlushes, Long::sum);
                }
            }
        }
        return all;
    }

    SystemMemory memory() {
        return memory;
    }

    Partitions partitions() {
        return partitions;
    }

    /** Everything of all virtual processors goes back to them. */
    private Stream<VirtualProcessor> virtualProcessors() {
        return partitions.all().stream().flatMap(p -> p.processors().values().stream());
    }

    /**
     * State of one child partition, and of those that its guest has made, all of it but their memory: who saves a virtual machine saves this with it.
     *
     * @throws IllegalArgumentException when there is no such child
     */
    public Saveable partition(long id) {
        var p = new PartitionTree(partitions, child(id), new BesidePartitions());
        return partitions.devices() == null ? p : new Saveable() {
            @Override
            public void save(StateWriter out) {
                p.save(out);
                partitions.devices().interrupts(id).save(out);
            }

            @Override
            public void restore(StateReader in) {
                p.restore(in);
                partitions.devices().interrupts(id).restore(in);
            }
        };
    }

    /**
     * What of the interrupts of a child partition's synthetic sources is lost or late, by their numbers: nothing, unless somebody sets it here.
     *
     * @throws IllegalArgumentException when there is no such child
     */
    public InterruptFaults sourceFaults(long id) {
        return child(id).interruptFaults().sources();
    }

    /**
     * The same of interrupts of its local APICs, by their vectors, whoever sends them.
     *
     * @throws IllegalArgumentException when there is no such child
     */
    public InterruptFaults vectorFaults(long id) {
        return child(id).interruptFaults().vectors();
    }

    /**
     * Has a child partition meet an error of the machine: a virtual processor's bank logs it, and who is to takes #MC. Between turns.
     *
     * @return what came of it, in words
     * @throws IllegalArgumentException when there is no such child
     */
    public String machineCheck(long id, MachineError error) {
        SortedMap<Integer, VirtualProcessor> all = child(id).processors();
        var registers = new TreeMap<Integer, Cpu>();
        all.forEach((n, vp) -> registers.put(n, vp.registers()));
        return MachineChecks.report(registers, error, n -> all.get(n).events().machineCheck());
    }

    /** What making partitions touches beside them. All are at rest. */
    private final class BesidePartitions implements Saveable {
        @Override
        public void save(StateWriter out) {
            out.begin("beside-partitions", VERSION);
            partitions.save(out);
            backend.save(out);
            for (HypervisorProcessor p : processors) {
                p.cpu().save(out);
                p.cpu().virtualization.save(out);
            }
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            in.begin("beside-partitions", VERSION);
            partitions.restore(in);
            backend.restore(in);
            for (HypervisorProcessor p : processors) {
                p.cpu().restore(in);
                int events = p.cpu().events;
                p.cpu().virtualization.restore(in);
                p.cpu().events = events;
            }
            in.end();
        }
    }

    private Partition child(long id) {
        Partition p = partitions.get(id);
        if (p == null || id == Partition.ROOT) {
            throw new IllegalArgumentException("no child partition " + id);
        }
        return p;
    }

    /**
     * Has a debugger of the host's at a child partition.
     *
     * @param count of its virtual processors
     * @param listener told of stops, on the thread of the processor, under the machine's lock
     * @throws IllegalArgumentException when there is no such child
     */
    public GuestDebug debug(long id, int count, HostDebug.GuestListener listener) {
        partition(id);
        List<Cpu> places = processors.stream().map(HypervisorProcessor::cpu).toList();
        return new GuestDebug(partitions.get(id), backend, HostDebug.ofGuest(places, count, listener));
    }

    /**
     * Does something while no processor is in guest code, nor comes back to it. Guests that run are left between two instructions and gone on with afterwards,
     * and none of them can tell. On the machine's thread between turns, or under its lock.
     */
    public void standStill(Runnable action) {
        processors.getFirst().pauseAll();
        backend.residences().forEach(Residence::stepAside);
        try {
            action.run();
        } finally {
            backend.residences().forEach(Residence::goBack);
        }
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

    /**
     * A child partition is about to be restored alone, without {@link #scheduler}: nothing of it is left in any processor, and none of its virtual
     * processors has a turn.
     *
     * @throws IllegalArgumentException when there is no such child
     */
    public void setAside(long id) {
        partition(id);
        partitions.restoreAlone(true);
        for (VirtualProcessor vp : partitions.get(id).processors().values()) {
            vp.rest();
            queues.forEach(q -> q.remove(vp));
        }
        if (partitions.devices() != null) {
            partitions.devices().setAside(id);
        }
    }

    /** A child partition was restored alone after {@link #setAside}: its virtual processors that can run wait for their turns behind those of others. */
    public void takeBack(long id) {
        partitions.restoreAlone(false);
        Partition p = partitions.get(id);
        for (VirtualProcessor vp : p.processors().values()) {
            vp.context().flush();
            vp.scheduling().wake();
        }
        backend.invalidate(p.space());
        if (partitions.devices() != null) {
            partitions.devices().reconnect(id);
        }
    }

    private VirtualProcessor find(long partition, int index) {
        Partition p = partitions.get(partition);
        return p == null ? null : p.processors().get(index);
    }

    /** What is of no child alone: who owns which page, and what is free. */
    @Override
    public void save(StateWriter out) {
        out.begin("hypervisor", VERSION);
        partitions.save(out);
        own.save(out);
        ownership.save(out);
        backend.save(out);
        partitions.root().save(out);
        if (partitions.devices() != null) {
            partitions.devices().save(out);
        }
        out.put("children-count", partitions.root().children().size());
        out.end();
    }

    /** Restores a hypervisor with as many children, which are restored afterwards. */
    @Override
    public void restore(StateReader in) {
        in.begin("hypervisor", VERSION);
        partitions.restore(in);
        own.restore(in);
        ownership.restore(in);
        backend.restore(in);
        partitions.root().restore(in);
        if (partitions.devices() != null) {
            partitions.devices().restore(in);
        }
        int children = partitions.root().children().size();
        if (in.take() != children) {
            throw new StateFormatException("other partitions than the " + children + " of this machine");
        }
        in.end();
    }
}
