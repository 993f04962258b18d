package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code hv test} is ended by a signal while workers make a setup or run cases: reports are written, and nothing else is left. */
@Timeout(300)
class SuiteSignalsTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"INT, 130, cases", "TERM, 143, cases", "TERM, 143, setup", "HUP, 129, cases"})
    void aSignalLeavesReportsAndNoProcessSocketOrHalfFile(String signal, int status, String during) throws Exception {
        SmallGuest.write(temp.resolve("guest.elf"), "up\n", SmallGuest.Then.SPIN);
        Path suite = Files.writeString(temp.resolve("s.yaml"), """
                machine: {multiboot: guest.elf, memory: 16M}
                setups: {ready: {timeout: 1000h, host-timeout: 1h, steps: [console: %s]}}
                defaults: {timeout: 1000h, host-timeout: 1h, setup: ready}
                cases:
                  - {name: one, steps: [console: never]}
                  - {name: two, steps: [console: never]}
                  - {name: three, steps: [console: never]}
                """.formatted(during.equals("setup") ? "never" : "up"));
        Path report = temp.resolve("out.xml");
        // what hv makes for itself goes into the test's folder, and is looked for there
        Path own = Files.createDirectory(temp.resolve("tmp"));
        Path setups = temp.resolve("setups");
        List<String> command = HvProcess.command("test", suite.toString(), "--jobs", "2", "--report", report.toString(), "--setups", setups.toString(), "--artefacts", temp.resolve("failed").toString());
        List<ProcessHandle> family;
        String console;
        try (LiveProcess hv = new LiveProcess(command, Map.of("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + own))) {
            int workers = 2;
            for (int i = 0; i < 3000 && (hv.family().size() < 1 + workers || !busy(setups, during)); i++) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            TimeUnit.MILLISECONDS.sleep(500);
            family = hv.family();
            assertThat(family).as("hv and its workers; %s", hv.err()).hasSize(1 + workers);
            hv.signal(signal);
            assertThat(hv.status()).as(hv.err()).isEqualTo(status);
            console = hv.out();
        }
        assertThat(console).contains("ended early: SIG" + signal);
        assertThat(Files.readString(report)).contains("SIG" + signal).endsWith("</testsuites>\n");
        for (int i = 0; i < 500 && family.stream().anyMatch(ProcessHandle::isAlive); i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(family).as("processes that are left").noneMatch(ProcessHandle::isAlive);
        assertThat(files(own)).as("temporary files").isEmpty();
        assertThat(files(setups)).as("halves of setups").noneMatch(f -> f.toString().matches(".*\\.(new|files|part)(/.*)?"));
        assertThat(files(temp).stream().filter(f -> !Files.isRegularFile(f) && !Files.isDirectory(f))).as("sockets").isEmpty();
        if (during.equals("setup")) {
            assertThat(files(setups)).allMatch(f -> f.toString().endsWith(".lock"));
        }
    }

    /** Whether a setup is being made, or has been. */
    private static boolean busy(Path setups, String during) throws IOException {
        return during.equals("setup") ? !files(setups).isEmpty() : files(setups).stream().anyMatch(f -> f.endsWith("manifest.json"));
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(f -> !f.equals(folder)).toList();
        } catch (UncheckedIOException e) {
            // something went while it was looked at
            return files(folder);
        }
    }
}
