package dev.hv.cli.commands;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Puts commands below others: as few as the words on the command line need. Each option costs the reading of its annotation, in code that a process that has just begun interprets; with all
 * of them that took longer than all the rest of a short command.
 */
final class CommandTree {

    /** Commands that are about all of them. */
    private static final Set<String> ABOUT_ALL = Set.of("completion", "man");
    private static final Set<String> HELP = Set.of("-h", "--help");
    private static final Set<String> VERSION = Set.of("-V", "--version");

    private CommandTree() {}

    /** Puts all commands of a group below it. */
    static void all(CommandLine line, CommandGroup group) {
        group.commands().keySet().forEach(name -> add(line, group, name, List.of()));
    }

    /**
     * Puts those commands of a group below it that are needed to parse these words, to carry them out and to say what is wrong with them.
     *
     * @param words what stands behind the group's name; with none, all of them are needed
     */
    static void needed(CommandLine line, CommandGroup group, List<String> words) {
        String first = words.isEmpty() ? "" : words.getFirst();
        if (group.commands().containsKey(first) && !ABOUT_ALL.contains(first)) {
            add(line, group, first, words.subList(1, words.size()));
        } else if (words.size() == 1 && HELP.contains(first)) {
            group.commands().forEach((name, maker) -> line.addSubcommand(name, described(maker.get())));
        } else if (words.size() != 1 || !VERSION.contains(first)) {
            all(line, group);
        }
    }

    private static void add(CommandLine line, CommandGroup group, String name, List<String> words) {
        Object command = group.commands().get(name).get();
        var below = new CommandLine(command);
        if (command instanceof CommandGroup lower) {
            needed(below, lower, words);
        }
        line.addSubcommand(name, below);
    }

    /** A command as the help of the one above it shows it: without options. */
    private static CommandSpec described(Object command) {
        CommandSpec spec = CommandSpec.create();
        spec.usageMessage().description(command.getClass().getAnnotation(Command.class).description());
        return spec;
    }
}
