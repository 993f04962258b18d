package dev.hv.cli.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs hv as a user does: a process of its own, with its output and exit status. */
public record HvProcess(int status, String out, String err) {

    /** Runs hv with these arguments; standard input is empty. */
    public static HvProcess run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("hv-out", ".txt");
        Path err = Files.createTempFile("hv-err", ".txt");
        try {
            List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                    "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields", "--sun-misc-unsafe-memory-access=allow",
                    "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "dev.hv.cli.Main"));
            command.addAll(List.of(arguments));
            Process p = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            if (!p.waitFor(10, TimeUnit.MINUTES)) {
                p.destroyForcibly();
                throw new IOException("hv did not end: " + String.join(" ", arguments));
            }
            return new HvProcess(p.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }
}
