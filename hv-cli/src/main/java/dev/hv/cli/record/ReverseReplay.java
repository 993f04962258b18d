package dev.hv.cli.record;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Consoles;
import dev.hv.cli.console.Messages;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.cli.debug.GdbListener;
import dev.hv.cli.debug.GdbServer;
import dev.hv.cli.debug.MonitorCommands;
import dev.hv.cli.debug.ReverseControl;
import dev.hv.cli.debug.Standstill;
import dev.hv.cli.debug.Travel;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.RunResult;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.HostDebug.Stop;
import dev.hv.cpu.state.Instants;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * A replay under a debugger that goes forward and back. Forward it is a replay like others. To go back, the machine is given up and built anew from the last waypoint before the instant that is wanted,
 * and repeats the run up to there: the recording and the debugger's connection are all that stays.
 */
public final class ReverseReplay implements ReverseControl, AutoCloseable {

    private final Recording recording;
    private final Replayer.Until until;
    private final Path fromFolder;
    private final Function<Replayer, RunSettings> settings;
    private final GdbListener listener;
    private final Waypoints waypoints = new Waypoints();
    /** Of the machines, in their order, by their names. */
    private final Map<String, RepeatedConsole> consoles = new LinkedHashMap<>();
    /** Name of the machine that the debugger sees. */
    private final String debugged;
    private Replayer replayer;
    private GdbServer server;
    private Machine machine;
    private List<HostDebug> debugs = List.of();
    private Instants instants;
    /** What this machine is for; null while it is the debugger's. */
    private Journey journey;
    /** Where this machine began. */
    private long began;
    private long first = -1;
    /** The last stop that was found on the way; null for none. */
    private Arrival found;
    private long foundAt;

    /**
     * A replay that has not begun. The calling thread is the machine's.
     *
     * @param fromFolder a checkpoint of the run to begin with; null for its beginning
     * @param settings how each of its machines is run
     * @param where a port of the loopback or {@code unix:PATH}
     * @param name of the machine that the debugger sees; null for the only one
     * @throws UsageException when the files of the run are not what they were, or there is no place for a debugger
     */
    public ReverseReplay(Recording recording, Replayer.Until until, Path fromFolder, Function<Replayer, RunSettings> settings, String where, String name) {
        this.recording = recording;
        this.until = until;
        this.fromFolder = fromFolder;
        this.settings = settings;
        replayer = new Replayer(recording, until, fromFolder);
        List<String> names = replayer.lab().machines().stream().map(VmConfig::name).toList();
        if (name == null && names.size() > 1 || name != null && !names.contains(name)) {
            throw new UsageException((name == null ? "--gdb " + where + ": say --machine NAME and which: " : "--machine " + name + ": not in the recording, which has ") + String.join(", ", names));
        }
        debugged = name == null ? names.getFirst() : name;
        listener = GdbListener.open(where);
        try {
            for (VmConfig vm : replayer.lab().machines()) {
                // what was typed is in the recording
                consoles.put(vm.name(), vm.serial().equals("stdio") ? RepeatedConsole.on(System.out, names.size() > 1 ? vm.name() : null)
                        : new RepeatedConsole(Consoles.open(vm.serial(), false, Long.MAX_VALUE)));
            }
            Messages.say("waiting for a debugger: target remote " + listener.address());
        } catch (IOException e) {
            listener.close();
            throw new UsageException("--gdb " + where + ": " + e.getMessage());
        }
    }

    /**
     * Runs until the debugger lets go of the run and that has ended. It has diverged when the result is null.
     *
     * @throws UsageException when the machine cannot be built on this host
     */
    public RunResult run() {
        while (true) {
            try {
                return replayer.repeat(settings.apply(replayer), new Leg(replayer));
            } catch (Travel t) {
                replayer.close();
                Waypoint from = waypoints.before(journey instanceof Journey.Go ? journey.to() : journey.to() - 1);
                replayer = new Replayer(recording, until, fromFolder, from);
            } catch (ReplayDivergence e) {
                replayer.diverged(e);
                return null;
            }
        }
    }

    /** The replay as it is now. */
    public Replayer replayer() {
        return replayer;
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        listener.close();
        consoles.values().forEach(RepeatedConsole::close);
        waypoints.close();
    }

    // ---- the debugger's ----------------------------------------------------------------------------------------------------

