package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.CheckpointWriter;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.checkpoint.DiskImage;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Consoles;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.console.Messages;
import dev.hv.cli.console.PrefixedOutput;
import dev.hv.cli.console.StandardOutput;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cli.root.worker.SyntheticDevices;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.devices.socket.uplink.UnixSockets;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.devices.disk.SnapshotDisk;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Runs the virtual machines of a lab side by side until all of them have ended, or a limit is met. */
public final class LabRun {

    /** What a reader gets for the last of a console's output after a time limit. */
    private static final long LAST_OUTPUT_NANOS = 2_000_000_000L;

    private final LabConfig lab;
    private final RunSettings settings;
    private final CpuModel model;
    private final VirtualClock clock;
    private final List<RunningVm> vms = new ArrayList<>();
    private final HostDisks disks = new HostDisks();
    private Machine machine;
    private PartitionedMachine partitioned;
    /** Null on the bare machine. */
    private Networks networks;
    /** Null when none is wanted. */
    private BusTrace trace;
    /** Null in virtual time. */
    private PaceWatch pace;
    /** A signal came; set on its thread before that looks at {@link #finishing}, which is set before this is looked at. */
    private volatile boolean signalled;
    /** What somebody outside ended the run for; null while nobody has. */
    private volatile StopReason asked;
    /** The machine stands still, and consoles wait for their readers. */
    private volatile boolean finishing;
    /** Null for a run that boots. */
    private final Restart restart;
    private final Boots boots;
    private final Arena memory = Arena.ofShared();

    /** A run that has not begun, and boots its images. */
    public LabRun(LabConfig lab, RunSettings settings) {
        this(lab, settings, null);
    }

    /**
     * A run that has not begun.
     *
     * @param restart what it goes on from; null for a run that boots its images
     */
    public LabRun(LabConfig lab, RunSettings settings, Restart restart) {
        this.lab = lab;
        this.settings = settings;
        this.restart = restart;
        model = CpuModels.parse(settings.cpu());
        boots = new Boots(settings, restart, this::ended);
        clock = settings.realTime() ? VirtualClock.real(model.tscHz()) : VirtualClock.virtual(settings.picosPerInstruction(), model.tscHz(), VirtualClock.EPOCH);
    }

    /**
     * Runs.
     *
     * @throws UsageException when the lab cannot be run on this host
     */
    public RunResult run() {
        try {
            if (settings.realTime()) {
                pace = new PaceWatch(clock, this::tooSlow);
            }
            if (!openConsoles()) {
                return new RunResult(lab.machines().stream().map(m -> new EndedVm(m.name(), StopReason.of(StopReason.Kind.TIME_LIMIT))).toList(), List.of());
            }
            build();
            vms.forEach(boots::watch);
            if (restart == null) {
                vms.forEach(boots::first);
            } else {
                restart.apply(machine, vms, memory);
            }
            for (RunningVm vm : vms) {
                connect(vm);
            }
            try (var signals = new Signals(this::signalled)) {
                return finish(runMachine());
            }
        } finally {
            close();
        }
    }

    private StopReason runMachine() {
        long first = machine.instructions();
        long last = settings.maxInstructions() == Long.MAX_VALUE ? Long.MAX_VALUE : first + settings.maxInstructions();
        StopReason reason = runUntil(first, last);
        // what somebody asked for meanwhile came second, and would be forgotten
        while (settings.bare() && asked == null && boots.again(vms.getFirst(), reason)) {
            reason = runUntil(first, last);
        }
        return reason;
    }

    /** Runs until so many instructions have been run since power-on or anything else ends it, and prints digests on the way, counted from {@code first} on. */
    private StopReason runUntil(long first, long last) {
        for (long n : settings.digestsAt()) {
            long mark = first + n;
            if (mark > machine.instructions() && mark < last) {
                StopReason reason = machine.run(new RunLimits(settings.timeoutNanos(), mark - machine.instructions()));
                if (reason.kind() != StopReason.Kind.INSTRUCTION_LIMIT) {
                    return reason;
                }
                System.err.println("digest at " + (machine.instructions() - first) + " " + machine.digest());
            }
        }
        return machine.run(new RunLimits(settings.timeoutNanos(), last == Long.MAX_VALUE ? last : last - machine.instructions()));
    }

