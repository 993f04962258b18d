package dev.hv.cli.commands;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completion for the shell fish, from the model of the command line (fish's manual, "complete"). */
final class FishCompletion {

    private final CommandSpec root;
    private final StringBuilder out = new StringBuilder();

    FishCompletion(CommandSpec root) {
        this.root = root;
    }

    /** The script. */
    String script() {
        out.append("# Completion of hv for fish; made by hv completion fish.\n");
        // no files but where one can stand
        line("-f");
        command(root, List.of());
        return out.toString();
    }

    /** A command below others, and all below it. */
    private void command(CommandSpec command, List<String> path) {
        String here = condition(path, command.subcommands().keySet());
        for (Map.Entry<String, CommandLine> sub : command.subcommands().entrySet()) {
            line(here + " -a " + sub.getKey() + description(sub.getValue().getCommandSpec().usageMessage().description()));
        }
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                option(option, here);
            }
        }
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            if (isFile(parameter)) {
                line(here + " -F");
            } else if (parameter.completionCandidates() != null) {
                line(here + " -a " + quoted(candidates(parameter)) + description(parameter.description()));
            }
        }
        command.subcommands().forEach((name, sub) -> {
            List<String> below = new ArrayList<>(path);
            below.add(name);
            command(sub.getCommandSpec(), below);
        });
    }

    private void option(OptionSpec option, String here) {
        var names = new StringBuilder();
        for (String name : option.names()) {
            names.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
        }
        String value = "";
        if (option.arity().max() > 0) {
            Iterable<String> candidates = option.completionCandidates();
            value = candidates != null ? " -x -a " + quoted(candidates(option)) : isFile(option) ? " -r -F" : " -x";
        }
        line(here + names + value + description(option.description()));
    }

    /** Holds when the commands of the path were given, and none of those below. */
    private static String condition(List<String> path, Iterable<String> below) {
        List<String> parts = new ArrayList<>();
        path.forEach(p -> parts.add("__fish_seen_subcommand_from " + p));
        if (below.iterator().hasNext()) {
            parts.add("not __fish_seen_subcommand_from " + String.join(" ", below));
        }
        return "-n " + quoted(String.join("; and ", parts));
    }

    private static boolean isFile(ArgSpec argument) {
        return argument.type() == Path.class || argument.auxiliaryTypes() != null && List.of(argument.auxiliaryTypes()).contains(Path.class);
    }

    private static String candidates(ArgSpec argument) {
        return String.join(" ", argument.completionCandidates());
    }

    private static String description(String[] text) {
        return text.length == 0 ? "" : " -d " + quoted(String.join(" ", text));
    }

    /** Within single quotes fish knows two escapes: of the quote and of the backslash. */
    private static String quoted(String text) {
        return '\'' + text.replace("\\", "\\\\").replace("'", "\\'") + '\'';
    }

    private void line(String rest) {
        out.append("complete -c hv ").append(rest).append('\n');
    }
}
