package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Linux with /dev/mshv as a parent: mshv-check (src/main/guests/mshv-check) has it make partitions and run code in them. Debian has no such kernel: the file is what
 * {@code HV_LINUX_PARENT} names, or one that lies where the project keeps it; without one there are no tests here, and a line says so.
 */
class MshvCheckTest {

    private static final Path KEPT = Path.of("..", "..", "shared", "guests", "linux-parent", "vmlinuz");

    @TempDir
    Path folder;

    /** The kernel, which may not be there. */
    static Path kernel() {
        String named = System.getenv("HV_LINUX_PARENT");
        return named == null ? KEPT : Path.of(named);
    }

    @TestFactory
    Stream<DynamicTest> partitionsAreMadeAndRun() {
        if (!Files.exists(kernel())) {
            System.err.println("MshvCheckTest: no kernel with /dev/mshv here (HV_LINUX_PARENT names one): nothing is tested");
            return Stream.empty();
        }
        return Stream.of("intel", "amd").map(cpu -> dynamicTest(cpu, () -> check(cpu)));
    }

    private void check(String cpu) throws Exception {
        Path program = folder.resolve("mshv-check");
        try (var in = MshvCheckTest.class.getResourceAsStream("/guest/mshv-check")) {
            Files.copy(in, program, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(program.toFile().setExecutable(true)).isTrue();
        GuestFolder debian = DebianGuests.guest("bookworm");
        HvProcess hv = HvProcess.run("run", "--kernel", kernel().toString(), "--initrd", debian.initrd().toString(), "--parent", "l1vh", "--cpu", cpu, "--memory", "256M", "--timeout", "500s",
                "--put", program + ":/root/mshv-check", "--exec", "/root/mshv-check; status=$?; dmesg | grep mshv; exit $status");
        assertThat(hv.out()).contains("Hypervisor using core scheduler", "PASS partitions come and go").doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.out() + hv.err()).isZero();
    }
}
