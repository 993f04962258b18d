package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Hyper-V programs of kvm-unit-tests, unmodified, in an enlightened child. They are built elsewhere: the environment variable
 * HV_KVM_UNIT_TESTS names the folder in which {@code make} was run.
 */
class KvmUnitTestsTest {

    /** What the programs leave by the debug exit port when all is well: (0 << 1) | 1. */
    private static final int PASSED = 1;

    /** Without the folder there is nothing to test, and nothing to report as skipped. */
    static List<Arguments> programs() {
        return System.getenv("HV_KVM_UNIT_TESTS") == null ? List.of() : List.of(
                Arguments.of("hyperv_synic", 2, "", 1), Arguments.of("hyperv_synic", 4, "", 1),
                Arguments.of("hyperv_connections", 2, "", 7), Arguments.of("hyperv_connections", 5, "", 7),
                Arguments.of("hyperv_stimer", 2, "", 12), Arguments.of("hyperv_stimer", 2, "direct", 8),
                Arguments.of("hyperv_clock", 4, "", 3));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("programs")
    void aProgramPasses(String program, int processors, String arguments, int tests) throws Exception {
        String folder = System.getenv("HV_KVM_UNIT_TESTS");
        HvProcess hv = HvProcess.run("run", "--multiboot", Path.of(folder, "x86", program + ".flat").toString(), "--append", arguments,
                "--test-devices", "--cpus", Integer.toString(processors), "--timeout", "300s");
        assertThat(hv.out()).contains("SUMMARY: %d tests".formatted(tests)).doesNotContain("FAIL").doesNotContain("SKIP");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }
}
