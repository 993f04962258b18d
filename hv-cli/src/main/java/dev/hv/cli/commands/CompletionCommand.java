package dev.hv.cli.commands;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints completion for a shell. */
@Command(name = "completion", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Prints a script that has a shell complete hv's commands, options and values.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(hv completion bash)                              in ~/.bashrc",
            "  source <(hv completion zsh)                               in ~/.zshrc",
            "  hv completion fish > ~/.config/fish/completions/hv.fish"})
public final class CompletionCommand implements Callable<Integer> {

    @Parameters(paramLabel = "SHELL", completionCandidates = Candidates.Shells.class, description = "The shell: ${COMPLETION-CANDIDATES}.")
    private String shell;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Candidates.require("completion", shell, new Candidates.Shells());
        CommandLine root = spec.root().commandLine();
        // the script for bash serves zsh, too: it loads bashcompinit there
        System.out.print(shell.equals("fish") ? new FishCompletion(root.getCommandSpec()).script() : AutoComplete.bash("hv", root));
        return ExitStatus.OK;
    }
}
