package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tests of rust-vmm's crate mshv-ioctls in a parent; {@code HV_MSHV_IOCTLS} names the program that cargo built of them (docs/parent.md says how). */
@Tag("environment")
class MshvIoctlsTest {

    /** Of the 42 tests for this architecture four are ignored by the crate itself, and one needs an ioctl that Linux hasn't: 33 use the device, three need no hypervisor, and one is meant for ARM. */
    private static final int PASSING = 37;

    @ParameterizedTest
    @CsvSource({"l1vh,intel,1", "l1vh,intel,4", "l1vh,amd,1", "l1vh,amd,4"})
    void rustVmmsTestsPassInAParent(String parent, String cpu, String processors) throws Exception {
        String program = System.getenv("HV_MSHV_IOCTLS");
        assumeTrue(program != null, "SKIPPED: HV_MSHV_IOCTLS names no program of rust-vmm's tests");
        GuestFolder guest = DebianGuests.parent();
        assumeTrue(guest != null, "SKIPPED: no kernel with /dev/mshv here; HV_LINUX_PARENT names one");
        HvProcess hv = HvProcess.run("run", "--parent", parent, "--cpu", cpu, "--cpus", processors, "--memory", "1G", "--kernel", guest.kernel().toString(), "--initrd", guest.initrd().toString(), "--timeout", "500s",
                "--put", Path.of(program) + ":/root/mshv-ioctls", "--exec", "/root/mshv-ioctls --test-threads " + processors + " 2>&1");
        List<String> results = hv.out().lines().filter(l -> l.matches("test .* \\.\\.\\. .*")).toList();
        assertThat(results.stream().filter(l -> l.endsWith("... ok"))).as(hv.out() + hv.err()).hasSize(PASSING);
        assertThat(results.stream().filter(l -> l.endsWith("... FAILED"))).as(hv.out()).containsExactly("test ioctls::device::tests::test_create_device ... FAILED");
    }
}
