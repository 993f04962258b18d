package dev.hv.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process that a test watches and sends signals while it runs. Signals have their default effect, whatever the test's own parent ignores. */
final class LiveProcess implements AutoCloseable {

    private final Process process;
    private final Path err;
    private final StringBuilder out = new StringBuilder();

    /** Starts hv, without the launcher. */
    static LiveProcess hv(String... arguments) throws IOException {
        return new LiveProcess(HvProcess.command(arguments), Map.of());
    }

    /** Starts a command; its standard input stays open and says nothing. */
    LiveProcess(List<String> command, Map<String, String> environment) throws IOException {
        List<String> all = new ArrayList<>(List.of("env", "--default-signal=INT,HUP,QUIT,TERM"));
        all.addAll(command);
        err = Files.createTempFile("hv-err", ".txt");
        var builder = new ProcessBuilder(all).redirectError(err.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /** Reads standard output until it holds a text. */
    void await(String text) throws IOException {
        InputStream in = process.getInputStream();
        while (out.indexOf(text) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("ended without saying '" + text + "': " + out + "\n" + err());
            }
            out.append((char) b);
        }
    }

    /** Waits until standard error holds a text. */
    void awaitError(String text) throws IOException, InterruptedException {
        for (int i = 0; i < 600; i++) {
            if (err().contains(text)) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IOException("'" + text + "' does not come on standard error: " + err());
    }

    /** Sends a signal, by its name without SIG. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
    }

    /** It and all processes that it has begun, now. */
    List<ProcessHandle> family() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    }

    /** Nobody reads standard output any more. */
    void closeOutput() throws IOException {
        process.getInputStream().close();
    }

    /** What it writes to standard input arrives there. */
    void type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        process.getOutputStream().flush();
    }

    /** Waits until it uses no processor for a while, though it has not ended. */
    void awaitRest() throws InterruptedException {
        Duration before = Duration.ZERO;
        for (int still = 0; still < 6;) {
            Thread.sleep(500);
            Duration now = process.info().totalCpuDuration().orElseThrow();
            still = now.minus(before).toMillis() < 30 ? still + 1 : 0;
            before = now;
        }
    }

    /** Waits for the end and returns the exit status. */
    int status() throws IOException, InterruptedException {
        if (!process.waitFor(3, TimeUnit.MINUTES)) {
            throw new IOException("it does not end; standard error: " + err());
        }
        return process.exitValue();
    }

    /** What came on standard output, to its end. */
    String out() throws IOException {
        for (int b = process.getInputStream().read(); b >= 0; b = process.getInputStream().read()) {
            out.append((char) b);
        }
        return out.toString();
    }

    /** What came on standard error until now. */
    String err() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(err);
    }
}
