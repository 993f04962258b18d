package dev.hv.cli.coverage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.HvProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines that the cases of a suite reached together. */
class SuiteCoverageTest {

    @TempDir
    private Path temp;
    private Path kernel;
    private Path suite;

    @BeforeEach
    void write() throws Exception {
        kernel = CoverageTest.kernel(temp, "-g");
        // one case ends long before the kernel does; the other goes back to its begin
        suite = Files.writeString(temp.resolve("s.yaml"), """
                machine: {multiboot: kernel.elf, memory: 16M, test-devices: true}
                platform: {coverage: kernel.elf}
                defaults: {timeout: 5s, host-timeout: 60s}
                cases:
                  - {name: begins, steps: [wait: 1ns]}
                  - name: ends
                    steps: [{save: early}, {ends: exit, status: 33}, {restore: early}, {ends: exit, status: 33}]
                """);
    }

    private HvProcess hv(String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("test", suite.toString(), "--setups", temp.resolve("setups").toString(), "--artefacts", temp.resolve("failed").toString()));
        all.addAll(Arrays.asList(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    @Test
    void allCasesReachWhatOneRunReaches() throws Exception {
        Path run = temp.resolve("run.info");
        HvProcess whole = HvProcess.run("run", "--multiboot", kernel.toString(), "--memory", "16M", "--test-devices", "--coverage", run.toString(), "--vmlinux", kernel.toString());
        assertThat(whole.status()).as(whole.err()).isEqualTo(33);
        Path info = temp.resolve("suite.info");
        HvProcess both = hv("--coverage", info.toString(), "--jobs", "2");
        assertThat(both.out() + both.err()).contains("2 passed, 0 failed");
        assertThat(Files.readString(info)).isEqualTo(Files.readString(run)).contains("DA:25,1\n");
        hv("--coverage", info.toString(), "--filter", "begins");
        assertThat(CoverageTest.lines(info).get(25)).as("the end, in a case that does not come there").isFalse();
        assertThat(temp.resolve("suite.info.half")).doesNotExist();
    }

    @Test
    void partsOfAnImageAreOneReport() throws Exception {
        Path parts = Files.createDirectory(temp.resolve("parts"));
        Path info = temp.resolve("out.info");
        long[] all = new long[0x100];
        Arrays.setAll(all, i -> 0x100000 + i);
        SuiteCoverage.write(parts, info);
        assertThat(info).isEmptyFile();
        // all code of the image, in parts that have some of it both
        for (int i = 0; i < 4; i++) {
            SuiteCoverage.leave(parts, "case-" + i, Map.of(kernel, Arrays.copyOfRange(all, i * 0x40, Math.min(0x100, i * 0x40 + 0x60))));
        }
        SuiteCoverage.write(parts, info);
        Map<Integer, Boolean> lines = CoverageTest.lines(info);
        SuiteCoverage.leave(parts, "case-4", Map.of(kernel, all));
        SuiteCoverage.write(parts, info);
        assertThat(CoverageTest.lines(info)).isEqualTo(lines).containsValue(true);
    }

    @Test
    void badInputIsOneLineAndNothingRuns() throws Exception {
        String info = temp.resolve("x.info").toString();
        Files.writeString(suite, Files.readString(suite).replace("coverage: kernel.elf", "coverage: kernel.c"));
        refused("is no ELF image", "test", suite.toString(), "--coverage", info);
        Files.writeString(suite, Files.readString(suite).replace("coverage: kernel.c", "coverage: none"));
        refused("coverage " + temp.resolve("none") + ": no such file", "test", suite.toString());
        Files.writeString(suite, Files.readString(suite).replace("coverage: none", ""));
        refused("no suite says which kernel", "test", suite.toString(), "--coverage", info);
        refused("is no folder", "test", suite.toString(), "--coverage", info + "/y");
        assertThat(temp.resolve("x.info")).doesNotExist();
    }

    private static void refused(String why, String... arguments) {
        HvProcess hv = HvProcess.here(arguments);
        assertThat(hv.err()).contains(why).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
    }
}
