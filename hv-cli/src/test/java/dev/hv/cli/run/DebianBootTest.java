package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianGuest;
import dev.hv.cli.guest.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unmodified Debian kernels boot to power-off, in a child partition and on the bare machine. The run fetches the guests itself. */
class DebianBootTest {

    private static final Progress SILENT = new Progress() {
        @Override
        public void step(int done, int total, String what) {}

        @Override
        public void end() {}
    };

    private static Path guest(String release) throws Exception {
        boolean apt = Files.isExecutable(Path.of("/usr/bin/apt-get"));
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(apt, "SKIPPED: no apt-get on this host, so the Debian guests cannot be fetched");
        }
        Path folder = Path.of("target", "guests", release);
        DebianGuest.build(release, "amd64", folder, SILENT);
        return folder;
    }

    private static HvProcess boot(Path guest, String... more) throws Exception {
        String[] first = {"run", "--kernel", guest.resolve("vmlinuz").toString(), "--initrd", guest.resolve("initrd.img").toString(), "--append", "console=ttyS0",
            "--memory", "256M", "--timeout", "400s"};
        String[] all = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return HvProcess.run(all);
    }

    @ParameterizedTest
    @CsvSource({"bookworm, 6.1.", "trixie, 6.12."})
    void debianBootsInAChildPartition(String release, String version, @TempDir Path temp) throws Exception {
        Path stats = temp.resolve("stats.json");
        HvProcess hv = boot(guest(release), "--stats", stats.toString());
        assertThat(hv.out()).contains("Linux version " + version).contains("HV-GUEST-READY").contains("reboot: Power down");
        assertThat(hv.out()).doesNotContain("Call Trace").doesNotContain("Kernel panic").doesNotContain("BUG:");
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(Files.readString(stats)).contains("\"vmExits\"").contains("\"instructions\"");
    }

    @ParameterizedTest
    @CsvSource({"bookworm, 6.1.", "trixie, 6.12."})
    void debianBootsOnTheBareMachine(String release, String version) throws Exception {
        HvProcess hv = boot(guest(release), "--bare");
        assertThat(hv.out()).contains("Linux version " + version).contains("HV-GUEST-READY").contains("reboot: Power down");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @Test
    void theGuestRunsTheScriptItIsGivenAndReportsItsStatus(@TempDir Path temp) throws Exception {
        Path script = Files.writeString(temp.resolve("run.sh"), "echo sum $((40 + 2))\ngrep -m1 -o hypervisor /proc/cpuinfo\nexit 7\n");
        HvProcess hv = boot(guest("bookworm"), "--guest-script", script.toString());
        assertThat(hv.out()).contains("sum 42").contains("hypervisor").contains("HV-GUEST-STATUS 7");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
