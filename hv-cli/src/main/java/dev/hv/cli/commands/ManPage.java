package dev.hv.cli.commands;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page of all commands, from the same model that parses and helps; in the man macros (groff_man(7)). */
final class ManPage {

    private final CommandSpec root;
    private final StringBuilder out = new StringBuilder();

    ManPage(CommandSpec root) {
        this.root = root;
    }

    /** The page's source. */
    String text() {
        line(".TH HV 1 \"\" \"" + escaped(root.version()[0]) + "\" \"User Commands\"");
        line(".SH NAME");
        line("hv \\- " + escaped(joined(root.usageMessage().description())));
        line(".SH SYNOPSIS");
        root.subcommands().values().forEach(sub -> synopsis(sub.getCommandSpec()));
        line(".SH OPTIONS");
        arguments(root);
        line(".SH COMMANDS");
        root.subcommands().values().forEach(sub -> command(sub.getCommandSpec()));
        line(".SH EXIT STATUS");
        root.usageMessage().exitCodeList().forEach((status, meaning) -> entry("\\fB" + escaped(status) + "\\fR", meaning));
        line(".SH ENVIRONMENT");
        entry("\\fBJAVA_HOME\\fR", "the JDK, 25 or newer, that is looked at first");
        entry("\\fBHV_JAVA_OPTIONS\\fR", "further options for the JVM");
        line(".SH EXAMPLES");
        examples(root);
        return out.toString();
    }

    /** A command's line, or those of the commands below it. */
    private void synopsis(CommandSpec command) {
        if (!command.subcommands().isEmpty()) {
            command.subcommands().values().forEach(sub -> synopsis(sub.getCommandSpec()));
            return;
        }
        var text = new StringBuilder("\\fB").append(escaped(command.qualifiedName(" "))).append("\\fR");
        if (command.options().stream().anyMatch(o -> !o.usageHelp() && !o.versionHelp())) {
            text.append(" [\\fIOPTION\\fR]...");
        }
        for (PositionalParamSpec p : command.positionalParameters()) {
            String name = "\\fI" + escaped(p.paramLabel()) + "\\fR" + (p.arity().max() > 1 ? "..." : "");
            text.append(' ').append(p.arity().min() == 0 ? "[" + name + "]" : name);
        }
        line(text.toString());
        line(".br");
    }

    private void command(CommandSpec command) {
        line(".SS " + escaped(command.qualifiedName(" ")));
        line(escaped(joined(command.usageMessage().description())));
        arguments(command);
        if (command.usageMessage().footer().length > 0) {
            line(".PP");
            line("Examples:");
            examples(command);
        }
        command.subcommands().values().forEach(sub -> command(sub.getCommandSpec()));
    }

    private void arguments(CommandSpec command) {
        for (PositionalParamSpec p : command.positionalParameters()) {
            entry("\\fI" + escaped(p.paramLabel()) + "\\fR", joined(p.description()));
        }
        for (OptionSpec o : command.options()) {
            if (!o.hidden()) {
                String names = Arrays.stream(o.names()).map(n -> "\\fB" + escaped(n) + "\\fR").collect(Collectors.joining(", "));
                entry(names + value(o), joined(o.description()));
            }
        }
    }

    private static String value(ArgSpec option) {
        return option.arity().max() == 0 ? "" : " \\fI" + escaped(option.paramLabel()) + "\\fR";
    }

    private void entry(String term, String text) {
        line(".TP");
        line(term);
        line(escaped(text));
    }

    private void examples(CommandSpec command) {
        line(".PP");
        line(".nf");
        line(".RS");
        for (String example : command.usageMessage().footer()) {
            line(escaped(example.strip()));
        }
        line(".RE");
        line(".fi");
    }

    private static String joined(String[] text) {
        return String.join(" ", text);
    }

    /** Text that troff shows as it is: no escapes, no requests at the start, hyphens that can be copied. */
    private static String escaped(String text) {
        String plain = text.replace("\\", "\\(rs").replace("-", "\\-").replace("'", "\\(aq").replace("\"", "\\(dq").replace("^", "\\(ha").replace("~", "\\(ti")
                .replace("`", "\\(ga").replace("\u2026", "...");
        return plain.startsWith(".") ? "\\&" + plain : plain;
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}
