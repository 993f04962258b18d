package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.KvmUnitTestRow.Result.Ends;
import dev.hv.cli.run.KvmUnitTestRow.Result.Left;
import dev.hv.cli.run.KvmUnitTestRow.Result.Passes;
import dev.hv.cli.run.KvmUnitTestRow.Result.Skips;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs of kvm-unit-tests, unmodified, as {@link KvmUnitTestRows} lists them for both vendors' models, and some of vmx.flat's by name. They are
 * built elsewhere: the environment variable HV_KVM_UNIT_TESTS names the folder in which {@code make} was run.
 */
class KvmUnitTestsTest {

    /** What the programs leave by the debug exit port when all is well: (0 << 1) | 1. */
    private static final int PASSED = 1;
    /** A program that finds nothing to test: all is skipped. */
    private static final int SKIPPED = 77;
    private static final int LIMIT_REACHED = 4;
    private static final String LIMIT = "300s";
    private static final String LONG_LIMIT = "3600s";
    /** What neither VT-x nor the processor has, in the words of vmx.flat. */
    private static final Pattern ABSENT = Pattern.compile("LAM is not supported|BNDCFGS|CET state");
    private static final boolean BARE = true;
    private static final boolean CHILD = false;

    @TempDir
    Path folder;

    /** Without the folder there is nothing to test, and nothing to report as skipped. */
    private static List<Arguments> given(Arguments... programs) {
        return System.getenv("HV_KVM_UNIT_TESTS") == null ? List.of() : List.of(programs);
    }

    /** Each row of seconds on each vendor's model of which it says something. */
    static List<Arguments> rows() {
        return rows(false);
    }

    static List<Arguments> longRows() {
        return rows(true);
    }

    private static List<Arguments> rows(boolean slow) {
        List<Arguments> all = new ArrayList<>();
        for (KvmUnitTestRow row : KvmUnitTestRows.all()) {
            for (String model : new String[] {"intel", "amd"}) {
                if (row.slow() == slow && !(row.on(model) instanceof Left)) {
                    all.add(Arguments.of(row, model));
                }
            }
        }
        return given(all.toArray(Arguments[]::new));
    }

    /** What no vendor's model has, on the one that has all features: program, processors, tests, and how many of these it skips. */
    static List<Arguments> featurePrograms() {
        return given(Arguments.of("pku", 1, 7, 0), Arguments.of("pks", 1, 7, 0), Arguments.of("la57", 1, 56, 4), Arguments.of("lam", 1, 47, 0), Arguments.of("cet", 2, 4, 0));
    }

    /**
     * Tests of vmx.flat, by name, and on how many processors. Those of the APIC and of signals leave a processor in a
     * state that others do not expect; vmx_db_test counts as failures that two things work of which it expects otherwise.
     */
    static List<Arguments> vmxPrograms() {
        return given(
                Arguments.of("null vmenter preemption* control* CR* I/O* instruction* EPT* PML interrupt nmi_hlt debug* MSR* vmmcall disable* invalid_msr", 2),
                Arguments.of("v2_* fixture_* vmx_host_state_area_test vmx_guest_state_area_test invvpid_test vmentry_* vmx_ldtr_test vmx_cr_load_test vmx_cr4_osxsave_test vmx_no_nm_test vmx_mtf* "
                        + "vmx_nmi_window_test vmx_intr_window_test vmx_pending_event* vmx_store_tsc_test vmx_preemption* atomic_switch_max_msrs_test "
                        + "rdtsc_vmexit_diff_test vmx_pae_test vmx_pse_test vmx_exception_test vmx_canonical_test", 1),
                Arguments.of("vmx_controls_test", 1),
                Arguments.of("apic_reg_virt_test virt_x2apic_mode_test vmx_basic_vid_test vmx_eoi_virt_test", 1),
                Arguments.of("vmx_posted_interrupts_test vmx_eoi_bitmap_ioapic_scan_test vmx_hlt_with_rvi_test", 2),
                // by itself: of the scan test a stage and a redirection are left, which have it raise the line at once, with a vector whose handler does not lower it
                Arguments.of("vmx_apic_passthrough_thread_test", 2),
                Arguments.of("vmx_apic_passthrough_tpr_threshold_test", 1),
                Arguments.of("vmx_init_signal_test", 2),
                Arguments.of("vmx_sipi_signal_test", 2),
                Arguments.of("vmx_vmcs_shadow_test", 1),
                Arguments.of("ept_access*", 1));
    }

