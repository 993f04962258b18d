package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.junit.HvLab;
import dev.hv.cli.junit.HvTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is asked of a Debian guest that has booted: each test starts from a fork of the one boot that is made for all of them. */
@HvTest(DebianGuests.BOOTED)
class DebianForksTest {

    @BeforeAll
    static void guest() throws Exception {
        DebianGuests.booted();
    }

    /** Integration components: the date is set right after it jumped, pairs go both ways, the guest shuts down when it is asked to. */
    @Test
    void theHostSetsTheClockExchangesPairsAndShutsTheGuestDown(HvLab lab) {
        assertThat(lab.run("dmesg")).contains("Shutdown IC version 3.2", "TimeSync IC version 4.0", "Heartbeat IC version 3.0");
        lab.run("date -s '2031-01-01 00:00:00'");
        assertThat(lab.run("date +%Y")).isEqualTo("2031\n");
        lab.step("do: sync-time");
        lab.step("{run: 'until [ $(date +%Y) = 2023 ]; do sleep 0.2; done', timeout: 30s}");
        lab.run("mkdir -p /var/lib/hyperv; hv_kvp_daemon");
        lab.step("{kvp: greeting, set: guten Tag}");
        lab.step("{run: 'until grep -q greeting /var/lib/hyperv/.kvp_pool_0; do sleep 0.2; done', timeout: 30s}");
        lab.step("do: shutdown");
        lab.step("ends: power-off");
        assertThat(lab.console()).contains("reboot: Power down");
    }

    /** The guest is at its end, and nothing else is: the next test's is as fresh as ever. */
    @Test
    void aGuestThatForksWithoutEndFailsItsOwnTestOnly(HvLab lab) {
        assertThatThrownBy(() -> lab.step("{run: 'f() { f | f & }; f; sleep 100', timeout: 2s}")).isInstanceOf(AssertionError.class).hasMessageContaining("run f() { f | f & }");
    }

    @Test
    void aProgramThatPrintsGigabytesIsStopped(HvLab lab) {
        assertThatThrownBy(() -> lab.run("yes | head -c 9000000000")).isInstanceOf(AssertionError.class).hasMessageContaining("the program prints more than ");
        // the console has the same, and keeps the last of it
        assertThatThrownBy(() -> lab.step("{run: 'yes > /dev/ttyS0', timeout: 500ms}")).isInstanceOf(AssertionError.class);
        assertThat(lab.console().length()).isBetween(100, 1 << 20);
    }
}
