package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Programs of the host that tests need. */
public final class HostProgram {

    private HostProgram() {}

    /** Whether a program is on the host's path. */
    public static boolean there(String name) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    /** Runs the script that builds a guest, from the module's folder; what it says is told when it fails. */
    public static void build(String script, Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", script));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(p.waitFor()).as("%s: %s", script, said).isZero();
    }
}