    private HvProcess run(boolean bare, String program, String timeout, String... options) throws Exception {
        Path image = Path.of(System.getenv("HV_KVM_UNIT_TESTS"), "x86", program + ".flat");
        assertThat(image).as("HV_KVM_UNIT_TESTS names a folder without this program").isRegularFile();
        List<String> arguments = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--test-devices", "--timeout", timeout));
        if (bare) {
            arguments.add("--bare");
        }
        arguments.addAll(List.of(options));
        return HvProcess.run(arguments.toArray(String[]::new));
    }

    /** The programs' environment: they are not to expect KVM's own hypercalls. */
    private Path environment() throws IOException {
        return Files.writeString(folder.resolve("environment"), "TEST_DEVICE=0\n");
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("rows")
    void aRowOfTheTableComesToWhatItSays(KvmUnitTestRow row, String model) throws Exception {
        compare(row, model, LIMIT);
    }

    @Tag("environment")
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("longRows")
    void aLongRowOfTheTableComesToWhatItSays(KvmUnitTestRow row, String model) throws Exception {
        compare(row, model, LONG_LIMIT);
    }

    private void compare(KvmUnitTestRow row, String model, String limit) throws Exception {
        List<String> options = new ArrayList<>(List.of("--cpu", row.cpu(model), "--cpus", Integer.toString(row.processors()), "--memory", row.memory(),
                "--append", row.arguments()));
        options.addAll(row.options());
        if (row.bare()) {
            options.addAll(List.of("--module", environment().toString()));
        }
        HvProcess hv = run(row.bare(), row.program(), limit, options.toArray(String[]::new));
        assertThat(hv.out()).as(hv.err()).doesNotContain("FAIL");
        switch (row.on(model)) {
            case Passes(int tests, int skipped, String why) -> {
                assertThat(hv.out()).containsPattern("SUMMARY: %d tests%s\\s".formatted(tests, skipped == 0 ? "" : ", " + skipped + " skipped"));
                assertThat(hv.status()).isEqualTo(PASSED);
            }
            case Ends() -> assertThat(hv.status()).as(hv.out()).isEqualTo(PASSED);
            case Skips(String why) -> assertThat(hv.status()).as(hv.out()).isIn(PASSED, SKIPPED);
            case Left(String why) -> throw new AssertionError("not to be run: " + why);
        }
    }

    /** The document's table is this list. */
    @Test
    void theDocumentHasTheseRows() throws IOException {
        String text = Files.readString(Path.of("../docs/conformance.md"));
        String begin = "| entry | where | processors | `--cpu intel` | `--cpu amd` |\n| --- | --- | --- | --- | --- |\n";
        StringBuilder table = new StringBuilder(begin);
        KvmUnitTestRows.all().forEach(row -> table.append(row.text()).append('\n'));
        assertThat(text).contains(table);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("featurePrograms")
    void aProgramOfOneFeaturePasses(String program, int processors, int tests, int skipped) throws Exception {
        HvProcess hv = run(BARE, program, LIMIT, "--cpu", "max", "--cpus", Integer.toString(processors), "--module", environment().toString());
        assertThat(hv.out()).contains("SUMMARY: %d tests".formatted(tests) + (skipped == 0 ? "" : ", %d skipped".formatted(skipped))).doesNotContain("FAIL");
        assertThat(hv.out().lines().filter(l -> l.startsWith("SKIP")).count()).isEqualTo(skipped);
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }

    /** State of shadow stacks in VMCSs, and errors of exceptions that nobody compares with vectors: what VT-x has on the model with all features. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("ways")
    void controlFlowEnforcementIsVirtualised(boolean bare) throws Exception {
        List<String> options = new ArrayList<>(List.of("--cpu", "max", "--append", "vmx_cet_test vmx_controls_test", "--memory", "2560M"));
        if (!bare) {
            options.addAll(List.of("--nested", "--no-enlightenments"));
        }
        HvProcess hv = run(bare, "vmx", LIMIT, options.toArray(String[]::new));
        assertThat(hv.out()).contains("PASS: Load CET state enabled").doesNotContain("FAIL", "SKIP");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }

    /** What follows waits for a BIOS's timer interrupt, which does not come, and ends by the time limit. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("ways")
    void realModePassesUpToItsBiosTick(boolean bare) throws Exception {
        HvProcess hv = run(bare, "realmode", "60s");
        assertThat(hv.out()).contains("PASS: null", "PASS: rflags.rf", "PASS: int 1").doesNotContain("FAIL");
        assertThat(hv.status()).as(hv.err()).isEqualTo(LIMIT_REACHED);
    }

    static List<Arguments> ways() {
        return given(Arguments.of(BARE), Arguments.of(CHILD));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("vmxPrograms")
    void vmxPasses(String tests, int processors) throws Exception {
        HvProcess hv = run(BARE, "vmx", LIMIT, "--append", tests, "--cpus", Integer.toString(processors), "--memory", "2560M");
        assertThat(hv.out()).contains("SUMMARY: ").doesNotContain("FAIL");
        assertThat(hv.out().lines().filter(l -> l.startsWith("SKIP"))).allMatch(l -> ABSENT.matcher(l).find(), "what the processor is without");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }

    /** What a child that is not enlightened has of VT-x beside entries and exits, carried out by our hypervisor: all of it is offered. */
    static List<Arguments> nestedPrograms() {
        return given(
                Arguments.of("apic_reg_virt_test virt_x2apic_mode_test vmx_basic_vid_test vmx_eoi_virt_test", 1),
                Arguments.of("vmx_posted_interrupts_test vmx_eoi_bitmap_ioapic_scan_test vmx_hlt_with_rvi_test", 2),
                Arguments.of("vmx_apic_passthrough_thread_test", 2),
                Arguments.of("vmx_vmcs_shadow_test EPT* PML vmx_mtf* rdtsc_vmexit_diff_test", 1));
    }

    /** Tests of svm.flat and svm_npt.flat, and how many they count. */
    static List<Arguments> nestedSvmPrograms() {
        return given(
                Arguments.of("svm", "null vmrun ioio next_rip mode_switch asid_zero svm_cr4_osxsave_test interrupt nmi nmi_hlt virq_inject virq_inject_within_shadow exc_inject "
                        + "host_rflags vgif pause_filter_test svm_vmload_vmsave svm_exception_test svm_shutdown_intercept_test svm_intr_intercept_mix_if "
                        + "svm_intr_intercept_mix_gif svm_intr_intercept_mix_nmi svm_lbrv_test* svm_lbrv_nested*"),
                Arguments.of("svm", "rsm pending_event pending_event_cli svm_init_startup_test svm_init_intercept_test svm_test_singlestep svm_pae_test svm_pse_test "
                        + "svm_intr_intercept_mix_gif2 svm_no_nm_test"),
                Arguments.of("svm_npt", ""));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("nestedSvmPrograms")
    void svmPassesInAChild(String program, String tests) throws Exception {
        HvProcess hv = run(CHILD, program, LIMIT, "--nested", "--no-enlightenments", "--cpu", "amd", "--append", tests, "--cpus", "2", "--memory", "2G");
        assertThat(hv.out()).contains("SUMMARY: ").doesNotContain("FAIL");
        assertThat(hv.out().lines().filter(l -> l.startsWith("SKIP"))).allMatch(l -> l.contains("npt_gmet"), "what the processor is without");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }

    /** It reads the scaled time-stamp counter, which exits in a child, for seconds of guest time: with more time an instruction there are fewer. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("oneWay")
    void svmScalesTheTimeStampCounterInAChild(boolean bare) throws Exception {
        HvProcess hv = run(bare, "svm", LIMIT, "--nested", "--no-enlightenments", "--cpu", "amd", "--append", "svm_tsc_scale_test", "--cpus", "2", "--memory", "2G",
                "--instruction-time", "500000");
        assertThat(hv.out()).contains("SUMMARY: 13 tests").doesNotContain("FAIL", "SKIP");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }

    static List<Arguments> oneWay() {
        return given(Arguments.of(CHILD));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("nestedPrograms")
    void vmxPassesInAChild(String tests, int processors) throws Exception {
        HvProcess hv = run(CHILD, "vmx", LIMIT, "--nested", "--no-enlightenments", "--append", tests, "--cpus", Integer.toString(processors), "--memory", "256M");
        assertThat(hv.out()).contains("SUMMARY: ").doesNotContain("FAIL", "SKIP");
        assertThat(hv.status()).as(hv.err()).isEqualTo(PASSED);
    }
}
