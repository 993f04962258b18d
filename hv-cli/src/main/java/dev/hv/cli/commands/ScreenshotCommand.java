package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.FileName;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.run.CheckpointInspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes a picture of a guest's screen. */
@Command(name = "screenshot", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Writes what a guest's screen shows as PNG: of a running machine, or of one in a checkpoint.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv screenshot --control unix:ctl screen.png",
            "  hv screenshot booted screen.png --vm web"})
public final class ScreenshotCommand implements Callable<Integer> {

    @Mixin
    private ControlOptions options;
    @Parameters(arity = "1..2", paramLabel = "[CHECKPOINT] FILE", description = "A checkpoint's folder (without --control), and the file to write.")
    private List<String> parameters = List.of();

    @Override
    public Integer call() {
        boolean running = options.given();
        if (parameters.size() != (running ? 1 : 2)) {
            throw new UsageException(running ? parameters.getLast() + ": with --control there is a file alone" : "a checkpoint's folder or --control unix:PATH is needed, and a file");
        }
        Path file = FileName.of(parameters.getLast());
        OutputFiles.require("screenshot ", file);
        byte[] picture = running ? options.ask("screenshot " + options.machine()) : checkpoint(parameters.getFirst());
        try {
            Files.write(file, picture);
        } catch (IOException e) {
            throw new UsageException(file + ": cannot be written: " + e.getMessage());
        }
        return ExitStatus.OK;
    }

    private byte[] checkpoint(String folder) {
        try {
            return CheckpointInspection.screen(Checkpoint.open(FileName.of(folder)), options.machine());
        } catch (CheckpointException e) {
            throw new UsageException("checkpoint " + folder + ": " + e.getMessage());
        }
    }
}
