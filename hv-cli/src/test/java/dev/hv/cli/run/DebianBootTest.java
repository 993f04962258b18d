package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unmodified Debian kernels boot to power-off, in a child partition and on the bare machine. The run fetches the guests itself. */
class DebianBootTest {

    private static HvProcess boot(String release, String... more) throws Exception {
        return HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "", null, more));
    }

    @ParameterizedTest
    @CsvSource({"bookworm, 6.1.", "trixie, 6.12."})
    void debianBootsInAChildPartition(String release, String version, @TempDir Path temp) throws Exception {
        Path stats = temp.resolve("stats.json");
        HvProcess hv = boot(release, "--stats", stats.toString());
        assertThat(hv.out()).contains("Linux version " + version).contains("HV-GUEST-READY").contains("reboot: Power down");
        assertThat(hv.out()).contains("crng init done").doesNotContain("Call Trace").doesNotContain("Kernel panic").doesNotContain("BUG:")
                .doesNotContain("fail to add MMCONFIG");
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(Files.readString(stats)).contains("\"vmExits\"").contains("\"instructions\"");
    }

    @ParameterizedTest
    @CsvSource({"bookworm, 6.1.", "trixie, 6.12."})
    void debianBootsOnTheBareMachine(String release, String version) throws Exception {
        HvProcess hv = boot(release, "--bare");
        assertThat(hv.out()).contains("Linux version " + version).contains("HV-GUEST-READY").contains("reboot: Power down").contains("crng init done")
                .doesNotContain("fail to add MMCONFIG");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"bookworm", "trixie"})
    @Tag("environment")
    void debianEndsInTheSameStateOnAllEngines(String release) throws Exception {
        String interpreted = boot(release, "--engine", "interpreter", "--digest").err();
        assertThat(interpreted).containsPattern("digest [0-9a-f]{64}");
        assertThat(boot(release, "--digest").err()).isEqualTo(interpreted);
        assertThat(boot(release, "--engine", "compiled", "--digest").err()).isEqualTo(interpreted);
    }

    /** Linux takes it from the table that Hyper-V gives its guests since 6.10. */
    @Test
    void theGuestHasEntropyInItsFirstSecond(@TempDir Path temp) throws Exception {
        Path script = Files.writeString(temp.resolve("run.sh"), "dmesg | grep 'crng init done'\nls /sys/firmware/acpi/tables\n");
        HvProcess hv = boot("trixie", "--guest-script", script.toString());
        assertThat(hv.out()).containsPattern("\\[ +0\\.[0-9]+] random: crng init done").contains("OEM0").contains("MCFG");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @Test
    void theGuestRunsTheScriptItIsGivenAndReportsItsStatus(@TempDir Path temp) throws Exception {
        Path script = Files.writeString(temp.resolve("run.sh"), "echo sum $((40 + 2))\ngrep -m1 -o hypervisor /proc/cpuinfo\nexit 7\n");
        HvProcess hv = boot("bookworm", "--guest-script", script.toString());
        assertThat(hv.out()).contains("sum 42").contains("hypervisor").contains("HV-GUEST-STATUS 7");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @Test
    void aKernelOf32BitsFindsTheSameHypervisorAndDevices(@TempDir Path temp) throws Exception {
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest("bookworm", "i386"), "", DebianGuests.script("wide32.sh", temp), "--cpus", "2",
                "--disk", disk.toString(), "--net", "switch:wide32-" + ProcessHandle.current().pid()));
        DebianGuests.allOk(hv, 7);
        assertThat(hv.out()).contains("Hypervisor detected: Microsoft Hyper-V").contains("reboot: Power down").doesNotContain("Call Trace");
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(Files.readAllBytes(disk)).startsWith("hello guest".getBytes(StandardCharsets.US_ASCII)).endsWith(new byte[] {'e', 'n', 'd'});
    }
}