    /** Waits for who reads the consoles: without a limit of time as long as it takes, with one until then, but for a moment in any case. */
    private void finishConsoles(StopReason reason) {
        finishing = true;
        boolean hurried = reason.kind() == StopReason.Kind.TIME_LIMIT || signalled || settings.timeoutNanos() != Long.MAX_VALUE;
        for (RunningVm vm : vms) {
            long left = hurried ? Math.max(LAST_OUTPUT_NANOS, settings.timeoutNanos() == Long.MAX_VALUE ? 0 : settings.timeoutNanos() - clock.hostNanos())
                    : Long.MAX_VALUE;
            vm.closeConsole(left);
        }
    }

    /** The machine stands still: everything that was written is completed. */
    private RunResult finish(StopReason reason) {
        finishConsoles(reason);
        List<EndedVm> ended = new ArrayList<>();
        List<String> lost = new ArrayList<>();
        for (RunningVm vm : vms) {
            ended.add(new EndedVm(vm.config.name(), vm.reason(reason)));
            if (vm.console.lost() > 0) {
                lost.add("%d bytes that %s printed were lost: nobody read its console in time".formatted(vm.console.lost(),
                        vms.size() > 1 ? "the guest " + vm.config.name() : "the guest"));
            }
        }
        keepDisks();
        if (settings.digest()) {
            System.err.println("digest " + machine.digest());
        }
        if (settings.stats() != null) {
            try {
                RunReport.write(settings.stats(), machine, partitioned == null ? null : partitioned.hypervisor(), vms, disks.snapshotBytes());
            } catch (IOException e) {
                lost.add("--stats " + settings.stats() + ": could not be written: " + e.getMessage());
            }
        }
        closeRecords();
        if (networks != null) {
            lost.addAll(networks.lost());
        }
        if (trace != null && trace.lost() != null) {
            lost.add(trace.lost());
        }
        return new RunResult(ended, lost);
    }

    /**
     * Ends the run, from any thread. Who reads gets what was printed until then; a run that has ended and waits for a reader without a
     * limit waits no longer.
     */
    private void signalled(int number, String name) {
        signalled = true;
        if (finishing) {
            vms.forEach(vm -> vm.console.giveUp());
        }
        stopSoon(new StopReason(StopReason.Kind.SIGNAL, number, name));
    }

    /** Ends the run, from any thread. */
    private void stopSoon(StopReason reason) {
        asked = reason;
        machine.post(() -> machine.stop(reason));
    }

    private void tooSlow(String what) {
        var remedy = new StringBuilder("run it in virtual time (--time virtual)");
        if (lab.machines().stream().anyMatch(m -> m.cpus() > 1)) {
            remedy.append(", with fewer processors (--cpus)");
        }
        if (!settings.bare() && !settings.parallel() && lab.machines().stream().mapToInt(VmConfig::cpus).sum() > 1) {
            remedy.append(", or with processors that run at the same time (--parallel)");
        }
        Messages.say((lab.machines().size() > 1 ? "a guest" : "the guest") + " does not keep up with the host's clock (" + what + "); " + remedy);
    }

    private static void refuse(RunningVm vm, boolean asked, String why) {
        if (asked) {
            throw new UsageException("machine " + vm.config.name() + ": " + why);
        }
    }

    /** False when time is over before somebody has connected to a console. */
    private boolean openConsoles() {
        OutputStream shared = null;
        for (VmConfig vm : lab.machines()) {
            HostConsole host;
            if (lab.machines().size() > 1 && vm.serial().equals("stdio")) {
                if (shared == null) {
                    shared = new StandardOutput();
                }
                host = prefixed(shared, vm.name());
            } else {
                try {
                    long left = settings.timeoutNanos() == Long.MAX_VALUE ? Long.MAX_VALUE : settings.timeoutNanos() - clock.hostNanos();
                    host = Consoles.open(vm.serial(), settings.terminal(), left);
                } catch (SocketTimeoutException e) {
                    Messages.say(e.getMessage());
                    return false;
                } catch (IOException e) {
                    throw new UsageException("--serial " + vm.serial() + ": " + e.getMessage());
                }
            }
            vms.add(new RunningVm(vm, host, pace == null ? host.output() : pace.watching(host.output()), clock, lab.machines().size() == 1));
        }
        return true;
    }

