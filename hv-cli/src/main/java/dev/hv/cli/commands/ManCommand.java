package dev.hv.cli.commands;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the manual. */
@Command(name = "man", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Prints the manual page hv(1), of all commands, as man reads it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv man | man -l -",
            "  hv man > ~/.local/share/man/man1/hv.1"})
public final class ManCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        System.out.print(new ManPage(spec.root()).text());
        return ExitStatus.OK;
    }
}
