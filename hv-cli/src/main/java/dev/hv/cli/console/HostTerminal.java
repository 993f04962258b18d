package dev.hv.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The terminal that this process stands at, by way of POSIX's own programs {@code test} and {@code stty}, which inherit the
 * descriptors. Nothing is asked of the terminal itself: a question would be a byte before the guest's first, and a late answer would be
 * typed into the guest.
 */
public final class HostTerminal {

    /** Descriptor of standard output. */
    public static final int OUTPUT = 1;
    /** Descriptor of standard error. */
    public static final int ERROR = 2;

    private HostTerminal() {}

    /** Whether a person sits at both ends of the guest's console: standard input and output are a terminal. */
    public static boolean interactive() {
        return System.console() != null && System.console().isTerminal();
    }

    /** Whether a descriptor is a terminal, which understands control sequences. */
    public static boolean is(int descriptor) {
        try {
            return run(List.of("test", "-t", Integer.toString(descriptor)), ProcessBuilder.Redirect.INHERIT, ProcessBuilder.Redirect.INHERIT).status == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Has {@code stty} set or tell the terminal's settings.
     *
     * @return what it printed
     * @throws IOException with a message for the user, when it failed
     */
    static String stty(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        Result r = run(command, ProcessBuilder.Redirect.PIPE, ProcessBuilder.Redirect.DISCARD);
        if (r.status != 0) {
            throw new IOException("the terminal could not be set up: " + String.join(" ", command) + " ended with status " + r.status);
        }
        return r.output.strip();
    }

    private record Result(int status, String output) {}

    private static Result run(List<String> command, ProcessBuilder.Redirect output, ProcessBuilder.Redirect error) throws IOException {
        Process p = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT).redirectOutput(output).redirectError(error).start();
        try (InputStream in = p.getInputStream()) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return new Result(p.waitFor(), text);
        } catch (InterruptedException e) {
            p.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
