package dev.hv.cli.commands;

import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.SymbolFile;
import dev.hv.cli.debug.SymbolTable;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that let a debugger look into a run. */
final class DebugOptions {

    @Option(names = "--gdb", paramLabel = "PORT|unix:PATH", description = "Serve GDB's remote protocol on a port of the loopback (0: any, said on standard error) or a Unix socket. "
            + "The guest waits for a debugger before its first instruction. In a lab each machine says so by its key gdb.")
    private String gdb;

    @Option(names = "--symbols", paramLabel = "FILE", description = "Names for the stack of a crash report: System.map, kallsyms or vmlinux. Without, those that a Linux since 6.0 has in its memory.")
    private Path symbols;

    @Option(names = "--control", paramLabel = "unix:PATH", description = "Answer hv inspect, screenshot, type, key and click with --control at a Unix socket while the machine runs.")
    private String control;

    /** Says which file is read. */
    void files(FileRoles roles) {
        if (symbols != null) {
            roles.read("--symbols", symbols);
        }
    }

    /** Names for crash reports; null for those that guests have of themselves. */
    SymbolTable symbols() {
        return symbols == null ? null : SymbolFile.read(symbols);
    }

    /** Where the run can be asked about itself; null for nowhere. */
    String control() {
        return control;
    }

    /** Where a debugger of the only machine connects; null for nowhere. */
    String gdb(LabConfig lab, boolean recorded) {
        if (gdb != null && lab.machines().size() > 1) {
            throw new UsageException("--gdb " + gdb + ": the lab has " + lab.machines().size() + " machines; give those that are to be debugged the key gdb");
        }
        if (recorded && (gdb != null || lab.machines().stream().anyMatch(m -> m.gdb() != null))) {
            throw new UsageException("--gdb" + (gdb == null ? "" : " " + gdb) + ": what a debugger does cannot be recorded; leave --record out");
        }
        return gdb;
    }
}
