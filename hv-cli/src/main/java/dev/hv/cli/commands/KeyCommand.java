package dev.hv.cli.commands;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Presses keys at a guest's keyboard. */
@Command(name = "key", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Presses keys at a guest's keyboard.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv key --control unix:ctl ctrl+alt+delete",
            "  hv key --control unix:ctl alt+f2 up enter"})
public final class KeyCommand implements Callable<Integer> {

    @Mixin
    private ControlOptions options;
    @Parameters(arity = "1..*", paramLabel = "KEY[+KEY]…", description = "Keys that are held together, one row after the other: letters, digits, enter, esc, tab, f1, ctrl, alt, shift, win, up, delete, …")
    private List<String> parameters = List.of();

    @Override
    public Integer call() {
        parameters.forEach(p -> options.ask("do " + options.machine() + " key=" + p));
        return ExitStatus.OK;
    }
}
