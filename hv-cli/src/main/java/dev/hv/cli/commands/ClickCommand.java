package dev.hv.cli.commands;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Clicks with a guest's mouse. */
@Command(name = "click", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Moves a guest's mouse somewhere and clicks.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv click --control unix:ctl 400,300",
            "  hv click --control unix:ctl 400,300,right"})
public final class ClickCommand implements Callable<Integer> {

    @Mixin
    private ControlOptions options;
    @Parameters(arity = "1", paramLabel = "X,Y[,left|right|middle|none]", description = "Column and line of the screen, from 0, and the button (default left; none: only go there).")
    private List<String> parameters = List.of();

    @Override
    public Integer call() {
        parameters.forEach(p -> options.ask("do " + options.machine() + " click=" + p));
        return ExitStatus.OK;
    }
}
