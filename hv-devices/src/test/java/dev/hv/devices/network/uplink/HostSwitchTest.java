package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HostSwitchTest {

    @TempDir
    private Path folder;
    private final TestMachine first = new TestMachine(1);
    private final TestMachine second = new TestMachine(2);
    private final TestMachine third = new TestMachine(3);

    private HostSwitch join(TestMachine m) throws Exception {
        return HostSwitch.join(folder.resolve("switch"), m.network, m.actions::add);
    }

    /** A link is up when a frame has come over it: earlier ones may still be under way. */
    private void linked(TestMachine from, TestMachine to, int mark) throws InterruptedException {
        while (to.received.stream().noneMatch(f -> f[14] == mark)) {
            from.broadcast(mark);
            for (TestMachine m : new TestMachine[] {first, second, third}) {
                m.runUntil(m.actions::isEmpty);
            }
            Thread.sleep(5);
        }
    }

    @Test
    void framesCrossBetweenThreeProcesses() throws Exception {
        try (var a = join(first); var b = join(second); var c = join(third)) {
            assertThat(a).isNotSameAs(b);
            linked(second, first, 1);
            linked(third, first, 2);
            linked(first, second, 3);
            linked(third, second, 4);
            assertThat(c).isNotNull();
        }
    }

    @Test
    void whenTheListeningOneEndsAnotherTakesItsPlace() throws Exception {
        HostSwitch a = join(first);
        try (var b = join(second)) {
            linked(second, first, 1);
            a.close();
            second.runUntil(() -> Files.exists(folder.resolve("switch")) && second.actions.isEmpty());
            try (var c = join(third)) {
                linked(third, second, 2);
                linked(second, third, 3);
                assertThat(b).isNotSameAs(c);
            }
        }
    }
}
