package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hypervisor in a child (src/test/guests/nested) with a guest of its own: mapped page by page, interrupted, and every sum that it tells is right. */
class NestedTest {

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void unpack() throws Exception {
        image = temp.resolve("nested.elf");
        try (InputStream in = NestedTest.class.getResourceAsStream("/guests/nested.elf")) {
            Files.copy(in, image);
        }
    }

    private HvProcess run(String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--memory", "16M", "--timeout", "200s"));
        all.addAll(List.of(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static void passed(HvProcess hv) {
        assertThat(hv.out()).as(hv.err()).contains("300 sums", "all passed");
        assertThat(hv.status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void aHypervisorInAChildRunsAGuest(String cpu) throws Exception {
        HvProcess first = run("--nested", "--cpu", cpu, "--digest");
        passed(first);
        passed(run("--nested", "--cpu", cpu, "--no-enlightenments"));
        assertThat(run("--nested", "--cpu", cpu, "--digest").err()).as("equal runs have equal digests").isEqualTo(first.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void itDoesTheSameBareAndInParallel(String cpu) throws Exception {
        passed(run("--bare", "--cpu", cpu));
        passed(run("--nested", "--cpu", cpu, "--parallel", "--processors", "2"));
    }

    /** STGI and CLGI around each entry are the hardware's, where it can: of a hypervisor's instructions VMRUN alone exits. */
    @Test
    void whatSurroundsAnEntryNeedsNoExit() throws Exception {
        long entries = emulated("amd");
        assertThat(entries).isGreaterThan(300);
        assertThat(emulated("amd,-vgif")).isGreaterThan(5 * entries / 2);
    }

    /** Instructions that exited and were carried out in software. */
    private long emulated(String cpu) throws Exception {
        Path stats = temp.resolve("stats.json");
        passed(run("--nested", "--cpu", cpu, "--stats", stats.toString()));
        Matcher m = Pattern.compile("\"emulate\" : (\\d+)").matcher(Files.readString(stats));
        assertThat(m.find()).isTrue();
        return Long.parseLong(m.group(1));
    }

    @Test
    void withoutTheOptionThereIsNone() throws Exception {
        HvProcess hv = run();
        assertThat(hv.out()).doesNotContain("sums");
        assertThat(hv.status()).as(hv.err()).isEqualTo(3);
    }

    @Test
    void aBareMachineRefusesTheOption() throws Exception {
        HvProcess hv = run("--bare", "--nested");
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.err().lines()).hasSize(1);
        assertThat(hv.err()).contains("--nested: a bare machine has hardware virtualisation anyway");
    }
}
