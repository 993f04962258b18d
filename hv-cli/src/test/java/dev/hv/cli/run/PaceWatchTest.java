package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.VirtualClock;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Guests in real time that do not keep up get one line with the remedy. */
class PaceWatchTest {

    @TempDir
    private Path temp;

    @Test
    void mostTimersHaveToBeLateAndThereHaveToBeSome() {
        assertThat(PaceWatch.mostlyLate(1000, 501)).isTrue();
        assertThat(PaceWatch.mostlyLate(1000, 500)).isFalse();
        assertThat(PaceWatch.mostlyLate(150, 150)).isFalse();
    }

    @Test
    @Timeout(60)
    void aWindowOfLateTimersIsNoticedAndOneOfTimersInTimeIsNot() {
        List<String> noticed = new ArrayList<>();
        var clock = VirtualClock.real(1_000_000_000L);
        new PaceWatch(clock, 1_000_000, noticed::add);
        // too few to say anything
        for (int i = 0; i < 100; i++) {
            clock.timer("late", () -> { }).arm(clock.nanos() - 20_000_000);
        }
        while (clock.nanos() < 50_000_000) {
            clock.fireDue();
        }
        assertThat(noticed).isEmpty();
        // again and again: a host that is busy elsewhere may let a window end between two of them
        while (noticed.isEmpty()) {
            for (int i = 0; i < 300; i++) {
                clock.timer("late", () -> { }).arm(clock.nanos() - 20_000_000);
            }
            clock.fireDue();
        }
        assertThat(noticed).containsExactly("its timers come late");
    }

    @Test
    void aConsolePassesUnchangedAndIsNoticedOnce() throws Exception {
        List<String> noticed = new ArrayList<>();
        var out = new ByteArrayOutputStream();
        var console = new PaceWatch(VirtualClock.real(1_000_000_000L), noticed::add).watching(out);
        String text = "a soft lock\nup is none\n" + "x".repeat(5000) + "\n[ 30.1] watchdog: BUG: soft lockup - CPU#3 stuck for 22s!\r\n"
                + "rcu: INFO: rcu_preempt self-detected stall on CPU\n";
        int half = text.indexOf("lockup");
        console.write(text.substring(0, half).getBytes(StandardCharsets.US_ASCII));
        assertThat(noticed).isEmpty();
        for (char c : text.substring(half).toCharArray()) {
            console.write(c);
        }
        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo(text);
        assertThat(noticed).containsExactly("it says 'soft lockup'");
    }

    @Test
    void theUserIsToldTheRemedyInRealTimeAndNothingInVirtualTime() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "watchdog: BUG: soft lockup - CPU#0 stuck for 26s!\nwatchdog: BUG: soft lockup\n", SmallGuest.Then.SPIN);
        String[] run = {"run", "--multiboot", guest.toString(), "--memory", "16M", "--cpus", "2", "--max-instructions", "5M", "--time", "real"};
        String said = HvProcess.run(run).err();
        assertThat(said.lines().filter(l -> l.contains("does not keep up")).toList()).as(said).singleElement().asString()
                .startsWith("hv: the guest does not keep up with the host's clock (it says 'soft lockup')").contains("--time virtual", "--cpus", "--parallel");
        run[run.length - 1] = "virtual";
        assertThat(HvProcess.run(run).err()).doesNotContain("keep up");
    }
}
