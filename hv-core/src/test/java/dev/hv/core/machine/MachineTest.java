package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.StopReason.Kind;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MachineTest {

    private final SystemMemory memory = new SystemMemory(1 << 20);
    private final VirtualClock clock = VirtualClock.virtual(1_000, 1_000_000_000L, 0);
    private final Machine machine = new Machine(new SystemBus(memory), clock);
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void free() {
        memory.close();
    }

    /** Runs for a number of instructions, then idles until it is given more. */
    private final class Worker implements LogicalProcessor {
        final Cpu cpu = new Cpu(0, CpuModel.intelDefault(), machine.bus());
        final String name;
        long work;
        long done;
        long left;
        boolean asked;
        long breakAt = -1;
        Runnable atBreak;
        boolean dies;
        boolean paused;

        Worker(String name, long work) {
            this.name = name;
            this.work = work;
            machine.add(this);
        }

        @Override
        public TurnEnd run(long max) {
            asked = false;
            long n = Math.min(max, work);
            if (breakAt >= done && breakAt < done + n) {
                n = breakAt - done;
                breakAt = -1;
                done += n;
                work -= n;
                atBreak.run();
                if (paused) {
                    paused = false;
                    left = max - n;
                    log.add(name + " paused");
                    return TurnEnd.PAUSED;
                }
                log.add(name + (asked ? " asked" : " not asked"));
                return TurnEnd.BUDGET;
            }
            if (n > 0) {
                log.add(name + " " + n);
            }
            done += n;
            work -= n;
            return work == 0 ? dies ? TurnEnd.SHUTDOWN : TurnEnd.IDLE : TurnEnd.BUDGET;
        }

        @Override
        public Cpu cpu() {
            return cpu;
        }

        @Override
        public void endTurn() {
            asked = true;
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public TurnEnd resume() {
            return run(left);
        }

        @Override
        public String describe() {
            return name + " died";
        }

        @Override
        public long instructions() {
            return done;
        }

        @Override
        public void save(StateWriter out) {
            out.begin(name, 1);
            out.put(done);
            out.end();
        }

        @Override
        public void restore(StateReader in) {
            in.begin(name);
            done = in.take();
            in.end();
        }
    }

    @Test
    void idleTimeIsSkippedToTheNextTimer() {
        Worker w = new Worker("w", 30);
        clock.timer("more", () -> w.work = 5).arm(1_000_000_000L);
        clock.timer("end", machine::powerOff).arm(3_000_000_000L);
        assertThat(machine.run(RunLimits.NONE)).isEqualTo(StopReason.of(Kind.POWER_OFF));
        assertThat(log).containsExactly("w 30", "w 5");
        assertThat(clock.nanos()).isEqualTo(3_000_000_000L);
        assertThat(machine.statistics().idleNanos()).isEqualTo(3_000_000_000L - 35);
    }

    @Test
    void turnsStopExactlyAtTimers() {
        Worker w = new Worker("w", 1000);
        clock.timer("t", () -> log.add("tick " + clock.nanos())).arm(300);
        clock.timer("end", machine::powerOff).arm(700);
        machine.run(RunLimits.NONE);
        assertThat(log).containsExactly("w 300", "tick 300", "w 400");
        assertThat(w.work).isEqualTo(300);
    }

    @Test
    void aTimerArmedWithinATurnEndsIt() {
        Worker w = new Worker("w", 1000);
        w.breakAt = 100;
        w.atBreak = () -> clock.timer("t", machine::powerOff).arm(150);
        machine.run(RunLimits.NONE);
        assertThat(log).containsExactly("w asked", "w 50");
    }

    @Test
    void aLookEndsNoTurn() {
        Worker a = new Worker("a", 5000);
        new Worker("b", 3000);
        clock.watched().timer("look", () -> log.add("seen " + clock.seenNanos())).arm(3000);
        a.breakAt = 100;
        a.atBreak = () -> clock.watched().timer("look", () -> log.add("look " + clock.seenNanos())).arm(clock.seenNanos());
        clock.timer("end", machine::powerOff).arm(1_000_000);
        machine.run(RunLimits.NONE);
        // the same turns as without
        assertThat(log).containsExactly("a paused", "look 100", "a 1900", "b 2000", "seen 4000", "a 2000", "b 1000", "a 1000");
    }

    @Test
    void anIdleMachineIsLookedAtInTime() {
        Worker w = new Worker("w", 30);
        clock.timer("more", () -> w.work = 5).arm(1_000_000_000L);
        clock.timer("end", machine::powerOff).arm(3_000_000_000L);
        Clock watched = clock.watched();
        Clock.Timer[] again = new Clock.Timer[1];
        again[0] = watched.timer("look", () -> {
            log.add("look " + watched.nanos());
            again[0].arm(watched.nanos() + 1_500_000_000L);
        });
        again[0].arm(500_000_000L);
        machine.run(RunLimits.NONE);
        assertThat(log).containsExactly("w 30", "look 500000000", "w 5", "look 2000000000");
        assertThat(machine.statistics().idleNanos()).isEqualTo(3_000_000_000L - 35);
    }

    @Test
    void aLookEndsTheWaitOfAMachineWithoutTimers() {
        new Worker("w", 30);
        clock.watched().timer("look", machine::powerOff).arm(1_000);
        assertThat(machine.run(RunLimits.NONE)).isEqualTo(StopReason.of(Kind.POWER_OFF));
        assertThat(clock.nanos()).isEqualTo(1_000);
    }

    @Test
    void processorsTakeEqualTurns() {
        Worker a = new Worker("a", 5000);
        Worker b = new Worker("b", 3000);
        clock.timer("end", machine::powerOff).arm(1_000_000);
        machine.run(RunLimits.NONE);
        assertThat(log).containsExactly("a 2000", "b 2000", "a 2000", "b 1000", "a 1000");
        assertThat(a.done + b.done).isEqualTo(8000);
    }

    @Test
    void limitsEndTheRun() {
        new Worker("w", 1_000_000_000L);
        assertThat(machine.run(new RunLimits(Long.MAX_VALUE, 1_234_567)).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(machine.instructions()).isEqualTo(1_234_567);
        assertThat(machine.run(new RunLimits(0, Long.MAX_VALUE)).kind()).isEqualTo(Kind.TIME_LIMIT);
        assertThat(machine.instructions()).isEqualTo(1_234_567);
    }

    @Test
    void theFirstReasonCounts() {
        Worker w = new Worker("w", 10);
        w.breakAt = 5;
        w.atBreak = () -> {
            machine.debugExit(7);
            machine.reset();
        };
        assertThat(machine.run(RunLimits.NONE)).isEqualTo(new StopReason(Kind.DEBUG_EXIT, 7, ""));
    }

    @Test
    void shutdownOfAProcessorIsACrashWithItsRegisters() {
        Worker w = new Worker("w", 10);
        w.dies = true;
        assertThat(machine.run(RunLimits.NONE)).isEqualTo(new StopReason(Kind.CRASH, 0, "w died"));
    }

    @Test
    void postedWorkWakesAMachineWithoutTimers() throws InterruptedException {
        new Worker("w", 10);
        Thread host = new Thread(() -> machine.post(() -> {
            log.add("posted");
            machine.powerOff();
        }));
        machine.post(host::start);
        assertThat(machine.run(RunLimits.NONE).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(log).contains("posted");
        host.join();
    }

    @Test
    void equalRunsHaveEqualDigests() {
        String digest = digestOfARun(5_000, 300, 7);
        assertThat(digestOfARun(5_000, 300, 7)).isEqualTo(digest);
        assertThat(digestOfARun(5_001, 300, 7)).as("an instruction more").isNotEqualTo(digest);
        assertThat(digestOfARun(5_000, 301, 7)).as("a timer later").isNotEqualTo(digest);
        assertThat(digestOfARun(5_000, 300, 8)).as("another value in memory").isNotEqualTo(digest);
    }

    /** Two processors and a timer that writes the time and a value into memory, once, and is armed again for long after the end. */
    private static String digestOfARun(long instructions, long period, int value) {
        var m = new MachineTest();
        try {
            m.new Worker("a", 1_000_000);
            m.new Worker("b", 1_000);
            Clock.Timer[] t = new Clock.Timer[1];
            t[0] = m.clock.timer("tick", () -> {
                m.memory.write(0x100, 8, m.clock.nanos());
                m.memory.write(0x108, 1, value);
                t[0].arm(1_000_000);
            });
            t[0].arm(period);
            assertThat(m.machine.run(new RunLimits(Long.MAX_VALUE, instructions)).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
            assertThat(m.memory.read(0x100, 8)).as("the timer has fired").isNotZero();
            return m.machine.digest();
        } finally {
            m.free();
        }
    }

    @Test
    void whoLooksAtAMachineAtRestSeesNoTimerDueAndChangesNothing() {
        new Worker("w", 1_000);
        List<String> digests = new ArrayList<>();
        clock.timer("other", () -> log.add("other")).arm(400);
        clock.timer("look", () -> machine.whenAtRest(() -> {
            log.add("look at " + clock.nanos());
            digests.add(machine.digest());
            digests.add(machine.digest());
        })).arm(400);
        clock.timer("last", () -> log.add("last")).arm(400);
        clock.timer("end", machine::powerOff).arm(2_000);
        machine.run(RunLimits.NONE);
        assertThat(log).containsSubsequence("other", "last", "look at 400");
        assertThat(digests.get(1)).isEqualTo(digests.get(0));
    }
}
