package dev.hv.cli.commands;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.run.RunSettings;
import picocli.CommandLine.Option;

/** The options that let a debugger look into a run. */
final class DebugOptions {

    @Option(names = "--gdb", paramLabel = "PORT|unix:PATH", description = "Serve GDB's remote protocol on a port of the loopback (0: any, said on standard error) or a Unix socket. "
            + "The guest waits for a debugger before its first instruction. Bare machines only.")
    private String gdb;

    @Option(names = "--control", paramLabel = "unix:PATH", description = "Answer hv inspect --control at a Unix socket while the machine runs.")
    private String control;

    /** Where the run can be asked about itself; null for nowhere. */
    String control() {
        return control;
    }

    /** Where a debugger connects; null for nowhere. */
    String gdb(RunSettings settings, boolean recorded) {
        if (gdb != null && !settings.bare()) {
            throw new UsageException("--gdb " + gdb + ": partitions cannot be debugged in this version; say --bare");
        }
        if (gdb != null && recorded) {
            throw new UsageException("--gdb " + gdb + ": what a debugger does cannot be recorded; leave --record out");
        }
        return gdb;
    }
}
