package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.DiskImage;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.debug.SymbolTable;
import dev.hv.cli.console.Messages;
import dev.hv.cli.coverage.RunCoverage;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.SyntheticDevices;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.screen.InputGate;
import dev.hv.cli.root.worker.MemoryBounds;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.cli.trace.Traces;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.vmbus.Vmbus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The computer that a lab runs on, with the lab's machines, disks and networks: built, started, kept and let go of. A process can build one after the other; each owns its clock, its memory and what it uses of the host,
 * and {@link #close} gives all of that back.
 */
public final class LabMachine implements AutoCloseable {

    private final LabConfig lab;
    private final RunSettings settings;
    private final boolean shared;
    private final CpuModel model;
    private final VirtualClock clock;
    private final List<RunningVm> vms = new ArrayList<>();
    private final HostDisks disks;
    private final Journal journal;
    /** Null for a run that boots. */
    private final Restart restart;
    private final Boots boots;
    private final Arena memory = Arena.ofShared();
    private Machine machine;
    private PartitionedMachine partitioned;
    /** Null until it is built. */
    private Networks networks;
    /** Null when none is wanted. */
    private BusTrace trace;
    private List<TraceConfig> wanted = List.of();
    /** Null when none is wanted. */
    private RunCoverage coverage;
    /** Null until the machine is built. */
    private Traces traces;
    /** Null where there is none. */
    private Iommu iommu;
    private RunCheckpoints checkpoints;
    private SymbolTable symbols;
    private Consumer<RunningVm> endTold = vm -> { };

    /**
     * A lab of which nothing is built.
     *
     * @param restart what it goes on from; null for one that boots its images
     * @param journal sees everything that enters from outside
     * @param shared whether its switches are shared with other runs
     */
    LabMachine(LabConfig lab, RunSettings settings, Restart restart, Journal journal, boolean shared) {
        this.shared = shared;
        this.lab = lab;
        this.settings = settings;
        this.restart = restart;
        model = CpuModels.parse(settings.cpu());
        boots = new Boots(settings, restart, this::ended);
        this.journal = journal;
        disks = new HostDisks(journal.exact());
        clock = settings.realTime() ? VirtualClock.real(model.tscHz(), journal) : VirtualClock.virtual(settings.picosPerInstruction(), model.tscHz(), VirtualClock.EPOCH, journal);
    }

    /** Adds a machine, in the lab's order, before anything is built. */
    void add(RunningVm vm) {
        vms.add(vm);
    }

    /** Gives names for crash reports, before anything is built; without, those that guests have of themselves. */
    void symbols(SymbolTable from) {
        symbols = from;
    }

    /** The machines, in the lab's order. */
    List<RunningVm> vms() {
        return vms;
    }

    /**
     * The machine with a name, or the only one for {@link ControlProtocol#ONLY}.
     *
     * @throws IOException with a sentence when there is none
     */
    RunningVm vm(String name) throws IOException {
        List<RunningVm> named = vms.stream().filter(v -> name.equals(ControlProtocol.ONLY) || v.config.name().equals(name)).toList();
        if (named.size() == 1) {
            return named.getFirst();
        }
        throw new IOException((named.isEmpty() ? "there is no machine " + name : "there are several machines; say --vm NAME") + ": "
                + String.join(", ", vms.stream().map(v -> v.config.name()).toList()));
    }

    /** The one clock. */
    VirtualClock clock() {
        return clock;
    }

    /** The run loop; null until it is built. */
    Machine machine() {
        return machine;
    }

    /** The hypervisor; null on the bare machine. */
    Hypervisor hypervisor() {
        return partitioned == null ? null : partitioned.hypervisor();
    }

    /** Everything in it by name, as it is now. At rest. */
    InspectTree inspect() {
        return LabInspection.tree(this);
    }

    /** Takes checkpoints; null until it is built. */
    RunCheckpoints checkpoints() {
        return checkpoints;
    }

    /** The disks of the host. */
    HostDisks disks() {
        return disks;
    }

    /**
     * Loads the machines' images, or what they go on from.
     *
     * @throws UsageException when a file does not serve
     */
    void start() {
        vms.forEach(boots::watch);
        if (restart == null) {
            vms.forEach(boots::first);
        } else {
            restart.apply(machine, vms, memory);
        }
    }

    /** Whether the bare machine, which has stopped, was started again. */
    boolean again(StopReason reason) {
        return settings.bare() && boots.again(vms.getFirst(), reason);
    }

    /** Whether the bare machine, which has stopped, is over by that. */
    boolean ended(StopReason reason) {
        boolean over = settings.bare() && switch (reason.kind()) {
            case POWER_OFF, RESET, CRASH, DEBUG_EXIT, BOOT_FAILED, INTERNAL_ERROR -> true;
            default -> false;
        };
        if (over && vms.getFirst().end == null) {
            ended(vms.getFirst(), reason);
        }
        return over;
    }

    private static void refuse(RunningVm vm, boolean asked, String why) {
        if (asked) {
            throw new UsageException("machine " + vm.config.name() + ": " + why);
        }
    }

    /**
     * Builds everything.
     *
     * @throws UsageException when the lab cannot be built on this host
     */
    void build() {
        if (settings.bare()) {
            RunningVm only = vms.getFirst();
            var bare = new BareMachine(model, only.config.memory().startup(), only.config.cpus(), clock, only.serial, only.config.testDevices(), only.config.iommu());
            only.guest = bare;
            iommu = bare.iommu();
            attachEmulated(only);
            machine = bare.machine();
            networks = new Networks(machine, shared);
            attachNetworks(only);
            machine.addState(networks);
            checkpoints = new RunCheckpoints(machine, settings, vms, disks, lab.hostMemory());
            machine.seed(settings.seed());
            machine.engines().use(settings.engine(), settings.codeCache());
            schedule(only, null);
            faults(only);
            only.guest.addState(only);
            watch();
            return;
        }
        partitioned = new PartitionedMachine(model, lab.memory() + lab.videoMemory(), clock, logicalProcessors(), settings.parallel());
        iommu = partitioned.iommu();
        partitioned.seed(settings.seed());
        machine = partitioned.machine();
        checkpoints = new RunCheckpoints(machine, settings, vms, disks, lab.hostMemory());
        machine.engines().use(settings.engine(), settings.codeCache());
        networks = new Networks(machine, shared);
        trace = settings.trace() == null ? null : new BusTrace(settings.trace());
        for (RunningVm vm : vms) {
            VmConfig c = vm.config;
            long startup = c.memory().startup();
            long low = Math.min(startup, SystemMemory.DEFAULT_GAP);
            var worker = new WorkerConfig(c.name(), low, startup - low, c.cpus(), c.testDevices(), c.enlightened(), c.rights().nested(), parent(c.rights().parent()), c.rights().scheduler() == GuestRights.Scheduler.ROOT, c.iommu(), bounds(c.memory()), c.screen() == null ? null : c.screen().resolution(), hostName());
            ChildMachine child = partitioned.child(worker, vm.serial, reason -> ended(vm, reason));
            vm.guest = child;
            vm.worker = child.worker();
            var stacks = new CrashStacks(this, vm, symbols);
            vm.worker.onCrash(stacks::reported, stacks::unrecoverable);
            attach(vm, child.worker());
            faults(vm);
            child.addState(vm);
        }
        machine.addState(networks);
        watch();
    }

    private void faults(RunningVm vm) {
        vm.faults = new FaultInjector(vm, clock, hypervisor(), settings.seed());
        vm.guest.addState(vm.faults);
    }

    /** A guest in the root's place has as many as it has virtual ones. */
    private int logicalProcessors() {
        VmConfig first = vms.getFirst().config;
        return first.root() ? first.cpus() : settings.processors();
    }

    private static WorkerConfig.Parent parent(GuestRights.Parent kind) {
        return switch (kind) {
            case NONE -> WorkerConfig.Parent.NONE;
            case L1VH -> WorkerConfig.Parent.CHILD;
            case ROOT -> WorkerConfig.Parent.ROOT;
        };
    }

    private static MemoryBounds bounds(MemoryConfig m) {
        return m.dynamic() ? new MemoryBounds(m.minimum(), m.maximum(), m.buffer(), m.weight()) : null;
    }

    /** Has traces written; before it is built. */
    void trace(List<TraceConfig> what) {
        wanted = what;
    }

    /** Has coverage of the only machine's kernel noted, null for none; before it is built. */
    void cover(RunCoverage what) {
        coverage = what;
    }

    /** Writes coverage; what is to be said about what could not be done. The machine has stopped. */
    List<String> writeCoverage() {
        return coverage == null ? List.of() : coverage.write(this::syscallEntry);
    }

    /** Where the first machine's first processor goes at SYSCALL (IA32_LSTAR). It does not run. */
    long syscallEntry() {
        Worker worker = vms.getFirst().worker;
        return worker == null ? machine.processors().getFirst().lstar() : worker.processors().register(0, HvRegister.LSTAR).low();
    }

    /** Everything is built: who wants to see what happens does from now on. */
    private void observe() {
        Map<Long, String> names = new LinkedHashMap<>();
        vms.forEach(vm -> names.put(vm.worker == null ? 0L : vm.worker.partition(), vm.config.name()));
        if (coverage != null) {
            coverage.attach(machine);
        }
        traces = Traces.open(wanted, machine, clock.watched(), hypervisor(), iommu, names);
    }

    /** Has a machine's end told, on the machine's thread, before anything comes of it. */
    void onEnded(Consumer<RunningVm> told) {
        endTold = told;
    }

    /** Writes a checkpoint. The machine is at rest. */
    void checkpoint(Path folder) throws CheckpointException, IOException {
        checkpoints.write(folder, false);
    }

    private void withRun(RunningVm vm, ScheduledAction.Action.WithRun action) {
        switch (action) {
            case ScheduledAction.Action.Dump(var file) -> CoreFiles.write(this, vm, file);
            case ScheduledAction.Action.Checkpoint checkpoint -> checkpoints.take(checkpoint);
            case ScheduledAction.Action.Inspect(var path) -> machine.look(() -> LabInspection.show(inspect(), path));
        }
    }

    /** Does something to a machine at once, as its schedule would. On the machine's thread. */
    void act(RunningVm vm, ScheduledAction action) {
        ActionRunner.act(vm, disks, networks, vms.indexOf(vm), action, whole -> withRun(vm, whole));
    }

    /** What was printed before a checkpoint is the run's that printed it. */
    private void watch() {
        observe();
        machine.onRest(() -> vms.forEach(vm -> vm.console.flush()));
        machine.onLook(() -> vms.forEach(vm -> vm.console.flush()));
    }

    /** In virtual time runs are equal on all hosts. */
    private String hostName() {
        return settings.realTime() ? HostName.get(machine.outside()) : WorkerConfig.ANY_HOST;
    }

    private void schedule(RunningVm vm, Worker worker) {
        Schedule schedule = ActionRunner.schedule(vm, worker, disks, networks, vms.indexOf(vm), clock, whole -> withRun(vm, whole));
        vm.serial.add(schedule::printed);
        vm.guest.addState(schedule);
        vm.schedule = schedule;
    }

    private ExchangedDisk open(RunningVm vm, DiskConfig d) {
        return restart == null ? disks.open(d) : disks.reopen(d, image(vm, d), restart.checkpoint().folder());
    }

    /** What a checkpoint has of a disk: they are in the order of machines, and there in the order of their descriptions. */
    private DiskImage image(RunningVm vm, DiskConfig d) {
        int at = vms.subList(0, vms.indexOf(vm)).stream().mapToInt(v -> v.config.disks().size()).sum();
        for (DiskConfig each : vm.config.disks()) {
            if (each == d) {
                return restart.checkpoint().disks().get(at);
            }
            at++;
        }
        throw new IllegalStateException("a disk that its machine does not have");
    }

    private void attachEmulated(RunningVm vm) {
        for (DiskConfig d : vm.config.disks()) {
            if (!d.bus().emulated()) {
                continue;
            }
            refuse(vm, d.dvd(), "bus=" + d.bus().text() + " has no optical drives; say bus=scsi");
            refuse(vm, d.bus() != DiskConfig.Bus.IDE && vm.guest.pciDisks() == null, "bus=" + d.bus().text() + " needs enlightenments, or --bare");
            ExchangedDisk disk = open(vm, d);
            int place = (int) vm.disks.stream().filter(o -> o.config().bus() == d.bus()).count();
            vm.disks.add(new RunningVm.RunDisk(place, d, disk));
            String wrong = switch (d.bus()) {
                case NVME -> vm.guest.pciDisks().addNvme(disk, vm.config.name());
                case AHCI -> vm.guest.pciDisks().addAhci(disk, vm.config.name());
                default -> vm.guest.ideDisks().add(disk, vm.config.name()) ? null : "bus=ide has room for four disks";
            };
            if (wrong != null) {
                // no device has it, to close it
                disk.close();
            }
            refuse(vm, wrong != null, wrong);
        }
    }

    private void attachNetworks(RunningVm vm) {
        vm.config.networks().forEach(n -> vm.adapters.add(n, networks, vms.indexOf(vm), null));
    }

    private void attach(RunningVm vm, Worker worker) {
        SyntheticDevices devices = worker.devices();
        VmConfig c = vm.config;
        attachEmulated(vm);
        boolean scsi = c.disks().stream().anyMatch(d -> !d.bus().emulated()) || c.actions().stream().anyMatch(a -> a.action() instanceof ScheduledAction.Action.AddDisk);
        schedule(vm, worker);
        if (devices == null) {
            // adapters on VMBus were refused when the description was read
            attachNetworks(vm);
            refuse(vm, scsi || c.actions().stream().anyMatch(a -> a.action().needsBus()), "disks on SCSI need enlightenments, as do actions "
                    + "that go over VMBus; a disk with bus=ide does not");
            return;
        }
        vm.devices = devices;
        // a machine that is restored may have got its controller while it ran, and loses it where there was none
        if (scsi || restart != null) {
            devices.offerStorage();
        }
        for (DiskConfig d : c.disks()) {
            if (!d.bus().emulated()) {
                ExchangedDisk disk = open(vm, d);
                int number = restart == null ? devices.addDisk(disk, d.dvd()) : devices.addDisk(image(vm, d).number(), disk, d.dvd());
                vm.disks.add(new RunningVm.RunDisk(number, d, disk));
            }
        }
        attachNetworks(vm);
        if (devices.seat() != null) {
            vm.input = new InputGate(c.name(), machine.outside(), devices.seat()::input);
        }
        vm.bus = worker.vmbus();
        if (trace != null) {
            trace.observe(vm.bus, c.name(), clock.watched());
        }
    }

    /** Has the run's own trace see a machine's bus, after another did; nobody when there is none. */
    void traceAgain(RunningVm vm) {
        if (trace != null) {
            trace.observe(vm.bus, vm.config.name(), clock.watched());
        } else {
            vm.bus.observe(Vmbus.NOBODY);
        }
    }

    /** Writes what this run changed into the disks' files. */
    void keepDisks() {
        if (settings.keepDisks()) {
            vms.forEach(vm -> {
                vm.guest.diskThreads().rest();
                vm.disks.forEach(d -> disks.keep(d.config(), d.disk()));
            });
        }
    }

    private void ended(RunningVm vm, StopReason reason) {
        vm.ended(reason);
        vm.console.flush();
        endTold.accept(vm);
        if (vms.stream().allMatch(v -> v.end != null) || reason.kind() == StopReason.Kind.INTERNAL_ERROR) {
            machine.stop(reason);
        }
    }

    /** What is to be said of files that could not be written, or not to their end; a sentence each. */
    List<String> lostRecords() {
        List<String> lost = new ArrayList<>();
        vms.forEach(vm -> vm.unwritten.forEach(what -> lost.add(what + " that was asked for is not there")));
        if (networks != null) {
            lost.addAll(networks.lost());
        }
        if (trace != null && trace.lost() != null) {
            lost.add(trace.lost());
        }
        if (traces != null) {
            lost.addAll(traces.lost());
        }
        return lost;
    }

    /** Lets go of everything of the host. */
    @Override
    public void close() {
        journal.leave();
        vms.forEach(RunningVm::close);
        if (machine != null) {
            machine.bus().memory().close();
        }
        memory.close();
        closeRecords();
    }

    /** Ends traces and captures; again, nothing. */
    void closeRecords() {
        if (networks != null) {
            networks.close();
        }
        if (trace != null) {
            trace.close();
        }
        if (traces != null) {
            traces.close();
        }
    }
}
