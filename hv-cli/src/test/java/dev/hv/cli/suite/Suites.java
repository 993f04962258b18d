package dev.hv.cli.suite;

import dev.hv.cli.suite.read.SuiteFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Suites for tests, in a folder with the files that they name. */
public final class Suites {

    private final Path folder;

    /** Makes files to name: k, k2, i, root.img. */
    public Suites(Path folder) throws IOException {
        this.folder = folder;
        for (String name : new String[] {"k", "k2", "i", "root.img"}) {
            Files.writeString(folder.resolve(name), name);
        }
    }

    public Path file(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Suite read(String text) {
        return SuiteFile.read(List.of(file("s.yaml", text))).getFirst();
    }

    /** Two cases on two processor models. */
    public static final String SMALL = """
            machine: {kernel: k, initrd: i}
            matrix: {cpu: [intel, amd]}
            defaults: {tags: [all]}
            cases:
              - {name: one, tags: [fast], steps: [{run: 'true'}, {run: id, output: root}]}
              - {name: two, steps: [{wait: 1s}]}
            """;
}
