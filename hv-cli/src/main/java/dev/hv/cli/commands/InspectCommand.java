package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.FileName;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.console.StandardOutput;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.inspect.InspectException;
import dev.hv.cli.inspect.InspectNode;
import dev.hv.cli.inspect.InspectText;
import dev.hv.cli.run.CheckpointInspection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows objects of a running machine or of a checkpoint by their paths. */
@Command(name = "inspect", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Shows everything in a checkpoint or in a running machine: processors, partitions, SynIC, VMBus channels, devices, counters.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv inspect booted                                   everything in a checkpoint",
            "  hv inspect booted 'vm/0/partition/vp/*/registers/cpu/rip'",
            "  hv inspect --control unix:ctl 'vm/*/worker/vmbus/channel' --json"})
public final class InspectCommand implements Callable<Integer> {

    @Option(names = "--control", paramLabel = "unix:PATH", description = "A running machine: what hv run --control said.")
    private String control;
    @Option(names = "--json", description = "As JSON. Default: a line for each value.")
    private boolean json;
    @Parameters(arity = "0..2", paramLabel = "[CHECKPOINT] [PATH]",
            description = "A checkpoint's folder (without --control), and what to show: names with slashes between, * for any characters of a name, ** for any names. Default: everything.")
    private List<String> parameters = List.of();

    @Override
    public Integer call() {
        if (control == null && parameters.isEmpty()) {
            throw new UsageException("a checkpoint's folder or --control unix:PATH is needed");
        }
        if (control != null && parameters.size() > 1) {
            throw new UsageException(parameters.get(1) + ": with --control there is a path alone");
        }
        String path = parameters.size() > (control == null ? 1 : 0) ? parameters.getLast() : "";
        byte[] text;
        try {
            text = (control == null ? checkpoint(path) : running(path)).getBytes(StandardCharsets.UTF_8);
        } catch (InspectException e) {
            throw new UsageException(e.getMessage());
        }
        try (var out = new StandardOutput()) {
            out.write(text);
        } catch (IOException e) {
            Messages.say("standard output cannot be written any more (" + e.getMessage() + "); what was left to print is lost");
            return ExitStatus.OUTPUT;
        }
        return ExitStatus.OK;
    }

    private String checkpoint(String path) throws InspectException {
        String folder = parameters.getFirst();
        try {
            Map<String, InspectNode> found = CheckpointInspection.tree(Checkpoint.open(FileName.of(folder))).find(path);
            return json ? InspectText.json(found) : InspectText.lines(found);
        } catch (CheckpointException e) {
            throw new UsageException("checkpoint " + folder + ": " + e.getMessage());
        }
    }

    private String running(String path) {
        return ControlSocket.ask(control, channel -> ControlProtocol.ask(channel, json, path));
    }
}
