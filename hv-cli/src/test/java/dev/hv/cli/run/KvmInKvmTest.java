package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** KVM in KVM: tests of kvm-unit-tests for hypervisors in a machine of Debian's KVM, itself in a child. HV_KVM_UNIT_TESTS names the suite's folder. */
@Tag("environment")
class KvmInKvmTest {

    @TempDir
    Path folder;

    static List<Arguments> programs() {
        return System.getenv("HV_KVM_UNIT_TESTS") == null ? List.of() : List.of(
                Arguments.of("intel", "vmx", "null vmenter preemption* control* CR* I/O* instruction* interrupt nmi_hlt debug* MSR* vmmcall disable* invalid_msr v2_* fixture_* "
                        + "invvpid_test vmentry_* vmx_ldtr_test vmx_cr_load_test vmx_mtf* vmx_nmi_window_test vmx_intr_window_test", 1334, 2),
                Arguments.of("amd", "svm", "null vmrun ioio next_rip mode_switch asid_zero tsc_adjust svm_cr4_osxsave_test", 10, 0));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("programs")
    void aHypervisorsTestsPassInAMachineOfKvmInAChild(String cpu, String program, String tests, int count, int skipped) throws Exception {
        Path image = Path.of(System.getenv("HV_KVM_UNIT_TESTS"), "x86", program + ".flat");
        HostProgram.build("src/test/guests/kvm/build", DebianQemuTest.kernel("trixie"), image, tests, folder);
        HvProcess hv = HvProcess.run("run", "--nested", "--cpu", cpu, "--kernel", folder.resolve("vmlinuz").toString(), "--initrd", folder.resolve("initrd.img").toString(),
                "--append", "console=ttyS0 nokaslr", "--memory", "512M", "--time", "virtual", "--timeout", "30m");
        assertThat(hv.out()).as(hv.err()).contains("SUMMARY: %d tests".formatted(count) + (skipped == 0 ? "" : ", %d skipped".formatted(skipped)), "CLIENT: exit 1")
                .doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
