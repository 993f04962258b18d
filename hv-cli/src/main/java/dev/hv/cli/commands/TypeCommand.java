package dev.hv.cli.commands;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Types at a guest's keyboard. */
@Command(name = "type", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Types a text at a guest's keyboard, on the US layout.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv type --control unix:ctl 'root\\n'"})
public final class TypeCommand implements Callable<Integer> {

    @Mixin
    private ControlOptions options;
    @Parameters(arity = "1", paramLabel = "TEXT", description = "The text; \\n is enter, \\t tab, \\e escape, \\b backspace, \\\\ a backslash.")
    private List<String> parameters = List.of();

    @Override
    public Integer call() {
        parameters.forEach(p -> options.ask("do " + options.machine() + " type=" + p));
        return ExitStatus.OK;
    }
}
