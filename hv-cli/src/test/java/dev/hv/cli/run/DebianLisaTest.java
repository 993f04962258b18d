package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Microsoft's tests for Linux guests ask of a host and no other test here does; docs/lisa.md has the list. */
@Tag("environment")
class DebianLisaTest {

    @TempDir
    private Path temp;

    private HvProcess run(String release, String script, String... more) throws Exception {
        return HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script(script, temp), more));
    }

    /** Channels, clocks, processors that go and come, channels that wander, MTUs, promiscuous mode, multicast, links. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void coreAndNetwork(String release) throws Exception {
        String net = "switch:" + temp.getFileName();
        HvProcess hv = run(release, "lisa.sh", "--time", "virtual", "--cpus", "4", "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 8).toString(), "--net", net, "--net", net);
        DebianGuests.allOk(hv, 16);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void driversAreLoadedHundredTimes(String release) throws Exception {
        HvProcess hv = run(release, "lisa-reload.sh", "--time", "virtual", "--cpus", "2", "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 8).toString(), "--net", "switch:" + temp.getFileName());
        DebianGuests.allOk(hv, 4);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** Suspended to idle (s2idle), and woken by the alarm of the real-time clock as an event of ACPI's. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void aGuestSleepsUntilItsAlarm(String release) throws Exception {
        HvProcess hv = run(release, "lisa-idle.sh", "--time", "virtual", "--cpus", "2", "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 8).toString(), "--net", "switch:" + temp.getFileName());
        DebianGuests.allOk(hv, 5);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** {@code fstrim} in the guest makes the host's file shorter again. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void aTrimmedDiskShrinks(String release) throws Exception {
        Path disk = temp.resolve("disk.vhdx");
        assertThat(HvProcess.run("disk", "create", disk.toString(), "--size", "64M", "--block-size", "1M").status()).isZero();
        DebianGuests.allOk(run(release, "lisa-fill.sh", "--time", "virtual", "--disk", disk.toString()), 2);
        assertThat(Files.size(disk)).isGreaterThan(28L << 20);
        DebianGuests.allOk(run(release, "lisa-trim.sh", "--time", "virtual", "--disk", disk.toString()), 5);
        assertThat(Files.size(disk)).isLessThan(10L << 20);
    }
}
