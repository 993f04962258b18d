package dev.hv.cli.suite.read;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.tap.TapParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whatever stands in a suite file, it is a suite or all that is wrong with it is told; whatever a guest prints is read as results. */
class SuiteFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void suite(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("suite", ".yaml");
        try {
            Files.write(file, bytes);
            Plan.of(SuiteFile.read(List.of(file)));
        } catch (SuiteException e) {
            if (e.problems().isEmpty() || e.problems().stream().anyMatch(p -> p.place().line() < 1 || p.place().column() < 1)) {
                throw new AssertionError("told nothing, or at no place", e);
            }
        } finally {
            Files.delete(file);
        }
        TapParser.parse(new String(bytes, StandardCharsets.UTF_8));
    }
}
