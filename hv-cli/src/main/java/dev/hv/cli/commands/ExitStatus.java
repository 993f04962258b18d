package dev.hv.cli.commands;

/** Exit statuses of the command line; the contract stands in docs/cli.md. */
public final class ExitStatus {
    /** The guest powered itself off, or the command succeeded. */
    public static final int OK = 0;
    /** At least one case failed. */
    public static final int FAILED = 1;
    /** Bad usage or bad input. */
    public static final int USAGE = 2;
    /** The guest crashed. */
    public static final int CRASH = 3;
    /** A time or instruction limit ended the run. */
    public static final int LIMIT = 4;
    /** A bug of ours. */
    public static final int INTERNAL = 5;
    /** Output was lost: nobody took it, or it could not be written. */
    public static final int OUTPUT = 6;

    private ExitStatus() {}
}
