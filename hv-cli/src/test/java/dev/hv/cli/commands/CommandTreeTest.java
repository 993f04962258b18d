package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** As few commands are made as a command line needs, and nobody sees a difference to all of them. */
class CommandTreeTest {

    private static Stream<CommandLine> all(CommandLine line) {
        return Stream.concat(Stream.of(line), line.getSubcommands().values().stream().flatMap(CommandTreeTest::all));
    }

    /** The words that lead to each command. */
    static Stream<List<String>> commands() {
        return all(HvCommand.line()).map(c -> c.getParent() == null ? List.of() : List.of(c.getCommandSpec().qualifiedName(" ").substring("hv ".length()).split(" ")));
    }

    private static CommandLine at(CommandLine line, List<String> path) {
        CommandLine at = line;
        for (String name : path) {
            at = at.getSubcommands().get(name);
        }
        return at;
    }

    private static CommandLine line(List<String> path, String... more) {
        List<String> words = new ArrayList<>(path);
        words.addAll(List.of(more));
        return HvCommand.line(words.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpIsThatOfAllCommands(List<String> path) {
        String expected = at(HvCommand.line(), path).getUsageMessage(Ansi.OFF);
        assertThat(at(line(path, "--help"), path).getUsageMessage(Ansi.OFF)).isEqualTo(expected);
        assertThat(at(line(path, "-h"), path).getUsageMessage(Ansi.OFF)).isEqualTo(expected);
        assertThat(at(line(path, "--help", "--version"), path).getUsageMessage(Ansi.OFF)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"disk info a.vhdx,2", "disk convert a b,2", "disk --help,9", "disk inof a,9", "run --help,1", "trace hypercalls --help,2", "--version,0", "-V,0", "--help,17", "'disk --version',1"})
    void commandsThatNoWordNamesAreNotMade(String words, int made) {
        assertThat(all(HvCommand.line(words.split(" "))).count() - 1).isEqualTo(made);
    }

    /** Whoever mistypes is told of the commands that there are. */
    @ParameterizedTest
    @ValueSource(strings = {"dsk", "disk inof", "trace hypercall", "--nope", ""})
    void whatIsWrongIsSaidAsWithAllOfThem(String words) {
        assertThat(said(HvCommand.line(words.split(" ")), words)).isEqualTo(said(HvCommand.line(), words)).isNotEmpty();
    }

    private static String said(CommandLine line, String words) {
        try {
            line.parseArgs(words.split(" "));
            return "";
        } catch (CommandLine.ParameterException e) {
            return e.getMessage();
        }
    }

    @Test
    void manualAndCompletionAreAboutAllCommands() {
        long every = all(HvCommand.line()).count();
        assertThat(all(HvCommand.line("man")).count()).isEqualTo(every);
        assertThat(all(HvCommand.line("completion", "bash")).count()).isEqualTo(every);
    }
}
