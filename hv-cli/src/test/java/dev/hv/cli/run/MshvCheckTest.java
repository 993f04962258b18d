package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hv.cli.guest.GuestFolder;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A Linux with /dev/mshv as a parent, as "hv guest linux-parent" builds it: its mshv-check (src/main/guests/mshv-check) makes partitions and runs code in them. Without a kernel that has the device there are no
 * tests here, and a line says so ({@link DebianGuests#parent}).
 */
class MshvCheckTest {

    @TestFactory
    Stream<DynamicTest> partitionsAreMadeAndRun() throws Exception {
        GuestFolder parent = DebianGuests.parent();
        return parent == null ? Stream.empty() : Stream.of("intel", "amd").map(cpu -> dynamicTest(cpu, () -> check(parent, cpu)));
    }

    private static void check(GuestFolder parent, String cpu) throws Exception {
        HvProcess hv = HvProcess.run("run", "--kernel", parent.kernel().toString(), "--initrd", parent.initrd().toString(), "--parent", "l1vh", "--cpu", cpu, "--memory", "256M", "--timeout", "500s",
                "--exec", "mshv-check; status=$?; dmesg | grep mshv; exit $status");
        assertThat(hv.out()).contains("Hypervisor using core scheduler", "PASS partitions come and go").doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.out() + hv.err()).isZero();
    }
}
