package dev.hv.cli.run;

import dev.hv.cli.agent.HostAgent;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.root.machine.ConsoleOutput;
import dev.hv.cli.root.machine.GuestMachine;
import dev.hv.cli.root.worker.SyntheticDevices;
import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.screen.InputGate;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.devices.socket.uplink.UnixSockets;
import dev.hv.vmbus.Vmbus;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** A virtual machine while it runs, and why it ended. */
final class RunningVm implements Saveable {

    private static final int VERSION = 3;

    final VmConfig config;
    final HostConsole host;
    final ConsoleOutput console;
    /** Where the guest's serial port sends to: the console, and who else wants to know. */
    final ConsoleTap serial;
    /** What it boots on; set once that is built. */
    GuestMachine guest;
    private HostAgent agent;
    /** What goes wrong with it, when somebody wants that; set once it is built. */
    FaultInjector faults;
    /** Who runs it; null on the bare machine. */
    Worker worker;
    /** Its providers; null when it has none. */
    SyntheticDevices devices;
    /** What its sockets are bridged to; null without. */
    UnixSockets sockets;
    /** Where people at its screen, keyboard and mouse come in; null without those. */
    InputGate input;
    /** Its bus; null when it has none. */
    Vmbus bus;
    /** Its network adapters. */
    final Adapters adapters = new Adapters(this);
    /** Its disks, in the order in which they came. */
    final List<RunDisk> disks = new ArrayList<>();
    /** Files that were asked for and could not be written. */
    final List<String> unwritten = new ArrayList<>();
    /** Why it ended; null while it runs. */
    StopReason end;
    /** What is done to it at its times; set once it is built. */
    Schedule schedule;

    private final Clock clock;
    private final Clock.Timer restart;
    private Runnable restarted = () -> { };
    /** How often it was started again. */
    private int boots;

    /** Why its console could not be written any more; null while it can. Set on any thread. */
    private volatile IOException outputLost;

    /**
     * A disk that it has.
     *
     * @param number its number among the SCSI disks, or its place on another bus
     */
    record RunDisk(int number, DiskConfig config, ExchangedDisk disk) {}

    /**
     * A machine that has not begun.
     *
     * @param output where its console's text goes
     * @param alone whether it is the only one
     */
    RunningVm(VmConfig config, HostConsole host, OutputStream output, VirtualClock clock, boolean alone) {
        this.config = config;
        this.host = host;
        console = new ConsoleOutput(output, clock.watched(), alone);
        serial = new ConsoleTap(console);
        this.clock = clock;
        restart = clock.timer("restart " + config.name(), () -> restarted.run());
    }

    /** The agent in it, which may or may not come to be. What it boots on is there by now. */
    HostAgent agent() {
        if (agent == null) {
            agent = new HostAgent(clock, worker == null ? null : worker.sockets(), guest.chipset().secondUart()::send);
            guest.chipset().secondSerial(agent::received);
        }
        return agent;
    }

    /** It has ended. */
    void ended(StopReason why) {
        end = why;
        agent().end(switch (why.kind()) {
            case POWER_OFF -> "the guest powered off";
            case RESET -> "the guest reset itself";
            case CRASH -> "the guest crashed";
            default -> "the guest has ended";
        });
    }

    /** Sets what starts it again. */
    void onRestart(Runnable action) {
        restarted = action;
    }

    /** It was reset: it is started again between two turns, before anything else of it happens. */
    void restartSoon() {
        restart.arm(clock.nanos());
    }

    /** It is started again. */
    void countBoot() {
        boots++;
        agent().reset();
    }

    /** How often it was started again. */
    int boots() {
        return boots;
    }

    /** Its console cannot be written any more. */
    void outputLost(IOException why) {
        outputLost = why;
    }

    /**
     * Why it ended: what it did last, even if its last words were lost; else the reason of the run. After a report of a crash any end is one.
     *
     * @param ofTheRun why the machine stopped
     */
    StopReason reason(StopReason ofTheRun) {
        StopReason own = end != null ? end : worker == null || ofTheRun == null ? ofTheRun : worker.afterCrash(ofTheRun);
        IOException lost = outputLost;
        if (lost == null || own != null && (own.kind() == StopReason.Kind.CRASH || own.kind() == StopReason.Kind.INTERNAL_ERROR)) {
            return own;
        }
        String where = config.serial().equals("stdio") ? "standard output" : "serial " + config.serial();
        return new StopReason(StopReason.Kind.OUTPUT_LOST, 0, where + " cannot be written any more (" + lost.getMessage() + ")");
    }

    /**
     * Its description as it is now: with the disks that it has, and the addresses that its adapters were given.
     *
     * @throws CheckpointException when adapters were added or taken away
     */
    VmConfig described() throws CheckpointException {
        List<NetworkConfig> networks = new ArrayList<>();
        if (!adapters.asAtFirst(config.networks().size())) {
            throw new CheckpointException("machine %s has other network adapters than it began with: no checkpoint can be made of it".formatted(config.name()));
        }
        for (int i = 0; i < config.networks().size(); i++) {
            NetworkConfig n = config.networks().get(i);
            networks.add(n.withAddress(adapters.get(i).address().value()));
        }
        return new VmConfig(config.name(), config.boot(), config.memory(), config.cpus(), config.rights(), config.testDevices(), config.serial(), config.sockets(),
                disks.stream().map(RunDisk::config).toList(), networks, config.actions()).withIommu(config.iommu()).withScreen(config.screen());
    }

    /** Lets go of everything of the host. */
    void close() {
        closeConsole(0);
        if (sockets != null) {
            sockets.close();
        }
        if (devices != null) {
            devices.close();
        }
        if (guest != null) {
            guest.ideDisks().close();
            if (guest.pciDisks() != null) {
                guest.pciDisks().close();
            }
            if (guest.pciAdapters() != null) {
                guest.pciAdapters().close();
            }
            guest.diskThreads().close();
        }
    }

    /**
     * Hands on what has been printed and lets go of the host's end.
     *
     * @param nanos how long the host's end may take at most, in its time
     */
    void closeConsole(long nanos) {
        console.finish(nanos);
        host.close();
    }

    /** Why it ended, if it has; how often it was started again, and whether it is to be. */
    @Override
    public void save(StateWriter out) {
        out.begin("end", VERSION);
        out.put("boots", boots);
        restart.save(out);
        agent().save(out);
        out.put("end-present", end != null);
        if (end != null) {
            out.put("kind", end.kind().name());
            out.put("end", end.value());
            out.put("detail", end.detail());
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("end", VERSION);
        boots = (int) in.take();
        restart.restore(in);
        agent().restore(in);
        end = in.takeBoolean() ? new StopReason(StopReason.Kind.valueOf(in.takeText()), (int) in.take(), in.takeText()) : null;
        in.end();
    }
}