    @Override
    public void attached(List<HostDebug> all) {
        debugs = all;
        instants = new Instants(all.size(), machine::instructions);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).count(instants, i);
        }
        began = machine.instructions();
        if (first < 0) {
            first = began;
        }
        found = null;
        if (journey != null) {
            instants.stopAt(journey.to());
        }
    }

    @Override
    public boolean travels() {
        return journey != null;
    }

    @Override
    public long instant() {
        return machine.instructions();
    }

    @Override
    public long first() {
        return first;
    }

    @Override
    public void goTo(int processor, long instant) {
        long to = Math.max(first, instant);
        travel(new Journey.Go(to, new Arrival(processor, Stop.INSTANT, 0, Edge.NONE, "at instant " + to + "\n")));
    }

    @Override
    public void stepBack(int processor) {
        long ran = debugs.get(processor).ranTo();
        if (ran > first) {
            travel(stepTo(ran - 1, processor));
        }
        travel(began > first ? new Journey.LastStep(began, processor) : Journey.Go.begin(first, processor));
    }

    private static Journey stepTo(long instant, int processor) {
        return new Journey.Go(instant, Arrival.of(processor, Stop.INSTANT, 0));
    }

    @Override
    public void continueBack(int processor) {
        long now = instant();
        travel(now > first ? new Journey.LastStop(now, now, processor) : Journey.Go.begin(first, processor));
    }

    private void travel(Journey to) {
        journey = to;
        throw new Travel();
    }

    @Override
    public Arrival met(int processor, Stop why, long address) {
        switch (journey) {
            case null -> {
                consoles.values().forEach(RepeatedConsole::flush);
                return Arrival.of(processor, why, address);
            }
            case Journey.Go go -> {
                if (why != Stop.INSTANT) {
                    return null;
                }
                journey = null;
                consoles.values().forEach(RepeatedConsole::flush);
                return go.arrival();
            }
            case Journey.LastStop search -> {
                if (why != Stop.INSTANT) {
                    note(search, processor, why, address);
                    return null;
                }
                debugs.forEach(HostDebug::tellHit);
                if (found != null) {
                    travel(new Journey.Go(foundAt, found));
                }
                travel(began > first ? new Journey.LastStop(began, search.before(), search.processor()) : Journey.Go.begin(first, search.processor()));
            }
            case Journey.LastStep search -> {
                if (why != Stop.INSTANT) {
                    return null;
                }
                long ran = debugs.get(search.processor()).ranTo();
                if (ran > first) {
                    travel(stepTo(ran - 1, search.processor()));
                }
                travel(began > first ? new Journey.LastStep(began, search.processor()) : Journey.Go.begin(first, search.processor()));
            }
        }
        return null;
    }

    /** A stop on the way: of data it is told just before the instruction that touches it, so that the value from before is seen. */
    private void note(Journey.LastStop search, int processor, Stop why, long address) {
        long at = why == Stop.BREAKPOINT ? instant() : debugs.get(processor).ranTo() - 1;
        if (at < search.before() && at >= first && (found == null || at >= foundAt)) {
            found = Arrival.of(processor, why, address);
            foundAt = at;
        }
    }

    // ---- a machine of it ---------------------------------------------------------------------------------------------------

    /** A machine that repeats the run, until the debugger goes elsewhere. */
    private final class Leg implements RunWitness {
        private final Replayer replay;
        private Checkpoints checkpoints;

        Leg(Replayer replay) {
            this.replay = replay;
            replay.onRest(this::rest);
        }

        @Override
        public Journal journal() {
            return replay.journal();
        }

        @Override
        public IntConsumer console(VmConfig vm) {
            return consoles.get(vm.name());
        }

        @Override
        public String debugged() {
            return debugged;
        }

        @Override
        public long first(Machine m) {
            return replay.first(m);
        }

        @Override
        public void begun(Machine m, Checkpoints taker) {
            checkpoints = taker;
            Waypoint from = replay.waypoint();
            int i = 0;
            for (RepeatedConsole c : consoles.values()) {
                c.goOn(from == null ? 0 : from.printed()[i++]);
            }
            replay.begun(m, taker);
        }

        @Override
        public void ready(Machine m, DebugTarget target, BooleanSupplier over) {
            machine = m;
            var still = new Standstill(m.clock(), target::standStill, over);
            if (server == null) {
                server = new GdbServer(listener, m, still, target, ReverseReplay.this, MonitorCommands.NONE);
                still.hold();
            } else {
                server.attach(m, still, target);
            }
        }

        private void rest(Machine m) {
            long target = journey == null ? Long.MAX_VALUE : journey.to();
            if (m.instructions() > began && waypoints.wanted(m.instructions(), target) && m.mark().open() == replay.open() && checkpoints.possible()) {
                m.whenAtRest(() -> {
                    Position position = replay.position(m);
                    // where the run is over nothing goes on
                    if (position != null && m.stopped() == null) {
                        waypoints.take(m, checkpoints, position, target, consoles.values().stream().mapToLong(RepeatedConsole::printed).toArray());
                    }
                });
            }
        }

        @Override
        public void stopped(Machine m) {
            // the machine may end before the instant where it was to stop, or right there
            server.standAtEnd(journey == null ? null : met(0, Stop.INSTANT, 0));
            if (server.killed()) {
                replay.cutShort();
            }
            replay.stopped(m);
        }

        @Override
        public Optional<String> ended(Machine m, List<EndedVm> ended, String digest) {
            return replay.ended(m, ended, digest);
        }
    }
}
