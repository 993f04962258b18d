package dev.hv.cli;

import dev.hv.cli.commands.ExitStatus;
import dev.hv.cli.commands.HvCommand;
import dev.hv.cli.config.UsageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;

/** The command line's entrance: the only place that ends the JVM. */
public final class Main {

    private Main() {}

    /** Runs a command and exits with its status. */
    public static void main(String[] args) {
        int status = run(args);
        System.out.flush();
        System.err.flush();
        System.exit(status);
    }

    /** Runs a command and returns its exit status. */
    public static int run(String... args) {
        var line = new CommandLine(new HvCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, a) -> {
            System.err.println("hv: " + firstLine(e.getMessage()) + "; see hv " + path(e.getCommandLine()) + "--help");
            return ExitStatus.USAGE;
        });
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e));
        try {
            return line.execute(args);
        } catch (Error e) {
            // picocli hands on exceptions only; a full heap or stack is our bug as well, and must not look like a failed case
            return failed(e);
        }
    }

    private static String path(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName(" ");
        return name.startsWith("hv ") ? name.substring(3) + " " : "";
    }

    private static String firstLine(String s) {
        int end = s == null ? -1 : s.indexOf('\n');
        return end < 0 ? s : s.substring(0, end);
    }

    private static int failed(Throwable e) {
        if (e instanceof UsageException) {
            System.err.println("hv: " + e.getMessage());
            return ExitStatus.USAGE;
        }
        var trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        try {
            Path report = Files.createTempFile("hv-report-", ".txt");
            Files.writeString(report, trace.toString(), StandardCharsets.UTF_8);
            System.err.println("hv: internal error: " + e + "; details in " + report);
        } catch (IOException io) {
            System.err.println("hv: internal error, and no report could be written (" + io.getMessage() + "):\n" + trace);
        }
        return ExitStatus.INTERNAL;
    }
}