    private static HostConsole prefixed(OutputStream shared, String name) {
        return HostConsole.of(new PrefixedOutput(shared, name), null, () -> {});
    }

    private void build() {
        if (settings.bare()) {
            RunningVm only = vms.getFirst();
            var bare = new BareMachine(model, only.config.memory(), only.config.cpus(), clock, only.serial, only.config.testDevices());
            only.guest = bare;
            attachIde(only);
            machine = bare.machine();
            machine.seed(settings.seed());
            machine.engine(settings.engine(), settings.codeCache());
            schedule(only, null);
            only.guest.addState(only);
            watch();
            return;
        }
        partitioned = new PartitionedMachine(model, lab.memory(), clock, settings.processors(), settings.parallel());
        partitioned.seed(settings.seed());
        machine = partitioned.machine();
        machine.engine(settings.engine(), settings.codeCache());
        networks = new Networks(machine, lab.machines().size() == 1);
        trace = settings.trace() == null ? null : new BusTrace(settings.trace());
        for (RunningVm vm : vms) {
            VmConfig c = vm.config;
            long low = Math.min(c.memory(), SystemMemory.DEFAULT_GAP);
            var worker = new WorkerConfig(c.name(), low, c.memory() - low, c.cpus(), c.testDevices(), c.enlightened(), c.nested(), hostName());
            ChildMachine child = partitioned.child(worker, vm.serial, reason -> ended(vm, reason));
            vm.guest = child;
            vm.worker = child.worker();
            vm.worker.onCrashReport(() -> Messages.say(c.name() + ": the guest reports a crash"));
            attach(vm, child.worker());
            child.addState(vm);
        }
        machine.addState(networks);
        watch();
    }

    /** What was printed before a checkpoint is the run's that printed it. */
    private void watch() {
        machine.onRest(() -> vms.forEach(vm -> vm.console.flush()));
    }

    /** In virtual time runs are equal on all hosts. */
    private String hostName() {
        return settings.realTime() ? HostName.get() : WorkerConfig.ANY_HOST;
    }

    private static boolean ide(DiskConfig d) {
        return d.bus() == DiskConfig.Bus.IDE;
    }

