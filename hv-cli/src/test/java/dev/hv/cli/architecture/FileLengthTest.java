package dev.hv.cli.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No source file is too long for a head; what is generated does not count. */
class FileLengthTest {

    private static final int MOST_LINES = 500;
    private static final Path ROOT = Path.of("..");

    @TempDir
    private Path folder;

    /** The Java files below a folder that have too many lines. */
    private static List<String> tooLong(Path root) throws IOException {
        var found = new ArrayList<String>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    long count = lines.count();
                    if (count > MOST_LINES) {
                        found.add(file + ": " + count + " lines");
                    }
                }
            }
        }
        return found;
    }

    @Test
    void noSourceIsLongerThanAHeadCanHold() throws IOException {
        var all = new ArrayList<String>();
        for (String module : new String[] {"hv-cpu", "hv-core", "hv-vmbus", "hv-devices", "hv-cli", "benchmarks"}) {
            all.addAll(tooLong(ROOT.resolve(module).resolve("src")));
        }
        assertThat(all).isEmpty();
    }

    @Test
    void aLongFileIsFound() throws IOException {
        Files.writeString(folder.resolve("Right.java"), "\n".repeat(MOST_LINES));
        Files.writeString(folder.resolve("Long.java"), "\n".repeat(MOST_LINES + 1));
        assertThat(tooLong(folder)).singleElement().asString().contains("Long.java");
    }
}
