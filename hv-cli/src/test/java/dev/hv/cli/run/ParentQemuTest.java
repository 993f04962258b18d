package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianPackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Debian sid's QEMU, as its package has it, in a parent with /dev/mshv (src/test/guests/parent): it boots Debian 6.1 with a disk and a network by virtio.
 * {@code HV_LINUX_PARENT} names the parent's kernel, which Debian does not have; {@code HV_QEMU_PACKAGES} may name a folder with the packages.
 */
@Tag("environment")
class ParentQemuTest {

    private static final List<String> PACKAGES = List.of("qemu-system-x86");
    /** 2 MiB of "h", then as much of "v". */
    private static final int HALF = 2 << 20;

    private static Path built() throws Exception {
        Path packages;
        if (System.getenv("HV_QEMU_PACKAGES") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host, so QEMU cannot be fetched");
            packages = DebianPackages.fetch("sid", Path.of("target", "guests", "parent", "packages"), PACKAGES, ".*");
        } else {
            packages = Path.of(System.getenv("HV_QEMU_PACKAGES"));
        }
        Path out = Path.of("target", "guests", "parent");
        Path guest = DebianGuests.guest("bookworm").initrd().getParent();
        Path log = Files.createTempFile("parent-build", ".txt");
        try {
            int status = new ProcessBuilder("bash", "src/test/guests/parent/build", packages.toString(), guest.toString(), out.toString()).redirectErrorStream(true)
                    .redirectOutput(log.toFile()).start().waitFor();
            assertThat(status).as(Files.readString(log)).isZero();
        } finally {
            Files.delete(log);
        }
        return out.resolve("parent.img");
    }

    @ParameterizedTest
    @CsvSource({"intel,1", "intel,2", "amd,1", "amd,2"})
    void debiansQemuBootsDebianInAParent(String cpu, String processors) throws Exception {
        Path kernel = MshvCheckTest.kernel();
        assumeTrue(Files.exists(kernel), "SKIPPED: no kernel with /dev/mshv here; HV_LINUX_PARENT names one");
        Path disk = built();
        HvProcess hv = HvProcess.run("run", "--kernel", kernel.toString(), "--initrd", DebianGuests.guest("bookworm").initrd().toString(), "--parent", "l1vh", "--cpu", cpu, "--cpus", processors,
                "--memory", "1G", "--disk", disk + ",snapshot", "--timeout", "40m", "--exec", "mkdir -p /mnt && mount -t ext4 -o ro /dev/sda /mnt && cp /mnt/boot/qemu.sh /root && umount /mnt && sh /root/qemu.sh " + processors);
        assertThat(hv.out()).as(hv.err()).contains("HV-GUEST-READY", "NESTED-PROCESSORS " + processors, "NESTED-READ 0 of " + HALF, "NESTED-WRITTEN", "NESTED-PING 2 packets transmitted, 2 packets received",
                "QEMU-STATUS 0", "PARENT-SUM " + sum());
        assertThat(hv.status()).isZero();
    }

    /** What the disk has in the end. */
    private static String sum() throws Exception {
        byte[] all = new byte[2 * HALF];
        Arrays.fill(all, 0, HALF, (byte) 'h');
        Arrays.fill(all, HALF, all.length, (byte) 'v');
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(all));
    }
}
