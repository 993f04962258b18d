package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.run.CheckpointDump;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a core file of a machine of a checkpoint. */
@Command(name = "dump", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Writes memory and registers of a machine, of a checkpoint or of one that runs, as an ELF core file, for gdb, crash and readelf.",
        footerHeading = "%nExamples:%n", footer = {"  hv dump --elf core booted", "  hv dump --elf core --control unix:ctl"})
public final class DumpCommand implements Callable<Integer> {

    @Option(names = "--elf", required = true, paramLabel = "FILE", description = "The core file; one that is there is replaced.")
    private Path file;
    @Option(names = "--machine", paramLabel = "NAME", description = "Which machine of a lab.")
    private String machine;
    @Option(names = "--control", paramLabel = "unix:PATH", description = "A running machine: what hv run --control said.")
    private String control;
    @Parameters(arity = "0..1", paramLabel = "DIR", description = "The checkpoint (without --control).")
    private Path folder;

    @Override
    public Integer call() {
        if (control == null == (folder == null)) {
            throw new UsageException(control == null ? "a checkpoint's folder or --control unix:PATH is needed" : folder + ": with --control there is no checkpoint; leave it out");
        }
        if (control != null) {
            ControlSocket.ask(control, channel -> ControlProtocol.dump(channel, machine == null ? "" : machine, file.toAbsolutePath()));
            return ExitStatus.OK;
        }
        try {
            CheckpointDump.write(Checkpoint.open(folder), machine, file);
            return ExitStatus.OK;
        } catch (CheckpointException e) {
            throw new UsageException("checkpoint " + folder + ": " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw new UsageException("--elf " + file + ": there is no such folder");
        } catch (AccessDeniedException e) {
            throw new UsageException("--elf " + file + ": its folder cannot be written");
        } catch (IOException e) {
            throw new UsageException("--elf " + file + ": cannot be written: " + e.getMessage());
        }
    }
}
