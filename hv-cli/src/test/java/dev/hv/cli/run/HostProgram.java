package dev.hv.cli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Programs of the host that tests need. */
public final class HostProgram {

    private HostProgram() {}

    /** Whether a program is on the host's path. */
    public static boolean there(String name) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }
}
