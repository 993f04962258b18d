package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.Initrd;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian boots again and again while its disk and its network are in use. */
class DebianRebootTest {

    private static final int CHECKS = 4;

    @TempDir
    private Path temp;

    @Test
    void aGuestThatResetsItselfFindsItsDiskAndItsNetworkAgain() throws Exception {
        reboots("bookworm", "sysrq", "", 1);
    }

    @Tag("environment")
    @ParameterizedTest
    @CsvSource({"bookworm, force, ''", "trixie, force, ''", "bookworm, acpi, reboot=a", "trixie, acpi, reboot=a", "bookworm, sysrq, ''", "trixie, sysrq, ''",
        "bookworm, kexec, ''", "trixie, kexec, ''"})
    void fiveTimesInARow(String release, String way, String append) throws Exception {
        reboots(release, way, append, 5);
    }

    /** A boot behind kexec takes some five times the instructions of one behind a reset: the running kernel makes the next one ready and checks it. */
    private void reboots(String release, String way, String append, int times) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        boolean kexec = way.equals("kexec");
        Path script = DebianGuests.script("reboot.sh", temp);
        // an archive that the next kernel can be given whole: script and program are part of it
        var archive = new ByteArrayOutputStream();
        archive.write(Files.readAllBytes(guest.initrd()));
        archive.write(new Initrd().directory("etc").directory("etc/hv").file("etc/hv/kexec", true, resource("kexec"))
                .file("etc/hv/run.sh", true, Files.readAllBytes(script)).finish());
        Path initrd = Files.write(temp.resolve("initrd.img"), padded(archive.toByteArray()));
        Path kernel = Files.write(temp.resolve("kernel.img"), padded(Files.readAllBytes(guest.kernel())));
        HvProcess hv = HvProcess.run("run", "--kernel", guest.kernel().toString(), "--initrd", initrd.toString(), "--append",
                "console=ttyS0 quiet way=%s boots=%d %s".formatted(way, times, append), "--memory", kexec ? "384M" : "256M", "--timeout", kexec ? "2400s" : "1200s", "--time", "virtual",
                "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4).toString(), "--disk", DebianGuests.disk(temp.resolve("count.img"), "0", 1).toString(),
                "--disk", kernel + ",ro", "--disk", initrd + ",ro", "--net", "switch:reboot-" + ProcessHandle.current().pid());
        DebianGuests.allOk(hv, (times + 1) * CHECKS + times);
        assertThat(hv.out().lines().map(String::strip).filter(l -> l.startsWith("BOOT "))).hasSize(times + 1).endsWith("BOOT " + times);
        assertThat(hv.out()).contains("HV-GUEST-STATUS 0");
        assertThat(hv.err().lines().filter(l -> l.contains("boots again"))).hasSize(kexec ? 0 : times);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(new String(Files.readAllBytes(temp.resolve("disk.img")), 0, 11, StandardCharsets.US_ASCII)).isEqualTo("hello guest");
    }

    /** Whole sectors: what is behind an archive or a kernel is not looked at. */
    private static byte[] padded(byte[] file) {
        return Arrays.copyOf(file, file.length + 511 & ~511);
    }

    private static byte[] resource(String name) throws Exception {
        try (var in = DebianRebootTest.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        }
    }
}
