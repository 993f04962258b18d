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
    /** Output was lost: standard output, or a file that was asked for, could not be written to its end, or nobody took it in time. */
    public static final int OUTPUT = 6;
    /** A signal ended it: this and the signal's number, as shells and the JVM have it. */
    public static final int SIGNAL = 128;

    /** The contract in lines of {@code status:meaning}, for help and manual. */
    static final String[] TABLE = {
        "0:the guest powered itself off, or reset itself with --no-reboot, or the command succeeded",
        "1:conform, test: at least one vector or case failed; demo: not all as promised; replay: it went another way",
        "2:bad usage or bad input: one line on standard error says what, where and what would be right; also a guest that was reset and cannot be booted again",
        "3:the guest crashed: reason and registers on standard error",
        "4:a limit (--timeout, --max-instructions) ended the run",
        "5:an internal error: a bug of ours; a report file is named",
        "6:output was lost: standard output went away or was not read in time, or a serial port's file, trace, capture or statistics could not be written to its end",
        "(v<<1)|1:with --test-devices: the guest wrote v to port 0xf4",
        "n:with --exec: the command's own; 125: it could not be run to its end, or a file of --put or --get failed",
        "128+n:signal n ended it (129 SIGHUP, 130 SIGINT, 143 SIGTERM); a run then ends in good order: statistics, digest, traces are complete"};

    private ExitStatus() {}
}
