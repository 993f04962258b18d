package dev.hv.cli.run;

import dev.hv.cli.agent.HostAgent;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.SeriesConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VncConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Consoles;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.console.Messages;
import dev.hv.cli.console.PrefixedOutput;
import dev.hv.cli.console.StandardOutput;
import dev.hv.cli.debug.SymbolTable;
import dev.hv.cli.coverage.RunCoverage;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.devices.socket.uplink.UnixSockets;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Runs the virtual machines of a lab side by side until all of them have ended, or a limit is met. */
public final class LabRun {

    /** What a reader gets for the last of a console's output after a time limit. */
    private static final long LAST_OUTPUT_NANOS = 2_000_000_000L;

    private final LabConfig lab;
    private final RunSettings settings;
    private final LabMachine computer;
    private final List<RunningVm> vms;
    private final VirtualClock clock;
    private final RunWitness witness;
    private Machine machine;
    /** What people do to the run; set with the machine. */
    private HostPeople people;
    /** Null in virtual time. */
    private PaceWatch pace;
    /** What is to be done in the guest; null for nothing. */
    private GuestJob job;
    /** What it goes on from; null when it begins. */
    private byte[] jobState;
    /** A signal came; set on its thread before that looks at {@link #finishing}, which is set before this is looked at. */
    private volatile boolean signalled;
    /** What somebody outside ended the run for; null while nobody has. */
    private volatile StopReason asked;
    /** The machine stands still, and consoles wait for their readers. */
    private volatile boolean finishing;
    private long interleaving;
    /** Where a debugger connects; null for nowhere. */
    private String gdb;
    /** Where the run can be asked about itself; null for nowhere. */
    private String control;
    /** Where viewers of the screen connect; null for nowhere. */
    private VncConfig vnc;
    /** Where pictures of the screen go; null for nowhere. */
    private SeriesConfig series;

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
        this(lab, settings, restart, RunWitness.NONE);
    }

    /**
     * A run that has not begun.
     *
     * @param restart what it goes on from; null for a run that boots its images
     * @param witness keeps it, or repeats it
     */
    public LabRun(LabConfig lab, RunSettings settings, Restart restart, RunWitness witness) {
        this.witness = witness;
        this.lab = lab;
        this.settings = settings;
        computer = new LabMachine(lab, settings, restart, witness.journal(), lab.machines().size() == 1);
        vms = computer.vms();
        clock = computer.clock();
    }

    /** Has processors take turns as a seed says ({@link dev.hv.core.machine.Interleaving}), from power-on on; 0 for the usual turns. Before the run. */
    public void interleave(long seed) {
        interleaving = seed;
    }

    /** Has something done in the only guest while it runs; null for nothing. */
    public void doing(GuestJob wanted) {
        doing(wanted, null);
    }

    /**
     * Has something done in the only guest while it runs.
     *
     * @param wanted what; null for nothing
     * @param state what had been done of it when the state was saved that the run goes on from; null for nothing
     */
    public void doing(GuestJob wanted, byte[] state) {
        job = wanted;
        jobState = state;
    }

    /** Has traces written. Before the run. */
    public void trace(List<TraceConfig> what) {
        computer.trace(what);
    }

    /** Has coverage of the only guest's kernel written; null for none. Before the run. */
    public void cover(RunCoverage what) {
        computer.cover(what);
    }

    /** Has the run answer at a Unix socket, as {@code --control} says it; nowhere for null. Before the run. */
    public void controlAt(String where) {
        control = where;
    }

    /** Has guests' screens served to viewers, and pictures of them written; null for not. Before the run. */
    public void show(VncConfig viewers, SeriesConfig pictures) {
        vnc = viewers;
        series = pictures;
    }

    /** Gives names for crash reports; null for those that guests have of themselves. Before the run. */
    public void symbols(SymbolTable from) {
        computer.symbols(from);
    }

    /** Has a debugger of the only machine served at a port of the loopback or a Unix socket, as {@code --gdb} says it; null: where its configuration says. Before the run. */
    public void debugAt(String where) {
        gdb = where;
    }

    /**
     * Runs.
     *
     * @throws UsageException when the lab cannot be run on this host
     */
    public RunResult run() {
        try {
            if (settings.realTime()) {
                pace = witness.journal().exact() ? PaceWatch.listening(clock, this::tooSlow) : new PaceWatch(clock, this::tooSlow);
            }
            if (!openConsoles()) {
                return new RunResult(lab.machines().stream().map(m -> new EndedVm(m.name(), StopReason.of(StopReason.Kind.TIME_LIMIT))).toList(), List.of());
            }
            computer.build();
            machine = computer.machine();
            people = new HostPeople(machine);
            if (jobState != null) {
                vms.getFirst().agent().expectRequest();
            }
            computer.start();
            if (interleaving != 0) {
                machine.interleaving().seed(interleaving);
            }
            for (RunningVm vm : vms) {
                connect(vm);
            }
            if (job != null) {
                begin(vms.getFirst().agent(), () -> stopSoon(StopReason.of(StopReason.Kind.REQUESTED)));
            }
            witness.begun(machine, job == null ? computer.checkpoints() : new JobCheckpoints(computer.checkpoints(), job));
            try (var signals = new Signals(this::signalled); ControlServer asked = ControlServer.of(control, computer); ScreenService screen = ScreenService.of(vnc, series, computer);
                    Debugging debugging = Debugging.of(gdb, computer, this::over)) {
                witness.ready(machine, Debugging.target(computer, witness), this::over);
                return finish(runMachine());
            }
        } finally {
            computer.close();
        }
    }

    private void begin(HostAgent agent, Runnable stopping) {
        if (jobState == null) {
            job.begin(agent, clock, stopping);
            return;
        }
        try {
            job.resume(agent, clock, stopping, jobState);
        } catch (StateFormatException e) {
            throw new UsageException("what the agent was doing cannot be read: " + e.getMessage());
        }
    }

    /** Whether the run ends, whatever a debugger wants. */
    private boolean over() {
        return asked != null || settings.timeoutNanos() != Long.MAX_VALUE && clock.hostNanos() >= settings.timeoutNanos();
    }

    private StopReason runMachine() {
        long first = witness.first(machine);
        long last = settings.maxInstructions() == Long.MAX_VALUE ? Long.MAX_VALUE : first + settings.maxInstructions();
        StopReason reason = runUntil(first, last);
        // what somebody asked for meanwhile came second, and would be forgotten
        while (asked == null && computer.again(reason)) {
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
        if (job != null) {
            job.end(left(hurried));
        }
        for (RunningVm vm : vms) {
            vm.closeConsole(left(hurried));
        }
    }

    private long left(boolean hurried) {
        return hurried ? Math.max(LAST_OUTPUT_NANOS, settings.timeoutNanos() == Long.MAX_VALUE ? 0 : settings.timeoutNanos() - clock.hostNanos()) : Long.MAX_VALUE;
    }

    /** The machine stands still: everything that was written is completed. */
    private RunResult finish(StopReason reason) {
        witness.stopped(machine);
        finishConsoles(reason);
        List<EndedVm> ended = new ArrayList<>();
        List<String> lost = new ArrayList<>(job == null ? List.of() : job.lost());
        for (RunningVm vm : vms) {
            ended.add(new EndedVm(vm.config.name(), vm.reason(reason)));
            if (vm.console.lost() > 0) {
                lost.add("%d bytes that %s printed were lost: nobody read its console in time".formatted(vm.console.lost(),
                        vms.size() > 1 ? "the guest " + vm.config.name() : "the guest"));
            }
        }
        vms.stream().filter(vm -> vm.schedule != null && vm.reason(reason).kind() != StopReason.Kind.REQUESTED).forEach(vm -> vm.schedule.unmet().forEach(a ->
                Messages.say(vm.config.name() + ": --at " + a + ": not done: the guest has not printed that on its first serial port")));
        computer.keepDisks();
        String digest = settings.digest() || witness.journal().exact() ? machine.digest() : "";
        if (settings.digest()) {
            System.err.println("digest " + digest);
        }
        witness.ended(machine, ended, digest).ifPresent(lost::add);
        if (settings.stats() != null) {
            try {
                RunReport.write(settings.stats(), machine, computer.hypervisor(), vms, computer.disks().snapshotBytes());
            } catch (IOException e) {
                lost.add("--stats " + settings.stats() + ": could not be written: " + e.getMessage());
            }
        }
        lost.addAll(computer.writeCoverage());
        computer.closeRecords();
        lost.addAll(computer.lostRecords());
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
        people.stop(reason);
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

    /** False when time is over before somebody has connected to a console. */
    private boolean openConsoles() {
        OutputStream shared = null;
        for (VmConfig vm : lab.machines()) {
            HostConsole host;
            IntConsumer taker = witness.console(vm);
            if (taker != null) {
                var running = new RunningVm(vm, HostConsole.none(), OutputStream.nullOutputStream(), clock, lab.machines().size() == 1);
                running.serial.add(taker::accept);
                computer.add(running);
                continue;
            }
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
            computer.add(new RunningVm(vm, host, pace == null ? host.output() : pace.watching(host.output()), clock, lab.machines().size() == 1));
        }
        return true;
    }

    private static HostConsole prefixed(OutputStream shared, String name) {
        return HostConsole.of(new PrefixedOutput(shared, name), null, () -> {});
    }

    private void connect(RunningVm vm) {
        // nobody reads any more (hv run | head), or the disk is full: going on would help nobody
        vm.console.onFailure(e -> {
            vm.outputLost(e);
            stopSoon(vm.reason(null));
        });
        if (vm.config.sockets() != null) {
            try {
                vm.sockets = new UnixSockets(vm.config.sockets(), vm.worker.sockets(), machine.outside());
            } catch (IOException e) {
                throw new UsageException("--hvsock " + vm.config.sockets() + ": " + e.getMessage());
            }
        }
        people.sitAt(vm, this::stopSoon);
    }
}
