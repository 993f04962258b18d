package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.CheckpointWriter;
import dev.hv.cli.config.FileName;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command: says what is missing when no command is given. */
@Command(name = "hv", mixinStandardHelpOptions = true, addMethodSubcommands = false, version = "hv " + CheckpointWriter.VERSION,
        description = "A Hyper-V compatible hypervisor on an emulated x86-64 machine.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv demo",
            "  hv guest debian --dir guests/bookworm",
            "  hv run --kernel guests/bookworm/vmlinuz --initrd guests/bookworm/initrd.img",
            "  hv run lab.yaml --timeout 10m --stats run.json",
            "  hv run --help"})
public final class HvCommand implements Runnable, CommandGroup {

    private static final Map<String, Supplier<Object>> COMMANDS = all();

    @Spec
    private CommandSpec spec;

    private static Map<String, Supplier<Object>> all() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("demo", DemoCommand::new);
        all.put("run", RunCommand::new);
        all.put("replay", ReplayCommand::new);
        all.put("test", TestCommand::new);
        all.put("checkpoint", CheckpointCommand::new);
        all.put("disk", DiskCommand::new);
        all.put("dump", DumpCommand::new);
        all.put("inspect", InspectCommand::new);
        all.put("screenshot", ScreenshotCommand::new);
        all.put("type", TypeCommand::new);
        all.put("key", KeyCommand::new);
        all.put("click", ClickCommand::new);
        all.put("trace", TraceCommand::new);
        all.put("conform", ConformCommand::new);
        all.put("guest", GuestCommand::new);
        all.put("completion", CompletionCommand::new);
        all.put("man", ManCommand::new);
        return all;
    }

    @Override
    public Map<String, Supplier<Object>> commands() {
        return COMMANDS;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed");
    }

    /** The command line with all its commands: what completes, and is described in the manual. */
    public static CommandLine line() {
        var root = new HvCommand();
        var line = new CommandLine(root);
        CommandTree.all(line, root);
        return set(line);
    }

    /** The command line for these arguments, with what they need of it (see {@link CommandTree}): what parses and helps. */
    public static CommandLine line(String... args) {
        var root = new HvCommand();
        var line = new CommandLine(root);
        if (args.length > 0 && args[0].equals(SuiteWorkerCommand.NAME)) {
            line.addSubcommand(new SuiteWorkerCommand());
        } else {
            CommandTree.needed(line, root, List.of(args));
        }
        return set(line);
    }

    /** Sets what holds for all commands, which have to be there. */
    private static CommandLine set(CommandLine line) {
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(Path.class, HvCommand::path);
        line.getCommandSpec().usageMessage().exitCodeListHeading("%nExit status:%n").exitCodeList(exitStatuses());
        return line;
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new CommandLine.TypeConversionException("no file can have the name '%s': %s".formatted(name, FileName.why(name)));
        }
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
