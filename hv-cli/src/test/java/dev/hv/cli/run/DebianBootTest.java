package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
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

    /** It runs the script it is given, and says its status. Linux takes entropy from the table that Hyper-V gives its guests since 6.10: then there is some in its first second. */
    @ParameterizedTest
    @CsvSource({"bookworm, 6.1., crng init done", "trixie, 6.12., '\\[ +0\\.[0-9]+] random: crng init done'"})
    void debianBootsInAChildPartition(String release, String version, String entropy, @TempDir Path temp) throws Exception {
        Path stats = temp.resolve("stats.json");
        Path script = Files.writeString(temp.resolve("run.sh"), "echo sum $((40 + 2))\ngrep -m1 -o hypervisor /proc/cpuinfo\nls /sys/firmware/acpi/tables\nexit 7\n");
        HvProcess hv = boot(release, "--stats", stats.toString(), "--guest-script", script.toString());
        assertThat(hv.out()).contains("Linux version " + version).contains("HV-GUEST-READY").contains("sum 42", "hypervisor", "OEM0", "MCFG").contains("HV-GUEST-STATUS 7").contains("reboot: Power down");
        assertThat(hv.out()).containsPattern(entropy).doesNotContain("Call Trace").doesNotContain("Kernel panic").doesNotContain("BUG:")
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

    /**
     * Four processors that use a disk and the network are in the same state on every engine at the end and at 20 instants chosen by seed.
     * A switch reaches other runs of the host, and has a run follow the host's time unless told otherwise.
     */
    @Test
    @Tag("environment")
    void enginesAgreeAtRandomLimitsWithFourProcessorsDiskAndNetwork(@TempDir Path temp) throws Exception {
        Path script = Files.writeString(temp.resolve("run.sh"), """
                for i in 1 2 3 4; do (dd if=/dev/sda of=/dev/null bs=64k; md5sum /bin/busybox) & done
                ip link set eth0 up
                ip addr add 10.0.0.1/24 dev eth0
                ping -c 5 -W 1 10.0.0.2
                wait
                """);
        String limits = new Random(9).longs(20, 200_000_000, 1_800_000_000).sorted().mapToObj(Long::toString).collect(Collectors.joining(","));
        List<List<String>> digests = new ArrayList<>();
        for (String engine : List.of("interpreter", "compiled", "auto")) {
            Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
            HvProcess hv = boot("bookworm", "--cpus", "4", "--guest-script", script.toString(), "--disk", disk.toString(), "--time", "virtual", "--net",
                    "switch:limits-" + ProcessHandle.current().pid() + ",mac=02:15:5d:00:00:01", "--digest", "--digest-at", limits, "--engine", engine);
            assertThat(hv.out()).contains("reboot: Power down");
            digests.add(hv.err().lines().filter(l -> l.startsWith("digest ")).toList());
        }
        assertThat(digests.getFirst()).hasSize(limits.split(",").length + 1);
        assertThat(digests.get(1)).isEqualTo(digests.getFirst());
        assertThat(digests.get(2)).isEqualTo(digests.getFirst());
    }

    /** AMD-V under the hypervisor: VMBus devices, two processors. */
    @Releases("trixie")
    void debianBootsInAChildPartitionOnAmdsProcessor(String release) throws Exception {
        HvProcess hv = boot(release, "--cpu", "amd", "--cpus", "2");
        assertThat(hv.out()).contains("Linux version 6.").contains("Hypervisor detected: Microsoft Hyper-V").contains("hv_vmbus: Vmbus version")
                .contains("smp: Brought up 1 node, 2 CPUs").contains("HV-GUEST-READY").contains("reboot: Power down").doesNotContain("Call Trace").doesNotContain("BUG:");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** Every feature at once: five levels of page tables, keys, MWAIT for idling, shadow stacks for programs, and in 6.12 branch tracking in the kernel. */
    @ParameterizedTest
    @CsvSource({"trixie, --bare, user_shstk", "trixie, --no-enlightenments, user_shstk"})
    void debianUsesWhatTheModelWithEverythingHas(String release, String where, String flag, @TempDir Path temp) throws Exception {
        boots(release, where, flag, temp);
    }

    @Test
    @Tag("environment")
    void soDoesAnOlderKernel(@TempDir Path temp) throws Exception {
        boots("bookworm", "--bare", "monitor", temp);
    }

    private static void boots(String release, String where, String flag, Path temp) throws Exception {
        Path script = Files.writeString(temp.resolve("run.sh"), "grep -m1 flags /proc/cpuinfo | tr ' ' '\\n' | grep -wE 'la57|ospke|%s'\ngrep -m1 'address sizes' /proc/cpuinfo\n".formatted(flag));
        HvProcess hv = boot(release, where, "--cpu", "max", "--cpus", "2", "--guest-script", script.toString());
        assertThat(hv.out()).contains("57 bits virtual", "la57", "ospke", flag).contains("HV-GUEST-STATUS 0").contains("reboot: Power down").doesNotContain("Call Trace")
                .doesNotContain("BUG:").doesNotContain("unchecked MSR access");
        if (where.equals("--bare")) {
            assertThat(hv.out()).contains("using mwait in idle threads");
        }
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
