package dev.hv.cli.run;

import dev.hv.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs hv as a user does: a process of its own, with its output and exit status. */
public record HvProcess(int status, String out, String err) {

    /** The launcher's: heap, collector and what the classes ask for. */
    static final List<String> FLAGS = List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xms64m", "-Xmx256m", "-Xmn48m",
            "-XX:+UnlockExperimentalVMOptions", "-XX:+TrustFinalNonStaticFields", "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED");

    private static final int LONGEST_MINUTES = 45;

    /** Runs hv with these arguments; standard input is empty. */
    public static HvProcess run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("hv-out", ".txt");
        Path err = Files.createTempFile("hv-err", ".txt");
        try {
            Process p = builder(arguments).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            // longer than any test lets its guest run: on a host that is busy elsewhere that is long
            if (!p.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
                p.destroyForcibly();
                throw new IOException("hv did not end: " + String.join(" ", arguments));
            }
            return new HvProcess(p.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }

    /**
     * Runs a command line in this process: for those that are refused, of which a process of its own would mostly be the start of its JVM. Tests of one process run one after the other.
     */
    public static HvProcess here(String... arguments) {
        PrintStream standardOut = System.out;
        PrintStream standardErr = System.err;
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int status = Main.run(arguments);
            return new HvProcess(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(standardOut);
            System.setErr(standardErr);
        }
    }

    /** Something a test does while hv runs. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /** Runs hv as {@link #run}, and does something when it has printed a line with a text. */
    static HvProcess runAnd(String text, Action action, String... arguments) throws Exception {
        Path err = Files.createTempFile("hv-err", ".txt");
        Process p = builder(arguments).redirectError(err.toFile()).start();
        var out = new StringBuilder();
        boolean done = false;
        try (var in = p.getInputStream()) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                out.append((char) b);
                if (b == '\n' && !done && out.indexOf(text) >= 0) {
                    done = true;
                    action.run();
                }
            }
            return new HvProcess(p.waitFor(), out.toString(), Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            p.destroyForcibly();
            Files.deleteIfExists(err);
        }
    }

    /** Runs hv until it has printed a text, and kills it then as no program can prevent; returns what it printed. */
    public static String killWhen(String text, String... arguments) throws IOException {
        Process p = builder(arguments).redirectErrorStream(true).start();
        var out = new StringBuilder();
        try (var in = p.getInputStream()) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                out.append((char) b);
                if (b == '\n' && out.indexOf(text) >= 0) {
                    p.destroyForcibly().waitFor();
                    return out.toString();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            p.destroyForcibly();
        }
        throw new IOException("hv ended without saying '" + text + "':\n" + out);
    }

    /** The command that runs hv with these arguments, with the heap and the compiler that the launcher gives it. */
    static List<String> command(String... arguments) {
        List<String> all = List.of(arguments);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(FLAGS);
        boolean slower = all.contains("interpreter") || all.contains("compiled") || all.contains("conform") || System.getenv("HV_ENGINE") != null;
        if (!slower) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(ProgramUnderTest.options());
        command.add("dev.hv.cli.Main");
        command.addAll(all);
        return command;
    }

    /** How hv is started as a process of its own; standard input is empty. */
    static ProcessBuilder builder(String... arguments) {
        return new ProcessBuilder(command(arguments)).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    }
}
