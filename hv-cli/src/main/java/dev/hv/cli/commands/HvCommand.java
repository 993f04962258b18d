package dev.hv.cli.commands;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command: says what is missing when no command is given. */
@Command(name = "hv", mixinStandardHelpOptions = true, version = "hv 0.1.0",
        description = "A Hyper-V compatible hypervisor on an emulated x86-64 machine.",
        subcommands = {DemoCommand.class, RunCommand.class, CheckpointCommand.class, TraceCommand.class, ConformCommand.class, GuestCommand.class, CompletionCommand.class, ManCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv demo",
            "  hv guest debian --dir guests/bookworm",
            "  hv run --kernel guests/bookworm/vmlinuz --initrd guests/bookworm/initrd.img",
            "  hv run lab.yaml --timeout 10m --stats run.json",
            "  hv run --help"})
public final class HvCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed");
    }

    /** The command line with all its commands: what parses, helps, completes and is described in the manual. */
    public static CommandLine line() {
        var line = new CommandLine(new HvCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit status:%n").exitCodeList(exitStatuses());
        return line;
    }

    private static Map<String, String> exitStatuses() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String row : ExitStatus.TABLE) {
            int colon = row.indexOf(':');
            all.put(row.substring(0, colon), row.substring(colon + 1));
        }
        return all;
    }
}
