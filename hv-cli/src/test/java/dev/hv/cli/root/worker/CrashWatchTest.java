package dev.hv.cli.root.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.VirtualClock;
import org.junit.jupiter.api.Test;

/** When a guest that has reported a crash counts as stopped. */
class CrashWatchTest {

    private static final long SECOND = 1_000_000_000L;

    private final VirtualClock clock = VirtualClock.virtual(10_000, 2_000_000_000L, 0);
    private boolean named = true;
    private int stopped;
    private final CrashWatch watch = new CrashWatch(clock, "a", () -> named, () -> stopped++);

    private void pass(int seconds) {
        long end = clock.nanos() + seconds * SECOND;
        while (clock.nanos() < end) {
            clock.idleUntil(Math.min(end, clock.nextDeadline()));
            clock.fireDue();
        }
    }

    @Test
    void aGuestThatNeverCrashedMayDoNothingForEver() {
        pass(1000);
        assertThat(stopped).isZero();
        assertThat(watch.report()).isNull();
    }

    @Test
    void aLoopAfterTheReportIsTheEnd() {
        assertThat(watch.reported("first")).isTrue();
        assertThat(watch.reported("second")).isFalse();
        assertThat(watch.report()).isEqualTo("first");
        pass(9);
        assertThat(stopped).isZero();
        pass(2);
        assertThat(stopped).isEqualTo(1);
        pass(100);
        assertThat(stopped).isEqualTo(1);
    }

    @Test
    void whoWritesADumpGoesOn() {
        watch.reported("crash");
        for (int i = 0; i < 20; i++) {
            pass(8);
            watch.active();
        }
        assertThat(stopped).isZero();
        pass(21);
        assertThat(stopped).isEqualTo(1);
    }

    @Test
    void aKernelThatUnpacksItselfHasMoreTime() {
        watch.reported("crash");
        named = false;
        pass(115);
        assertThat(stopped).isZero();
        pass(10);
        assertThat(stopped).isEqualTo(1);
    }

    @Test
    void aSystemThatFollowsIsWatchedNoMore() {
        watch.reported("crash");
        named = false;
        pass(30);
        watch.connected();
        named = true;
        pass(10_000);
        assertThat(stopped).isZero();
        assertThat(watch.report()).as("the run remembers").isEqualTo("crash");
    }
}
