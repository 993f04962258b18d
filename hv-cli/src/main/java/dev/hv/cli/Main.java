package dev.hv.cli;

import dev.hv.cli.commands.ExitStatus;
import dev.hv.cli.commands.HvCommand;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;

/** The command line's entrance: the only place that ends the JVM. */
public final class Main {

    /** As {@link ExitStatus#INTERNAL}, which may be one of the parts that cannot be loaded. */
    private static final int INCOMPLETE = 5;

    private Main() {}

    /** Runs a command and exits with its status. */
    public static void main(String[] args) {
        int status;
        try {
            status = run(args);
        } catch (LinkageError e) {
            // of the program's own parts, before anything could be said otherwise
            System.err.println("hv: a part of hv cannot be loaded: " + e.getMessage() + "; are its files whole, and may a process open enough of them (ulimit -n)?");
            status = INCOMPLETE;
        }
        System.err.flush();
        System.exit(status);
    }

    /** Runs a command and returns its exit status. */
    public static int run(String... args) {
        CommandLine line = HvCommand.line(args);
        line.setParameterExceptionHandler((e, a) -> {
            Messages.say(firstLine(e.getMessage()) + "; see hv " + path(e.getCommandLine()) + "--help");
            return ExitStatus.USAGE;
        });
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e));
        try {
            return written(line.execute(args));
        } catch (Error e) {
            // picocli hands on exceptions only; a full heap or stack is our bug as well, and must not look like a failed case
            return failed(e);
        }
    }

    /** A command that could not print what it found has not succeeded. */
    private static int written(int status) {
        if (!System.out.checkError() || status != ExitStatus.OK && status != ExitStatus.FAILED && status != ExitStatus.OUTPUT) {
            return status;
        }
        Messages.say("standard output cannot be written any more; what was left to print is lost");
        return ExitStatus.OUTPUT;
    }

    private static String path(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName(" ");
        return name.startsWith("hv ") ? name.substring(3) + " " : "";
    }

    /** picocli appends suggestions on lines of their own. */
    private static String firstLine(String s) {
        return s == null ? "" : s.lines().findFirst().orElse("");
    }

    private static int failed(Throwable e) {
        if (e instanceof UsageException) {
            Messages.say(e.getMessage());
            return ExitStatus.USAGE;
        }
        var trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        if (trace.toString().contains("Too many open files")) {
            // neither a report nor anything else can be opened then, classes among it
            Messages.say("this host lets hv open no more files; ulimit -n says how many a process may have");
            return ExitStatus.USAGE;
        }
        try {
            Path report = Files.createTempFile("hv-report-", ".txt");
            Files.write(report, trace.toString().getBytes(StandardCharsets.UTF_8));
            Messages.say("internal error: " + e + "; details in " + report);
        } catch (IOException | LinkageError | InternalError io) {
            Messages.say("internal error, and no report could be written (" + io.getMessage() + "):", trace.toString());
        }
        return ExitStatus.INTERNAL;
    }
}
