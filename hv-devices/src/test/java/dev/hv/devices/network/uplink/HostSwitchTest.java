package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Outside;
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
        return HostSwitch.join(folder.resolve("switch"), m.network, Outside.live(m.actions::add));
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

    /** Has another process hold the lock; the test's thread is the machine's and must not wait for it. */
    private Process holdLock() throws Exception {
        Process p = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"),
                LockHolder.class.getName(), folder.resolve("switch.lock").toString()).start();
        assertThat(p.inputReader().readLine()).isEqualTo("held");
        return p;
    }

    @Test
    void joiningDoesNotWaitForAnotherProcess() throws Exception {
        Process holder = holdLock();
        try (var a = join(first); var b = join(second)) {
            assertThat(a).isNotSameAs(b);
            assertThat(folder.resolve("switch")).doesNotExist();
            holder.getOutputStream().close();
            linked(second, first, 1);
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void takingThePlaceOfOneThatEndsDoesNotWaitForAnotherProcess() throws Exception {
        HostSwitch a = join(first);
        Process holder = null;
        try (var b = join(second); var c = join(third)) {
            linked(second, first, 1);
            linked(third, first, 2);
            holder = holdLock();
            // nothing is under way but that the first one ends
            for (TestMachine m : new TestMachine[] {second, third}) {
                m.runUntil(m.actions::isEmpty);
            }
            int before = second.ran;
            a.close();
            second.runUntil(() -> second.ran > before);
            assertThat(b).isNotSameAs(c);
            holder.getOutputStream().close();
            linked(second, third, 3);
        } finally {
            if (holder != null) {
                holder.destroyForcibly();
            }
        }
    }

    @Test
    void oneThatWaitsCanBeClosed() throws Exception {
        Process holder = holdLock();
        join(first).close();
        holder.getOutputStream().close();
        assertThat(holder.waitFor()).isZero();
        try (var b = join(second); var c = join(third)) {
            assertThat(b).isNotSameAs(c);
            linked(second, third, 1);
            assertThat(first.received).isEmpty();
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
