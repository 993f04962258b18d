package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.run.HostProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Help, manual and completion come from one model, and are read by what people read them with. */
class HelpTest {

    @TempDir
    private Path temp;

    private static Stream<CommandLine> all(CommandLine line) {
        return Stream.concat(Stream.of(line), line.getSubcommands().values().stream().flatMap(HelpTest::all));
    }

    /** What a program says; null when this host does not have it. */
    private static String run(List<String> command) throws Exception {
        boolean there = HostProgram.there(command.getFirst());
        if (!there) {
            return null;
        }
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        p.waitFor();
        return text;
    }

    @Test
    void everyCommandsHelpHasExamplesThatParseAndFitATerminal() {
        all(HvCommand.line()).forEach(command -> {
            String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
            assertThat(help).contains("Examples:\n  " + (command.getCommandName().equals("completion") ? "source <(hv" : "hv"));
            assertThat(help.lines()).as(help).allMatch(l -> l.length() <= 80);
            String examples = help.substring(help.indexOf("Examples:") + 9).replace("\\\n", " ");
            examples.lines().map(String::strip).filter(l -> l.startsWith("hv ")).forEach(HelpTest::parses);
        });
    }

    private static void parses(String example) {
        List<String> words = new ArrayList<>();
        for (String quotedOrNot : example.replaceFirst(" (2?>|\\|) .*", "").substring(3).split(" (?=(?:[^']*'[^']*')*[^']*$)")) {
            if (!quotedOrNot.isEmpty()) {
                words.add(quotedOrNot.replace("'", ""));
            }
        }
        // throws when an option does not exist
        HvCommand.line().parseArgs(words.toArray(String[]::new));
    }

    @Test
    void theRootsHelpHasEveryExitStatus() {
        String help = HvCommand.line().getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertThat(help).contains("  6 ").contains("128+n").contains("(v<<1)|1");
    }

    @Test
    void theManualNamesEveryCommandAndOptionAndGroffHasNoComplaint() throws Exception {
        CommandLine root = HvCommand.line();
        String page = new ManPage(root.getCommandSpec()).text();
        Path file = Files.writeString(temp.resolve("hv.1"), page);
        String complaints = run(List.of("groff", "-man", "-ww", "-z", "-Tutf8", "-k", file.toString()));
        assertThat(complaints == null ? "" : complaints).isEmpty();
        String plain = page.replace("\\-", "-").replaceAll("\\\\f[BIR]", "");
        all(root).forEach(command -> {
            if (command.getParent() != null) {
                assertThat(plain).contains(".SS " + command.getCommandSpec().qualifiedName(" ") + "\n");
            }
            for (OptionSpec option : command.getCommandSpec().options()) {
                assertThat(plain.contains(option.longestName())).as(option.longestName()).isEqualTo(!option.hidden());
            }
        });
        assertThat(plain).contains("\n128+n\n").contains("HV_JAVA_OPTIONS");
    }

    @Test
    void bashCompletesCommandsValuesAndFiles() throws Exception {
        Path script = Files.writeString(temp.resolve("hv.bash"), AutoComplete.bash("hv", HvCommand.line()));
        assertThat(bash(script, "hv", "de")).isEqualTo("demo");
        assertThat(bash(script, "hv", "run", "--time", "")).isEqualTo("virtual real");
        assertThat(bash(script, "hv", "run", "--max")).isEqualTo("--max-instructions");
        assertThat(bash(script, "hv", "guest", "debian", "--release", "t")).isEqualTo("trixie");
        assertThat(bash(script, "hv", "run", "--kernel", temp + "/hv.b")).isEqualTo(script.toString());
    }

    private static String bash(Path script, String... words) throws Exception {
        String quoted = String.join(" ", Stream.of(words).map(w -> "'" + w + "'").toList());
        String said = run(List.of("bash", "-c", ". " + script + "; compopt() { :; }; COMP_WORDS=(" + quoted + "); COMP_CWORD=" + (words.length - 1)
                + "; _complete_hv; echo \"${COMPREPLY[*]}\""));
        assumeTrue(said != null, "SKIPPED: no bash on this host");
        return said.strip();
    }

    @Test
    void zshTakesTheSameScript() throws Exception {
        Path script = Files.writeString(temp.resolve("hv.zsh"), AutoComplete.bash("hv", HvCommand.line()));
        String said = run(List.of("zsh", "-f", "-c", ". " + script + "; print -r -- ${_comps[hv]}"));
        assumeTrue(said != null, "SKIPPED: no zsh on this host");
        assertThat(said).contains("_complete_hv");
    }

    @Test
    void fishCompletesCommandsValuesAndFilesOfTheCommandAtHand() throws Exception {
        Path script = Files.writeString(temp.resolve("hv.fish"), new FishCompletion(HvCommand.line().getCommandSpec()).script());
        String text = Files.readString(script);
        assertThat(text.lines()).allMatch(l -> l.startsWith("#") || l.startsWith("complete -c hv "));
        assertThat(text).contains("-l kernel -r -F").contains("-l time -x -a 'virtual real'").contains("PC\\'s devices").doesNotContain("firmware");
        assumeTrue(fish(script, "hv ") != null, "SKIPPED: no fish on this host");
        assertThat(fish(script, "hv ")).contains("demo", "run", "man", "completion").doesNotContain("vmbus", "hv.fish");
        assertThat(fish(script, "hv run --time ")).containsExactlyInAnyOrder("virtual", "real");
        assertThat(fish(script, "hv trace ")).containsExactlyInAnyOrder("vmbus", "exits", "hypercalls", "msrs", "interrupts", "instructions", "iommu");
        assertThat(fish(script, "hv trace vmbus --kern")).containsExactly("--kernel");
        assertThat(fish(script, "hv run --kernel " + temp + "/hv.f")).containsExactly(script.toString());
    }

    private static List<String> fish(Path script, String line) throws Exception {
        String said = run(List.of("fish", "--no-config", "-c", "source " + script + "; complete -C '" + line + "'"));
        return said == null ? null : said.lines().map(l -> l.split("\t")[0]).toList();
    }
}
