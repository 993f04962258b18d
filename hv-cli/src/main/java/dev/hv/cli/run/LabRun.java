package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Consoles;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.console.PrefixedOutput;
import dev.hv.cli.machine.BareMachine;
import dev.hv.cli.machine.ChildMachine;
import dev.hv.cli.machine.PartitionedMachine;
import dev.hv.cli.worker.SyntheticDevices;
import dev.hv.cli.worker.Worker;
import dev.hv.cli.worker.WorkerConfig;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** Runs the virtual machines of a lab side by side until all of them have ended, or a limit is met. */
public final class LabRun {

    /** What a battery-backed clock says in virtual time, so that runs can be repeated: 2023-11-14. */
    private static final long EPOCH = 1_700_000_000L;

    private final LabConfig lab;
    private final RunSettings settings;
    private final CpuModel model = CpuModel.intelDefault();
    private final VirtualClock clock;
    private final List<RunningVm> vms = new ArrayList<>();
    private Machine machine;
    private PartitionedMachine partitioned;
    /** Null on the bare machine. */
    private Networks networks;
    /** Null when none is wanted, or it is closed. */
    private BusTrace trace;

    /** A run that has not begun. */
    public LabRun(LabConfig lab, RunSettings settings) {
        this.lab = lab;
        this.settings = settings;
        clock = settings.realTime() ? VirtualClock.real(model.tscHz()) : VirtualClock.virtual(settings.picosPerInstruction(), model.tscHz(), EPOCH);
    }

    /**
     * Runs.
     *
     * @return why each machine ended, in the lab's order
     * @throws UsageException when the lab cannot be run on this host
     */
    public List<EndedVm> run() {
        try {
            openConsoles();
            build();
            machine.seed(settings.seed());
            for (RunningVm vm : vms) {
                vm.guest.start(BootImages.load(vm.config, vm.guest));
            }
            for (RunningVm vm : vms) {
                connect(vm);
            }
            StopReason reason = machine.run(new RunLimits(settings.timeoutNanos(), settings.maxInstructions()));
            vms.forEach(RunningVm::closeConsole);
            List<EndedVm> ended = new ArrayList<>();
            for (RunningVm vm : vms) {
                ended.add(new EndedVm(vm.config.name(), vm.end == null ? reason : vm.end));
            }
            report();
            return ended;
        } finally {
            close();
        }
    }

    private static void refuse(RunningVm vm, boolean asked, String why) {
        if (asked) {
            throw new UsageException("machine " + vm.config.name() + ": " + why);
        }
    }

    private void openConsoles() {
        OutputStream shared = null;
        for (VmConfig vm : lab.machines()) {
            HostConsole host;
            if (lab.machines().size() > 1 && vm.serial().equals("stdio")) {
                if (shared == null) {
                    shared = new FileOutputStream(FileDescriptor.out);
                }
                host = prefixed(shared, vm.name());
            } else {
                try {
                    host = Consoles.open(vm.serial(), settings.terminal());
                } catch (IOException e) {
                    throw new UsageException("--serial " + vm.serial() + ": " + e.getMessage());
                }
            }
            vms.add(new RunningVm(vm, host, clock));
        }
    }

    private static HostConsole prefixed(OutputStream shared, String name) {
        var out = new PrefixedOutput(shared, name);
        return HostConsole.of(out, null, () -> {
            try {
                out.close();
            } catch (IOException e) {
                // the reader of all consoles has gone: there is nobody left to tell
            }
        });
    }

    private void build() {
        if (settings.bare()) {
            RunningVm only = vms.getFirst();
            var bare = new BareMachine(model, only.config.memory(), only.config.cpus(), clock, only.console, only.config.testDevices());
            only.guest = bare;
            attachIde(only);
            machine = bare.machine();
            return;
        }
        partitioned = new PartitionedMachine(model, lab.memory(), clock, settings.processors(), settings.parallel());
        machine = partitioned.machine();
        networks = new Networks(machine, lab.machines().size() == 1);
        trace = settings.trace() == null ? null : new BusTrace(settings.trace());
        for (RunningVm vm : vms) {
            VmConfig c = vm.config;
            long low = Math.min(c.memory(), SystemMemory.DEFAULT_GAP);
            var worker = new WorkerConfig(c.name(), low, c.memory() - low, c.cpus(), c.testDevices(), c.enlightened());
            ChildMachine child = partitioned.child(worker, vm.console, reason -> ended(vm, reason));
            vm.guest = child;
            attach(vm, child.worker());
        }
    }

    private static boolean ide(DiskConfig d) {
        return d.bus() == DiskConfig.Bus.IDE;
    }

    private static void attachIde(RunningVm vm) {
        for (DiskConfig d : vm.config.disks()) {
            if (ide(d)) {
                refuse(vm, d.dvd(), "bus=ide has no optical drives; say bus=scsi");
                refuse(vm, !vm.guest.ideDisks().add(HostDisks.open(d), vm.config.name()), "bus=ide has room for four disks");
            }
        }
    }

    private void attach(RunningVm vm, Worker worker) {
        SyntheticDevices devices = worker.devices();
        VmConfig c = vm.config;
        attachIde(vm);
        boolean disks = c.disks().stream().anyMatch(d -> !ide(d)) || c.actions().stream().anyMatch(a -> a.action() instanceof ScheduledAction.Action.AddDisk);
        if (devices == null) {
            // adapters without VMBus were refused when the description was read
            refuse(vm, disks || !c.actions().isEmpty(), "disks on SCSI and actions need enlightenments; a disk with bus=ide does not");
            return;
        }
        vm.devices = devices;
        if (disks) {
            devices.offerStorage();
        }
        for (DiskConfig d : c.disks()) {
            if (!ide(d)) {
                devices.addDisk(HostDisks.open(d), d.dvd());
            }
        }
        for (int adapter = 0; adapter < c.networks().size(); adapter++) {
            NetworkConfig n = c.networks().get(adapter);
            devices.addNetwork(networks.adapter(n, c.name() + "-eth" + adapter, vms.indexOf(vm), adapter));
        }
        ActionRunner.schedule(vm, worker, clock);
        vm.bus = worker.vmbus();
        if (trace != null) {
            trace.observe(vm.bus, c.name(), clock);
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
        // nobody reads any more (hv run | head): going on would help nobody
        vm.console.onGone(() -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED)));
        vm.host.start(new HostConsole.Input() {
            @Override
            public void typed(int value) {
                machine.post(() -> vm.guest.chipset().uart().receive(value));
            }

            @Override
            public void leave() {
                machine.post(() -> machine.stop(StopReason.of(StopReason.Kind.REQUESTED)));
            }
        });
    }

    private void close() {
        vms.forEach(RunningVm::close);
        if (networks != null) {
            networks.close();
        }
        if (trace != null) {
            BusTrace open = trace;
            trace = null;
            open.close();
        }
    }

    private void report() {
        if (settings.digest()) {
            System.err.println("digest " + machine.digest());
        }
        if (settings.stats() != null) {
            RunReport.write(settings.stats(), machine, partitioned == null ? null : partitioned.hypervisor(), vms);
        }
    }
}