    private void schedule(RunningVm vm, Worker worker) {
        Schedule schedule = ActionRunner.schedule(vm, worker, disks, networks, vms.indexOf(vm), clock, this::checkpoint);
        vm.serial.add(schedule::printed);
        vm.guest.addState(schedule);
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

    private void attachIde(RunningVm vm) {
        for (DiskConfig d : vm.config.disks()) {
            if (ide(d)) {
                refuse(vm, d.dvd(), "bus=ide has no optical drives; say bus=scsi");
                ExchangedDisk disk = open(vm, d);
                int place = (int) vm.disks.stream().filter(o -> ide(o.config())).count();
                vm.disks.add(new RunningVm.RunDisk(place, d, disk));
                refuse(vm, !vm.guest.ideDisks().add(disk, vm.config.name()), "bus=ide has room for four disks");
            }
        }
    }

    private void attach(RunningVm vm, Worker worker) {
        SyntheticDevices devices = worker.devices();
        VmConfig c = vm.config;
        attachIde(vm);
        boolean scsi = c.disks().stream().anyMatch(d -> !ide(d)) || c.actions().stream().anyMatch(a -> a.action() instanceof ScheduledAction.Action.AddDisk);
        schedule(vm, worker);
        if (devices == null) {
            // adapters without VMBus were refused when the description was read
            refuse(vm, scsi || c.actions().stream().anyMatch(a -> a.action().needsBus()), "disks on SCSI need enlightenments, as do actions other than reset, pause, "
                    + "resume, nmi and sysrq; a disk with bus=ide does not");
            return;
        }
        vm.devices = devices;
        if (scsi) {
            devices.offerStorage();
        }
        for (DiskConfig d : c.disks()) {
            if (!ide(d)) {
                ExchangedDisk disk = open(vm, d);
                int number = restart == null ? devices.addDisk(disk, d.dvd()) : devices.addDisk(image(vm, d).number(), disk, d.dvd());
                vm.disks.add(new RunningVm.RunDisk(number, d, disk));
            }
        }
        for (int adapter = 0; adapter < c.networks().size(); adapter++) {
            NetworkConfig n = c.networks().get(adapter);
            devices.addNetwork(networks.adapter(n, c.name() + "-eth" + adapter, vms.indexOf(vm), adapter, null));
        }
        vm.bus = worker.vmbus();
        if (trace != null) {
            trace.observe(vm.bus, c.name(), clock);
        }
    }

    /** Takes a checkpoint as soon as the machine is at rest. */
    private void checkpoint(ScheduledAction.Action.Checkpoint wanted) {
        machine.whenAtRest(() -> {
            try {
                boolean layered = freeze();
                CheckpointWriter.write(wanted.folder(), machine, conditions(), described(), sources(), wanted.compress());
                Messages.say("checkpoint " + wanted.folder() + " written"
                        + (layered && !wanted.stop() && !settings.keepDisks() ? "; what the guest writes to disks from now on ends with this run (--keep-disk keeps it)" : ""));
            } catch (CheckpointException | IOException e) {
                Messages.say(e.getMessage());
            }
            if (wanted.stop()) {
                machine.stop(StopReason.of(StopReason.Kind.REQUESTED));
            }
        });
    }

    private Conditions conditions() {
        return new Conditions(settings.bare(), settings.realTime(), settings.cpu(), settings.processors(), settings.parallel(), settings.picosPerInstruction(), settings.seed());
    }

    /** The lab as it is now: with the disks that there are, and the addresses that were made up. */
    private LabConfig described() throws CheckpointException {
        List<VmConfig> all = new ArrayList<>();
        for (RunningVm vm : vms) {
            all.add(vm.described());
        }
        return new LabConfig(List.copyOf(all));
    }

    /** Has every disk's file stay as it is from now on; whether any was written directly. */
    private boolean freeze() throws IOException {
        boolean any = false;
        for (RunningVm vm : vms) {
            for (RunningVm.RunDisk d : vm.disks) {
                any |= d.config().written() && !(d.disk().current() instanceof SnapshotDisk);
                disks.freeze(d.config(), d.disk());
            }
        }
        return any;
    }

    private List<DiskImage.Source> sources() {
        List<DiskImage.Source> all = new ArrayList<>();
        for (RunningVm vm : vms) {
            for (RunningVm.RunDisk d : vm.disks) {
                all.add(new DiskImage.Source(d.number(), d.config().file(), d.disk().discards(), d.disk().current() instanceof SnapshotDisk s ? s : null));
            }
        }
        return all;
    }

    /** Writes what this run changed into the disks' files. */
    private void keepDisks() {
        if (settings.keepDisks()) {
            vms.forEach(vm -> {
                vm.guest.diskThreads().rest();
                vm.disks.forEach(d -> disks.keep(d.config(), d.disk()));
            });
        }
    }

    private void ended(RunningVm vm, StopReason reason) {
        vm.end = reason;
        vm.console.flush();
        if (vms.stream().allMatch(v -> v.end != null) || reason.kind() == StopReason.Kind.INTERNAL_ERROR) {
            machine.stop(reason);
        }
    }

    private void connect(RunningVm vm) {
        // nobody reads any more (hv run | head), or the disk is full: going on would help nobody
        vm.console.onFailure(e -> {
            vm.outputLost(e);
            stopSoon(vm.reason(null));
        });
        if (vm.config.sockets() != null) {
            try {
                vm.sockets = new UnixSockets(vm.config.sockets(), vm.worker.sockets(), machine::post);
            } catch (IOException e) {
                throw new UsageException("--hvsock " + vm.config.sockets() + ": " + e.getMessage());
            }
        }
        vm.host.start(new HostConsole.Input() {
            @Override
            public void typed(int value) {
                machine.post(() -> vm.guest.chipset().uart().receive(value));
            }

            @Override
            public void leave() {
                stopSoon(StopReason.of(StopReason.Kind.REQUESTED));
            }
        });
    }

    /** Lets go of everything of the host. */
    private void close() {
        vms.forEach(RunningVm::close);
        if (machine != null) {
            machine.bus().memory().close();
        }
        memory.close();
        closeRecords();
    }

    /** Ends traces and captures; again, nothing. */
    private void closeRecords() {
        if (networks != null) {
            networks.close();
        }
        if (trace != null) {
            trace.close();
        }
    }
}
