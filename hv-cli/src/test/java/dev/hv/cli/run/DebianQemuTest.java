package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianPackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's QEMU boots a second Debian 6.1 under KVM of a first one, on the bare machine and in a child (src/test/guests/qemu). */
@Tag("environment")
class DebianQemuTest {

    /** Folder with the first Debian of a release. */
    private static Path built(String release) throws Exception {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            for (String program : new String[] {"apt-get", "qemu-system-x86_64", "cpio"}) {
                assumeTrue(HostProgram.there(program), "SKIPPED: no " + program + " on this host");
            }
        }
        Path packages = DebianPackages.fetch(release, Path.of("target", "guests", release + "-kernel"), List.of("linux-image-amd64"), "linux-image-[0-9].*");
        Path kernel;
        try (var files = Files.list(packages)) {
            kernel = files.filter(f -> f.getFileName().toString().matches("linux-image-[0-9].*\\.deb")).findFirst().orElseThrow();
        }
        Path out = Path.of("target", "guests", release + "-qemu");
        Path second = DebianGuests.guest("bookworm").path();
        HostProgram.build("src/test/guests/qemu/build", kernel, second, out);
        return out;
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
        passed(run(release, cpu, where, cpus, ""), cpus, "KVM");
    }

    private static HvProcess run(String release, String cpu, String where, String cpus, String words) throws Exception {
        Path files = built(release);
        return HvProcess.run("run", where, "--kernel", files.resolve("vmlinuz").toString(), "--initrd", files.resolve("initrd.img").toString(), "--append",
                "console=ttyS0 quiet " + words, "--memory", "1G", "--cpus", cpus, "--cpu", cpu, "--time", "virtual", "--timeout", "30m");
    }

    private static void passed(HvProcess hv, String cpus, String hypervisor) {
        List<String> lines = new ArrayList<>(hv.out().lines().map(String::strip).filter(l -> l.matches("(HV-GUEST|NESTED|SECOND)-.*")).toList());
        assertThat(lines).as(hv.out() + hv.err()).hasSize(7);
        assertThat(lines.remove(3)).matches("SECOND-DEBIAN 6\\.1\\..* on " + cpus + " processors, Hypervisor detected: " + hypervisor);
        assertThat(lines).containsExactly("HV-GUEST-READY", "NESTED-BEGIN " + cpus + " processors", "HV-GUEST-READY", "HV-GUEST-STATUS 0", "NESTED-END 0", "HV-GUEST-STATUS 0");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
