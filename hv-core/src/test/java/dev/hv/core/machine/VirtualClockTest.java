package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualClockTest {

    private final VirtualClock clock = VirtualClock.virtual(2_500, 2_000_000_000L, 1_000_000_000);
    private long instructions;

    @Test
    void instructionsMakeTheTimePass() {
        instructions = 100;
        clock.beginTurn(() -> instructions, 1);
        assertThat(clock.nanos()).isZero();
        instructions += 3;
        assertThat(clock.nanos()).as("3 × 2.5 ns, rounded down").isEqualTo(7);
        clock.endTurn();
        assertThat(clock.nanos()).isEqualTo(7);
        clock.beginTurn(() -> instructions, 1);
        instructions += 1;
        assertThat(clock.nanos()).as("the half nanosecond is not lost").isEqualTo(10);
        assertThat(clock.tsc()).isEqualTo(20);
    }

    @Test
    void processorsThatShareTheTimeCountLess() {
        clock.beginTurn(() -> instructions, 4);
        instructions = 1600;
        assertThat(clock.nanos()).isEqualTo(1000);
        assertThat(clock.instructionsUntil(2000, 1 << 20)).isEqualTo(1600);
    }

    @Test
    void turnsEndAtTheNextDeadline() {
        clock.beginTurn(() -> instructions, 1);
        assertThat(clock.instructionsUntil(Long.MAX_VALUE, 500)).isEqualTo(500);
        assertThat(clock.instructionsUntil(1000, 500)).isEqualTo(400);
        assertThat(clock.instructionsUntil(1001, 500)).as("rounded up").isEqualTo(401);
        assertThat(clock.instructionsUntil(0, 500)).as("never none").isEqualTo(1);
        assertThat(clock.instructionsUntil(-50, 500)).isEqualTo(1);
    }

    @Test
    void timersFireByDeadlineAndThenByArming() {
        List<String> fired = new ArrayList<>();
        var a = clock.timer("a", () -> fired.add("a"));
        var b = clock.timer("b", () -> fired.add("b"));
        var c = clock.timer("c", () -> fired.add("c"));
        var d = clock.timer("d", () -> fired.add("d"));
        var e = clock.timer("e", () -> fired.add("e"));
        c.arm(50);
        a.arm(20);
        b.arm(50);
        d.arm(10);
        e.arm(60);
        d.arm(50);
        e.cancel();
        assertThat(clock.nextDeadline()).isEqualTo(20);
        clock.idleUntil(20);
        clock.fireDue();
        assertThat(fired).containsExactly("a");
        assertThat(a.armed()).isFalse();
        clock.idleUntil(100);
        clock.fireDue();
        assertThat(fired).containsExactly("a", "c", "b", "d");
        assertThat(clock.nextDeadline()).isEqualTo(Long.MAX_VALUE);
        assertThat(clock.idleNanos()).isEqualTo(100);
        assertThat(clock.timersFired()).isEqualTo(4);
    }

    @Test
    void timersThatComeLateAreCounted() {
        var real = VirtualClock.real(1_000_000_000L);
        long now = real.nanos();
        real.timer("late", () -> { }).arm(now - 11_000_000);
        real.fireDue();
        assertThat(real.timersLate()).isEqualTo(1);
        var virtual = VirtualClock.virtual(1_000, 1_000_000_000L, 0);
        virtual.timer("in time", () -> { }).arm(5_000_000);
        virtual.idleUntil(5_000_000);
        virtual.fireDue();
        assertThat(virtual.timersFired()).isEqualTo(1);
        assertThat(virtual.timersLate()).isZero();
    }

    @Test
    void anActionMayArmItsTimerAgain() {
        int[] count = {0};
        Clock.Timer[] t = new Clock.Timer[1];
        t[0] = clock.timer("periodic", () -> t[0].arm(10 * (++count[0] + 1)));
        t[0].arm(10);
        clock.idleUntil(95);
        clock.fireDue();
        assertThat(count[0]).isEqualTo(9);
        assertThat(clock.nextDeadline()).isEqualTo(100);
    }

    @Test
    void restoredByTheirOwnersInAnyOrderTimersKeepTheirPlacesAmongEqualDeadlines() {
        List<String> order = new ArrayList<>();
        var a = clock.timer("a", () -> order.add("a"));
        var b = clock.timer("b", () -> order.add("b"));
        var c = clock.timer("c", () -> order.add("c"));
        b.arm(50);
        c.arm(50);
        a.arm(50);
        var other = VirtualClock.virtual(10_000, 1_000_000_000L, 0);
        RecordedState.copy(clock, other);
        var a2 = other.timer("a", () -> order.add("a"));
        var b2 = other.timer("b", () -> order.add("b"));
        var c2 = other.timer("c", () -> order.add("c"));
        var later = other.timer("later", () -> order.add("later"));
        a2.arm(1);
        RecordedState.copy(a, a2);
        RecordedState.copy(b, b2);
        RecordedState.copy(c, c2);
        other.restored();
        later.arm(50);
        other.idleUntil(60);
        other.fireDue();
        assertThat(order).containsExactly("b", "c", "a", "later");
    }

    @Test
    void anEarlierDeadlineIsReported() {
        int[] reports = {0};
        clock.onEarlier(() -> reports[0]++);
        var a = clock.timer("a", () -> {});
        var b = clock.timer("b", () -> {});
        a.arm(100);
        b.arm(100);
        b.arm(200);
        assertThat(reports[0]).isEqualTo(1);
        b.arm(99);
        assertThat(reports[0]).isEqualTo(2);
    }

    @Test
    void ticksAreExactForLongTimes() {
        long year = 365L * 86_400 * 1_000_000_000L;
        assertThat(Ticks.after(year, 3_579_545)).isEqualTo(365L * 86_400 * 3_579_545);
        assertThat(Ticks.after(year + 999_999_999, 2_000_000_000L)).isEqualTo(2 * (year + 999_999_999));
        assertThat(Ticks.nanos(1, 3_579_545)).isEqualTo(280);
        assertThat(Ticks.nanos(2_000_000_001L, 2_000_000_000L)).isEqualTo(1_000_000_001L);
    }

    @Test
    void manyTimersKeepTheirOrder() {
        List<Integer> fired = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        var random = new java.util.Random(5);
        record Armed(long deadline, int id) {}
        List<Armed> armed = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int id = i;
            long deadline = random.nextInt(40);
            clock.timer("t" + i, () -> fired.add(id)).arm(deadline);
            armed.add(new Armed(deadline, i));
        }
        armed.stream().sorted(java.util.Comparator.comparingLong(Armed::deadline)).forEach(x -> expected.add(x.id()));
        clock.idleUntil(40);
        clock.fireDue();
        assertThat(fired).isEqualTo(expected);
    }
}
