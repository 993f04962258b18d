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
import org.junit.jupiter.api.Timeout;

/** The host's work for a guest, cut into turns. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostWorkTest {

    private static final long SECOND = 1_000_000_000L;

    private final SystemMemory memory = new SystemMemory(1 << 20);
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void free() {
        memory.close();
    }

    /** A guest that computes, and asks for work of the host once: after its first instruction. */
    private class Guest implements LogicalProcessor {
        final Machine machine;
        final Cpu cpu;
        final HostWork work;
        long left;
        long done;
        long retired;
        private boolean ended;

        /** A guest on a machine whose work has so many pieces, endlessly many when negative. */
        Guest(Machine machine, long pieces) {
            this.machine = machine;
            cpu = new Cpu(0, CpuModel.intelDefault(), machine.bus());
            left = pieces;
            work = machine.work(this::serve);
            machine.add(this);
        }

        private void serve() {
            work.begin();
            while (left != 0 && work.another()) {
                left--;
                done++;
            }
            if (left != 0) {
                work.later();
            }
            work.end();
        }

        @Override
        public TurnEnd run(long max) {
            ended = false;
            boolean first = retired == 0;
            retired++;
            if (first) {
                serve();
            }
            retired += ended ? 0 : max - 1;
            log.add(retired + " " + done);
            return TurnEnd.BUDGET;
        }

        @Override
        public Cpu cpu() {
            return cpu;
        }

        @Override
        public void endTurn() {
            ended = true;
        }

        @Override
        public String describe() {
            return "";
        }

        @Override
        public long instructions() {
            return retired;
        }

        @Override
        public void save(StateWriter out) {}

        @Override
        public void restore(StateReader in) {}
    }

    private Machine machine(VirtualClock clock) {
        return new Machine(new SystemBus(memory), clock);
    }

    @Test
    void inVirtualTimeTurnsAreCountedInPiecesAndTheGuestRunsBetweenThem() {
        Machine machine = machine(VirtualClock.virtual(1_000, SECOND, 0));
        var guest = new Guest(machine, 3L * WorkTurns.PIECES - 10);
        machine.run(new RunLimits(Long.MAX_VALUE, 10_000));
        assertThat(log).startsWith("1 " + WorkTurns.PIECES, "2001 " + 2 * WorkTurns.PIECES, "10000 " + (3 * WorkTurns.PIECES - 10));
        assertThat(guest.left).isZero();
    }

    @Test
    void workWithoutEndLeavesTimersTheirTurn() {
        VirtualClock clock = VirtualClock.virtual(1_000, SECOND, 0);
        Machine machine = machine(clock);
        new Guest(machine, -1);
        clock.timer("end", machine::powerOff).arm(100_000);
        assertThat(machine.run(RunLimits.NONE).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(clock.nanos()).isEqualTo(100_000);
    }

    @Test
    void aTimeLimitEndsAStretchThatAsks() {
        Machine machine = machine(VirtualClock.virtual(1_000, SECOND, 0));
        var guest = new Guest(machine, -1);
        long limit = machine.clock().hostNanos() + SECOND / 5;
        assertThat(machine.run(new RunLimits(limit, Long.MAX_VALUE)).kind()).isEqualTo(Kind.TIME_LIMIT);
        assertThat(guest.work.another()).as("over").isFalse();
    }

    @Test
    void aTimeLimitIsHeardWithinATurn() {
        VirtualClock clock = VirtualClock.virtual(1_000, SECOND, 0);
        Machine machine = machine(clock);
        new Guest(machine, 0) {
            @Override
            public TurnEnd run(long max) {
                // a turn that would not end: as a processor does, it looks at requests
                while (cpu.requests == 0) {
                    Thread.onSpinWait();
                }
                cpu.takeRequests();
                return TurnEnd.BUDGET;
            }
        };
        assertThat(machine.run(new RunLimits(clock.hostNanos() + SECOND / 5, Long.MAX_VALUE)).kind()).isEqualTo(Kind.TIME_LIMIT);
    }

    @Test
    void inRealTimeTurnsAreCountedInTimeOfTheHost() {
        VirtualClock clock = VirtualClock.real(SECOND);
        Machine machine = machine(clock);
        var guest = new Guest(machine, -1);
        clock.timer("end", machine::powerOff).arm(clock.nanos() + SECOND / 5);
        assertThat(machine.run(RunLimits.NONE).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(log.size()).as("turns of the guest beside the work").isGreaterThan(2);
        assertThat(guest.done).isGreaterThan(WorkTurns.PIECES);
    }

    @Test
    void whoPostsWithoutEndDoesNotKeepTheMachineFromItsLimits() {
        Machine machine = machine(VirtualClock.virtual(1_000, SECOND, 0));
        new Guest(machine, 0);
        machine.post(new Runnable() {
            @Override
            public void run() {
                machine.post(this);
            }
        });
        assertThat(machine.run(new RunLimits(Long.MAX_VALUE, 10_000)).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
    }
}
