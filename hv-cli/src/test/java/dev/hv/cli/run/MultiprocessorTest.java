package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The multiprocessor guest (src/test/guests/smp): litmus tests of the x86 memory order, locked instructions, locks, changed code,
 * interprocessor interrupts, page-table flags and rights, in every way in which processors can run.
 */
class MultiprocessorTest {

    /** All that the guest tries, from its source. */
    private static final List<String> TESTS = List.of("store buffering with MFENCE", "store buffering with XCHG", "message passing", "load buffering",
            "coherence", "independent reads of independent writes", "LOCK XADD", "LOCK INC", "LOCK ADC", "LOCK CMPXCHG", "LOCK CMPXCHG8B",
            "LOCK CMPXCHG16B", "LOCK CMPXCHG16B beside locked halves", "LOCK CMPXCHG16B seen whole", "spin lock", "bit lock", "ticket lock",
            "misaligned LOCK", "misaligned LOCK beside locked parts", "sequence lock", "changed code", "interrupts by xAPIC",
            "interrupts by x2APIC", "flags of page-table entries", "remapped page", "withdrawn right to write", "code changed under a breakpoint");

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void unpack() throws Exception {
        image = temp.resolve("smp.elf");
        try (InputStream in = MultiprocessorTest.class.getResourceAsStream("/guests/smp.elf")) {
            Files.copy(in, image);
        }
    }

    private HvProcess run(int cpus, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--append", "cpus=" + cpus, "--cpus", "" + cpus, "--memory", "16M",
                "--timeout", "300s"));
        all.addAll(List.of(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static void allPassed(HvProcess hv) {
        assertThat(hv.out().lines().map(String::strip).toList()).as(hv.err()).containsAll(TESTS.stream().map(t -> "ok " + t).toList()).contains("all passed");
        assertThat(hv.status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--processors=1", "--processors=2", "--bare", "--cpu=amd"})
    void inLockstepFourProcessorsSeeWhatTheManualAllows(String machine) throws Exception {
        allPassed(run(4, machine));
    }

    @Test
    void inParallelTwoProcessorsOnTwoHostThreadsSeeWhatTheManualAllows() throws Exception {
        allPassed(run(2, "--parallel", "--processors", "2"));
    }

    @Test
    void inParallelFourProcessorsShareTwoHostThreads() throws Exception {
        allPassed(run(4, "--parallel", "--processors", "2"));
        allPassed(run(4, "--parallel", "--processors", "2", "--cpu", "amd"));
    }

    @Test
    void lockstepRunsOfSeveralProcessorsAreEqual() throws Exception {
        String[] limited = {"--processors", "2", "--max-instructions", "3000000", "--digest"};
        String first = run(4, limited).err();
        assertThat(first).containsPattern("digest [0-9a-f]{64}");
        assertThat(run(4, limited).err()).isEqualTo(first);
    }

    @Test
    void parallelModeRefusesVirtualTime() throws Exception {
        HvProcess hv = run(2, "--parallel", "--time", "virtual");
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.err().lines()).hasSize(1);
        assertThat(hv.err()).contains("--parallel").contains("--time real");
    }
}
