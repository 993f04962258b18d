package dev.hv.cli.run;

import dev.hv.cli.agent.GuestAgent;
import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.Fault;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.cli.root.worker.Seat;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.screen.Png;
import dev.hv.cli.screen.ScreenImage;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A lab in the hands of a program instead of people: what machines print goes to it, and it types, acts, asks and ends. It is built, started and driven by one thread, which is the machine's. A process can have one after the
 * other, or several at once on threads of their own; {@link #close} gives everything back.
 */
public final class DrivenLab implements AutoCloseable {

    /** Hears what machines do, on the machine's thread. */
    public interface Watcher {
        /** A byte at the first serial port. */
        void printed(String machine, int value);

        /** A machine is over. */
        void ended(String machine, StopReason reason);
    }

    private final LabMachine computer;
    private final LabConfig lab;
    private final RunWitness witness;
    /** Instructions since power-on at which it stops. */
    private final long last;
    /** Why it stopped last. */
    private StopReason stopped = StopReason.of(StopReason.Kind.REQUESTED);
    private volatile boolean hurried;

    /**
     * Builds a lab and starts it.
     *
     * @param checkpoint what it goes on from; null for machines that boot
     * @throws UsageException when it cannot be built on this host
     */
    public DrivenLab(LabConfig lab, RunSettings settings, Checkpoint checkpoint, Watcher watcher) {
        this(lab, settings, checkpoint, watcher, RunWitness.NONE, List.of());
    }

    /**
     * Builds a lab and starts it.
     *
     * @param checkpoint what it goes on from; null for machines that boot
     * @param witness keeps the run, or repeats it; told of its end by {@link #end}
     * @param traces that are written, beside that of VMBus
     * @throws UsageException when it cannot be built on this host
     */
    public DrivenLab(LabConfig lab, RunSettings settings, Checkpoint checkpoint, Watcher watcher, RunWitness witness, List<TraceConfig> traces) {
        this.lab = lab;
        this.witness = witness;
        Restart restart = checkpoint == null ? null : new Restart(checkpoint.folder(), checkpoint, null);
        computer = new LabMachine(lab, settings, restart, witness.journal(), false);
        try {
            for (VmConfig vm : lab.machines()) {
                HostConsole nobody = HostConsole.none();
                var running = new RunningVm(vm, nobody, OutputStream.nullOutputStream(), computer.clock(), false);
                running.serial.add(value -> watcher.printed(vm.name(), value));
                IntConsumer shown = witness.console(vm);
                if (shown != null) {
                    running.serial.add(shown::accept);
                }
                computer.add(running);
            }
            computer.trace(traces);
            computer.onEnded(vm -> watcher.ended(vm.config.name(), vm.end));
            computer.build();
            computer.start();
            if (checkpoint != null) {
                // each fork has random numbers of its own
                computer.machine().seed(settings.seed());
            }
            // and its processors go on in a way of their own
            computer.machine().interleaving().seed(settings.seed());
            witness.begun(computer.machine(), RunWitness.Checkpoints.NONE);
            long first = witness.first(computer.machine());
            last = settings.maxInstructions() == Long.MAX_VALUE ? Long.MAX_VALUE : first + settings.maxInstructions();
            witness.ready(computer.machine(), Debugging.target(computer, witness), () -> hurried);
        } catch (RuntimeException | Error e) {
            computer.close();
            throw e;
        }
    }

    /** The run loop. */
    public Machine machine() {
        return computer.machine();
    }

    /** Where the first machine's first processor goes at SYSCALL (IA32_LSTAR). It does not run. */
    public long syscallEntry() {
        return computer.syscallEntry();
    }

    /** The clock, which counts from power-on. */
    public Clock clock() {
        return computer.clock();
    }

    /** Nanoseconds of the host's time since this was begun to be built. */
    public long hostNanos() {
        return machine().clock().hostNanos();
    }

    /**
     * Runs until {@link #pause}, {@link #hurry}, the last machine's end or a limit.
     *
     * @param hostNanos of the host's time since this was built
     */
    public StopReason run(long hostNanos) {
        if (hurried) {
            return StopReason.of(StopReason.Kind.SIGNAL);
        }
        do {
            stopped = machine().run(new RunLimits(hostNanos, last == Long.MAX_VALUE ? last : last - machine().instructions()));
        } while (computer.again(stopped));
        return computer.ended(stopped) ? StopReason.of(StopReason.Kind.REQUESTED) : stopped;
    }

    /** Tells the witness that the machine stands still, and does not run again. */
    public RunResult end() {
        witness.stopped(machine());
        List<EndedVm> ended = computer.vms().stream().map(vm -> new EndedVm(vm.config.name(), vm.reason(stopped))).toList();
        String lost = witness.ended(machine(), ended, digest()).orElse(null);
        return new RunResult(ended, lost == null ? List.of() : List.of(lost));
    }

    /** Has {@link #run} return. On the machine's thread. */
    public void pause() {
        machine().stop(StopReason.of(StopReason.Kind.REQUESTED));
    }

    /** Has {@link #run} return as after a signal, now and ever after. From any thread. */
    public void hurry() {
        hurried = true;
        machine().post(() -> machine().stop(StopReason.of(StopReason.Kind.SIGNAL)));
    }

    private RunningVm vm(String name) {
        return computer.vms().stream().filter(v -> v.config.name().equals(name)).findFirst().orElseThrow();
    }

    /** Who runs a machine; null on the bare machine. */
    public Worker worker(String machine) {
        return vm(machine).worker;
    }

    /** The agent in a machine, which may or may not come to listen. */
    public GuestAgent agent(String machine) {
        return vm(machine).agent();
    }

    /** Injects a fault into a machine. Why that cannot be; null when it was. On the machine's thread. */
    public String inject(String machine, Fault fault) {
        return vm(machine).faults.inject(fault);
    }

    /** Types at a machine's first serial port. */
    public void type(String machine, byte[] text) {
        vm(machine).guest.chipset().uart().send(text);
    }

    /** Why a machine is over; null while it runs. */
    public StopReason end(String machine) {
        return vm(machine).end;
    }

    /** Does something to a machine, as after {@code --at}. */
    public void act(String machine, ScheduledAction.Action action, String text) {
        computer.act(vm(machine), new ScheduledAction(null, action, text, Path.of("")));
    }

    /** What a machine's screen shows, as PNG; null when it has none, or it is dark. Not from within {@link #run}, or on the machine's thread. */
    public byte[] screenshot(String machine) {
        Seat seat = Screens.seat(vm(machine));
        ScreenImage image = seat == null ? null : ScreenImage.of(seat.video());
        return image == null ? null : Png.of(image);
    }

    /** Everything in it by name, as it is now. Not from within {@link #run}. */
    public InspectTree inspect() {
        machine().settle();
        return computer.inspect();
    }

    /** The counters of {@code --stats} as they are now: JSON. */
    public byte[] statistics() throws IOException {
        return RunReport.text(machine(), computer.hypervisor(), computer.vms(), computer.disks().snapshotBytes());
    }

    /**
     * Writes a checkpoint of everything; time goes by until the machine is at rest. Not from within {@link #run}.
     *
     * @throws CheckpointException when it cannot be written, or the machine ends before it is at rest
     */
    public void checkpoint(Path folder) throws CheckpointException {
        Exception[] failed = {new CheckpointException("checkpoint " + folder + ": the machine ended before it was at rest")};
        machine().whenAtRest(() -> {
            try {
                computer.checkpoint(folder);
                failed[0] = null;
            } catch (CheckpointException | IOException e) {
                failed[0] = e;
            }
            pause();
        });
        run(Long.MAX_VALUE);
        if (failed[0] != null) {
            throw failed[0] instanceof CheckpointException c ? c : new CheckpointException(failed[0].getMessage());
        }
    }

    /** Ends traces; what is to be said of those that could not be written to their end, a sentence each. */
    public List<String> closeTraces() {
        computer.closeRecords();
        return computer.lostRecords();
    }

    /** Digest of all state. */
    public String digest() {
        return machine().digest();
    }

    /** The machines. */
    public LabConfig lab() {
        return lab;
    }

    /** Gives back memory, files, threads. */
    @Override
    public void close() {
        computer.close();
    }
}
