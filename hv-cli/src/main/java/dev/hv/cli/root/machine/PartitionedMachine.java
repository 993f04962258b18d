package dev.hv.cli.root.machine;

import dev.hv.cli.root.worker.DiskThreads;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.devices.AmdViRemapper;
import dev.hv.core.hypervisor.devices.VtdRemapper;
import dev.hv.core.hypervisor.svm.SvmBackend;
import dev.hv.core.hypervisor.vmx.VmxBackend;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.core.vid.Vid;
import dev.hv.core.winhv.PageFrames;
import dev.hv.core.winhv.WinHv;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Entropy;
import dev.hv.devices.chipset.SerialOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The machine with the hypervisor on it: a root partition whose services are ours, and children made by their workers. */
public final class PartitionedMachine {

    /** System memory beside the children's: the hypervisor's own, page tables and what alignment costs. */
    private static final long OVERHEAD = 8 << 20;
    private static final int TABLE_SHARE = 256;
    /** The same for each logical processor beside the first: what a virtual one on it takes. */
    private static final long PROCESSOR_OVERHEAD = 96 << 10;

    private final Machine machine;
    private final Hypervisor hypervisor;
    private final WinHv winHv;
    private final Vid vid;
    private final PageFrames frames;
    private final MemoryBalancer balancer;
    private final Iommu iommu;
    private final MachinePci pci;
    private final CpuModel childModel;
    private long seed = Entropy.DEFAULT_SEED;
    private final List<ChildMachine> children = new ArrayList<>();

    /**
     * Builds a machine with one processor and starts the hypervisor.
     *
     * @param childMemory memory of all children together, in bytes
     */
    public PartitionedMachine(CpuModel model, long childMemory, VirtualClock clock) {
        this(model, childMemory, clock, 1, false);
    }

    /**
     * Builds the machine and starts the hypervisor.
     *
     * @param childMemory memory of all children together, in bytes
     * @param processors logical processors
     * @param parallel whether they run at the same time, a host thread each; in real time only
     */
    public PartitionedMachine(CpuModel model, long childMemory, VirtualClock clock, int processors, boolean parallel) {
        var memory = new SystemMemory(childMemory + (childMemory / TABLE_SHARE & -SystemMemory.PAGE) + OVERHEAD + (processors - 1) * PROCESSOR_OVERHEAD);
        var bus = new SystemBus(memory);
        machine = new Machine(bus, clock, parallel);
        var router = new ApicRouter();
        // the physical machine has no legacy controller: all ones is what an acknowledge cycle reads
        List<Processor> hardware = new ArrayList<>();
        for (int i = 0; i < processors; i++) {
            var processor = new Processor(i, model, bus, bus, clock, router, () -> 0xFF);
            router.add(processor.apic());
            hardware.add(processor);
        }
        hypervisor = new Hypervisor(machine, hardware, model.has(Feature.VMX) ? VmxBackend::new : SvmBackend::new);
        childModel = hypervisor.childModel();
        MachineIommu unit = MachineIommu.of(model, bus, router, RefusalListener.NOBODY);
        unit.attach(bus);
        iommu = unit.unit();
        hypervisor.remapDevices(model.intel() ? new VtdRemapper(bus) : new AmdViRemapper(bus));
        frames = new PageFrames(hypervisor.rootMemory());
        winHv = new WinHv(hypervisor, frames);
        vid = new Vid(winHv, frames, memory);
        balancer = new MemoryBalancer(vid);
        pci = new MachinePci(bus, iommu, parallel);
        machine.addState(iommu);
        machine.addState(new State());
        machine.onRest(() -> children.forEach(c -> c.worker().disks().rest()));
    }

    /** Its IOMMU, which is the hypervisor's. */
    public Iommu iommu() {
        return iommu;
    }

    /** What the hypervisor needs of a processor model and does not find; null when it runs on it. */
    public static String missing(CpuModel model) {
        if (model.has(Feature.VMX)) {
            return null;
        }
        Feature missing = model.has(Feature.SVM) ? SvmBackend.missing(model) : null;
        return missing != null ? missing.text() : model.has(Feature.SVM) ? null : "vmx or svm";
    }

    /** Seeds all random numbers of the machine and of the children made from now on. */
    public void seed(long newSeed) {
        seed = newSeed;
        machine.seed(newSeed);
    }

    /**
     * Makes a child partition with one worker. Also while others run: on the machine's thread, between turns.
     *
     * @param ended told once why the child ended
     * @throws dev.hv.cli.root.worker.WorkerException when the hypervisor refuses; nothing is left then of what was made
     */
    public ChildMachine child(WorkerConfig config, SerialOutput serial, Consumer<StopReason> ended) {
        var worker = new Worker(config, winHv, vid, machine.clock(), machine, new DiskThreads(machine), serial, ended);
        try {
            var child = new ChildMachine(machine, worker, config, childModel.physicalBits(), seed, hypervisor.partition(worker.partition()), pci,
                    error -> hypervisor.machineCheck(worker.partition(), error));
            children.add(child);
            balancer.add(worker.memoryService());
            return child;
        } catch (RuntimeException e) {
            worker.delete();
            throw e;
        }
    }

    /**
     * Ends a child, whatever it does, and takes back all that it had. Also while others run: on the machine's thread, between turns.
     *
     * @throws IllegalArgumentException when it is none of this machine's
     */
    public void delete(ChildMachine child) {
        if (!children.remove(child)) {
            throw new IllegalArgumentException("no child of this machine");
        }
        balancer.remove(child.worker().memoryService());
        child.delete();
    }

    /**
     * Fills a child with its section alone, also while others run: on the machine's thread, between turns. The section names the pages that the child
     * had by their places in system memory: the machine that it was saved on had the same children, made in the same order. Times of its timers are times of this machine's clock.
     *
     * @param child made here and of the same configuration; what it did until now is forgotten
     * @param contents puts into those pages what they held; called when no processor has anything left to write there
     * @param section as {@link ChildMachine#save} wrote it
     * @throws IllegalArgumentException when the child is none of this machine's
     */
    public void restore(ChildMachine child, Runnable contents, StateReader section) {
        if (!children.contains(child)) {
            throw new IllegalArgumentException("no child of this machine");
        }
        hypervisor.setAside(child.worker().partition());
        contents.run();
        child.restore(section);
        hypervisor.takeBack(child.worker().partition());
    }

    /** Pages of the root's memory that nobody has. */
    public long freePages() {
        return frames.available();
    }

    /** The hypervisor, then the children, a section each, and then who of them runs. */
    private final class State implements Saveable {
        @Override
        public void save(StateWriter out) {
            hypervisor.save(out);
            frames.save(out);
            children.forEach(c -> c.save(out));
            hypervisor.scheduler().save(out);
        }

        @Override
        public void restore(StateReader in) {
            hypervisor.restore(in);
            frames.restore(in);
            children.forEach(c -> c.restore(in));
            hypervisor.scheduler().restore(in);
        }
    }

    /** The run loop. */
    public Machine machine() {
        return machine;
    }

    /** The hypervisor, for its counters. */
    public Hypervisor hypervisor() {
        return hypervisor;
    }
}
