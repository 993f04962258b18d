package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tests of rust-vmm's crate mshv-ioctls in a parent; {@code HV_MSHV_IOCTLS} names the program that cargo built of them (docs/parent.md says how). */
@Tag("environment")
class MshvIoctlsTest {

    /** Of the 42 tests for this architecture four are ignored by the crate itself, and one needs an ioctl that Linux hasn't: 33 use the device, three need no hypervisor, and one is meant for ARM. */
    private static final int PASSING = 37;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"l1vh,intel,1", "l1vh,intel,4", "l1vh,amd,1", "l1vh,amd,4", "root,intel,1", "root,intel,4", "root,amd,4"})
    void rustVmmsTestsPassInAParent(String parent, String cpu, String processors) throws Exception {
        String program = System.getenv("HV_MSHV_IOCTLS");
        assumeTrue(program != null, "SKIPPED: HV_MSHV_IOCTLS names no program of rust-vmm's tests");
        GuestFolder guest = DebianGuests.parent();
        assumeTrue(guest != null, "SKIPPED: no kernel with /dev/mshv here; HV_LINUX_PARENT names one");
        // ten megabytes over a root's serial port take a quarter of an hour: it has a disk
        byte[] bytes = Files.readAllBytes(Path.of(program));
        Path disk = Files.write(temp.resolve("program.img"), Arrays.copyOf(bytes, bytes.length + 511 & -512));
        List<String> way = parent.equals("root") ? List.of("--disk", disk + ",ro,bus=nvme") : List.of("--put", Path.of(program) + ":/root/mshv-ioctls");
        String fetch = parent.equals("root") ? "head -c " + bytes.length + " /dev/nvme0n1 > /root/mshv-ioctls; chmod +x /root/mshv-ioctls; " : "";
        List<String> words = new ArrayList<>(List.of("run", "--parent", parent, "--cpu", cpu, "--cpus", processors, "--memory", "1G", "--kernel", guest.kernel().toString(), "--initrd", guest.initrd().toString(), "--timeout", DebianGuests.LONGEST,
                "--exec", fetch + "/root/mshv-ioctls --test-threads " + processors + " 2>&1"));
        words.addAll(way);
        HvProcess hv = HvProcess.run(words.toArray(String[]::new));
        List<String> results = hv.out().lines().filter(l -> l.matches("test .* \\.\\.\\. .*")).toList();
        assertThat(results.stream().filter(l -> l.endsWith("... ok"))).as(hv.out() + hv.err()).hasSize(PASSING);
        assertThat(results.stream().filter(l -> l.endsWith("... FAILED"))).as(hv.out()).containsExactly("test ioctls::device::tests::test_create_device ... FAILED");
    }
}
