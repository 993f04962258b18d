package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianPackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's QEMU boots a second Debian 6.1 under KVM of a first one, on the bare machine and in a child (src/test/guests/qemu). */
@Tag("environment")
class DebianQemuTest {

    @TempDir
    Path folder;

    private static void needs(String... programs) {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            for (String program : programs) {
                assumeTrue(HostProgram.there(program), "SKIPPED: no " + program + " on this host");
            }
        }
    }

    /** The package of a release's kernel, with KVM. */
    static Path kernel(String release) throws Exception {
        needs("apt-get", "cpio");
        Path packages = DebianPackages.fetch(release, Path.of("target", "guests", release + "-kernel"), List.of("linux-image-amd64"), "linux-image-[0-9].*");
        try (var files = Files.list(packages)) {
            return files.filter(f -> f.getFileName().toString().matches("linux-image-[0-9].*\\.deb")).findFirst().orElseThrow();
        }
    }

    /** Folder with the first Debian of a release. */
    private static Path built(String release) throws Exception {
        needs("qemu-system-x86_64");
        Path out = Path.of("target", "guests", release + "-qemu");
        Path second = DebianGuests.guest("bookworm").path();
        HostProgram.build("src/test/guests/qemu/build", kernel(release), second, out);
        return out;
    }

    /** KVM enters its guests by the enlightened VMCS and tells when its MSR bitmap is the same; its guest finds Hyper-V, too. */
    @Test
    void linuxUsesTheEnlightenedVmcsInAChild() throws Exception {
        Path stats = folder.resolve("stats.json");
        HvProcess hv = run("trixie", "intel", "--nested", "2", "hyperv", "--stats", stats.toString());
        passed(hv, "2", "Microsoft Hyper-V");
        assertThat(hv.out()).contains("Using Hyper-V Enlightened VMCS");
        String counted = Files.readString(stats);
        long entries = number(counted, "enlightenedEntries");
        assertThat(entries).isGreaterThan(10_000);
        assertThat(number(counted, "unchangedMsrBitmaps")).isBetween(entries / 2, entries);
    }

    private static long number(String statistics, String name) {
        Matcher m = Pattern.compile("\"" + name + "\" : ([0-9]+)").matcher(statistics);
        assertThat(m.find()).as(statistics).isTrue();
        return Long.parseLong(m.group(1));
    }

    /** KVM with AMD's virtualised APIC, whose interrupts, doorbells and registers are carried out for it. */
    @Test
    void aSecondDebianHasAVirtualisedApicInAChild() throws Exception {
        HvProcess hv = run("trixie", "amd", "--nested", "2", "avic");
        passed(hv, "2", "KVM");
        assertThat(hv.out()).contains("AVIC enabled");
    }

    @ParameterizedTest
    @CsvSource({
        "bookworm, intel, --bare, 2", "bookworm, amd, --bare, 2", "trixie, intel, --bare, 2", "trixie, amd, --bare, 2",
        "trixie, intel, --nested, 2", "trixie, amd, --nested, 2", "bookworm, intel, --nested, 1", "bookworm, amd, --nested, 1"
    })
    void aSecondDebianRunsUnderKvm(String release, String cpu, String where, String cpus) throws Exception {
        HvProcess hv = run(release, cpu, where, cpus, "");
        passed(hv, cpus, "KVM");
    }

    private static HvProcess run(String release, String cpu, String where, String cpus, String words, String... options) throws Exception {
        Path files = built(release);
        List<String> arguments = new ArrayList<>(List.of("run", where, "--kernel", files.resolve("vmlinuz").toString(), "--initrd", files.resolve("initrd.img").toString(),
                "--append", "console=ttyS0 quiet " + words, "--memory", "1G", "--cpus", cpus, "--cpu", cpu, "--time", "virtual", "--timeout", "30m"));
        arguments.addAll(List.of(options));
        return HvProcess.run(arguments.toArray(String[]::new));
    }

    private static void passed(HvProcess hv, String cpus, String hypervisor) {
        List<String> lines = new ArrayList<>(hv.out().lines().map(String::strip).filter(l -> l.matches("(HV-GUEST|NESTED|SECOND)-.*")).toList());
        assertThat(lines).as(hv.out() + hv.err()).hasSize(7);
        assertThat(lines.remove(3)).matches("SECOND-DEBIAN 6\\.1\\..* on " + cpus + " processors, Hypervisor detected: " + hypervisor);
        assertThat(lines).containsExactly("HV-GUEST-READY", "NESTED-BEGIN " + cpus + " processors", "HV-GUEST-READY", "HV-GUEST-STATUS 0", "NESTED-END 0", "HV-GUEST-STATUS 0");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
