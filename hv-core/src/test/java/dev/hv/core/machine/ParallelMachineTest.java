package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

@Timeout(60)
class ParallelMachineTest {

    private static final RunLimits PATIENT = new RunLimits(50_000_000_000L, Long.MAX_VALUE);

    private final SystemMemory memory = new SystemMemory(1 << 20);
    private final VirtualClock clock = VirtualClock.real(1_000_000_000L);
    private final Machine machine = new Machine(new SystemBus(memory), clock, true);
    private final List<Spinner> spinners = new ArrayList<>();

    @AfterEach
    void free() {
        memory.close();
    }

    /** Stays in guest code until it is asked to return, and counts what it did with the lock held. */
    private final class Spinner implements LogicalProcessor {
        final Cpu cpu = new Cpu(spinners.size(), CpuModel.intelDefault(), machine.bus());
        MachineLock.Seat seat;
        volatile boolean spinning;
        boolean fails;
        boolean idles;

        Spinner() {
            machine.add(this);
            spinners.add(this);
        }

        @Override
        public void connect(MachineLock.Seat newSeat) {
            seat = newSeat;
        }

        @Override
        public TurnEnd run(long max) {
            if (fails) {
                throw new IllegalArgumentException("broken");
            }
            if (idles) {
                return TurnEnd.IDLE;
            }
            seat.clearKick();
            seat.enterGuest();
            spinning = true;
            while (cpu.requests == 0) {
                Thread.onSpinWait();
            }
            spinning = false;
            cpu.takeRequests();
            seat.leaveGuest();
            return TurnEnd.BUDGET;
        }

        @Override
        public void endTurn() {
            seat.kick();
        }

        @Override
        public Cpu cpu() {
            return cpu;
        }

        @Override
        public String describe() {
            return "";
        }

        @Override
        public long instructions() {
            return 0;
        }

        @Override
        public void save(StateWriter out) {}

        @Override
        public void restore(StateReader in) {}
    }

    @Test
    void timersAndPostedWorkComeWhileAllProcessorsAreInGuestCode() {
        new Spinner();
        new Spinner();
        List<String> log = new ArrayList<>();
        clock.timer("stop", () -> {
            log.add("timer");
            machine.powerOff();
        }).arm(clock.nanos() + 20_000_000);
        machine.post(() -> log.add("posted"));
        assertThat(machine.run(PATIENT).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(log).containsExactly("posted", "timer");
    }

    @Test
    void whoHoldsTheLockCanHaveAllProcessorsLeaveGuestCode() {
        var a = new Spinner();
        var b = new Spinner();
        List<Boolean> seen = new ArrayList<>();
        clock.timer("look", () -> {
            a.seat.pauseAll();
            seen.add(a.spinning);
            seen.add(b.spinning);
            machine.powerOff();
        }).arm(clock.nanos() + 20_000_000);
        assertThat(machine.run(PATIENT).kind()).isEqualTo(Kind.POWER_OFF);
        assertThat(seen).containsExactly(false, false);
    }

    @Test
    void aProcessorThatFailsEndsTheRunWithItsReason() {
        new Spinner();
        new Spinner().fails = true;
        assertThatThrownBy(() -> machine.run(PATIENT)).hasRootCauseMessage("broken");
    }

    @Test
    void theMachineIsIdleWhileAllProcessorsAre() {
        new Spinner().idles = true;
        var b = new Spinner();
        clock.timer("stop", machine::powerOff).arm(clock.nanos() + 50_000_000);
        machine.run(PATIENT);
        assertThat(machine.statistics().idleNanos()).isZero();
        b.idles = true;
        long before = clock.nanos();
        clock.timer("stop again", machine::powerOff).arm(before + 50_000_000);
        machine.run(PATIENT);
        // threads start and end within the time
        assertThat(machine.statistics().idleNanos()).isBetween(1_000_000L, clock.nanos() - before);
    }

    @Test
    void virtualTimeIsRefused() {
        var virtual = VirtualClock.virtual(1_000, 1_000_000_000L, 0);
        assertThatThrownBy(() -> new Machine(new SystemBus(memory), virtual, true)).isInstanceOf(IllegalArgumentException.class);
    }
}
