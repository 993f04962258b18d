package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.HvProcess;
import dev.hv.cli.run.TinyGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every option and every operand of every command, as the command line's model has them, with wrong values of every kind: either it is taken, or there is one line that names what is wrong, status 2, and nothing is left behind. A command or an option
 * that is added is tried without being named here.
 */
class EveryOptionTest {

    /** Commands that are not asked to do anything, since they do a lot: for them there is what each refuses before. */
    private static final Set<String> HEAVY = Set.of("demo", "man", "completion");
    private static final int REFUSED = 2;

    @TempDir
    static Path temp;
    /** What a command does in little, by its name. */
    private static final Map<String, List<String>> BASES = new LinkedHashMap<>();

    @BeforeAll
    static void files() throws Exception {
        // it prints nothing, and nothing is read for it: standard input and output are those of whoever runs tests
        Path image = TinyGuest.write(temp.resolve("tiny.elf"), TinyGuest.leaving());
        List<String> machine = List.of("--multiboot", image.toString(), "--memory", "16M", "--serial", "none", "--test-devices", "--max-instructions", "1000", "--timeout", "20s");
        Path checkpoint = temp.resolve("checkpoint");
        Path recording = temp.resolve("run.hvr");
        List<String> made = new ArrayList<>(machine);
        made.addAll(List.of("--at", "0s:checkpoint=" + checkpoint));
        here("run", made);
        List<String> recorded = new ArrayList<>(machine);
        recorded.addAll(List.of("--record", recording.toString()));
        here("run", recorded);
        assertThat(checkpoint).isDirectory();
        assertThat(recording).exists();
        Path suite = Files.writeString(temp.resolve("s.yaml"), "machine: {multiboot: tiny.elf, memory: 16M, test-devices: true}\ncases: [{name: a, steps: [{ends: exit, status: 1}]}]\n");
        Path vectors = Files.writeString(temp.resolve("v.jsonl"), "{\"format\":\"hv-vectors-1\",\"cpu\":\"x\"}\n");
        Path disk = temp.resolve("d.img");
        Files.write(disk, new byte[1 << 16]);
        BASES.put("run", machine);
        for (CommandLine what : HvCommand.line().getSubcommands().get("trace").getSubcommands().values()) {
            BASES.put(name(what), machine);
        }
        BASES.put("trace", List.of());
        BASES.put("replay", List.of("--timeout", "20s", recording.toString()));
        BASES.put("test", List.of(suite.toString(), "--list"));
        BASES.put("checkpoint", List.of());
        BASES.put("checkpoint info", List.of(checkpoint.toString()));
        BASES.put("dump", List.of("--elf", temp.resolve("core").toString(), checkpoint.toString()));
        BASES.put("inspect", List.of(checkpoint.toString()));
        BASES.put("screenshot", List.of(checkpoint.toString(), temp.resolve("s.png").toString()));
        BASES.put("type", List.of("--control", "unix:" + temp.resolve("none"), "x"));
        BASES.put("key", List.of("--control", "unix:" + temp.resolve("none"), "enter"));
        BASES.put("click", List.of("--control", "unix:" + temp.resolve("none"), "1,1"));
        BASES.put("conform", List.of(vectors.toString()));
        // a folder that a file stands in the way of: nothing is fetched
        BASES.put("guest", List.of("debian", "--dir", disk.resolve("below").toString()));
        BASES.put("disk", List.of());
        BASES.put("disk create", List.of(temp.resolve("new.vhdx").toString(), "--size", "1M"));
        BASES.put("disk convert", List.of(disk.toString(), temp.resolve("copy.vhdx").toString()));
        for (String of : List.of("info", "compact", "merge", "check", "chain")) {
            BASES.put("disk " + of, List.of(disk.toString()));
        }
        BASES.put("disk resize", List.of(disk.toString(), "1M"));
        Files.createFile(temp.resolve("empty"));
        // by a link, which is all that is lost when a device is replaced by a file
        Files.createSymbolicLink(temp.resolve("full"), Path.of("/dev/full"));
        Files.writeString(temp.resolve("text"), "no such thing\n");
    }

    private static HvProcess here(String command, List<String> arguments) {
        return HvProcess.here(Stream.concat(Stream.of(command.split(" ")), arguments.stream()).toArray(String[]::new));
    }

    private static Stream<CommandLine> all(CommandLine line) {
        return Stream.concat(Stream.of(line), line.getSubcommands().values().stream().flatMap(EveryOptionTest::all));
    }

    static Stream<String> commands() {
        return all(HvCommand.line()).filter(c -> c.getParent() != null).map(EveryOptionTest::name).filter(n -> !HEAVY.contains(n));
    }

    private static String name(CommandLine c) {
        return c.getCommandSpec().qualifiedName(" ").replaceFirst("^hv ?", "");
    }

    /** The kinds that have most often been wrong. */
    private static final List<String> FEW = List.of("", "99999999999999999999999999", "\u0000");

    private static List<String> many() {
        return List.of("", " ", "nonsense", "-1", "0", "1e99", "99999999999999999999999999", "/nowhere/none", temp.toString(), temp.resolve("full").toString(), "a\nb", "a b", "=", ",", ":", ",,", "a=b", "a:b", "1s:", ":1s", "\u0000", "caf\u00e9\u001b[2J", "\ud800",
                "\ufffd", "x".repeat(5000), "unix:", "unix:/nowhere/none", "unix:" + temp, "0x", "2M,", temp.resolve("empty").toString(), temp.resolve("text").toString(), temp.resolve("text") + ",", temp.resolve("text") + "/below", "*", "%s%n", "${sys:x}", "@/nowhere");
    }

    private static Set<String> left() {
        // and the working directory, where names without a folder are
        try (Stream<Path> all = Files.walk(temp); Stream<Path> here = Files.list(Path.of(""))) {
            return new TreeSet<>(Stream.concat(all, here).map(Path::toString).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String shown(List<String> words) {
        return String.join(" ", words.stream().map(w -> w.length() > 60 ? w.substring(0, 60) + "…" : w).toList()).replaceAll("\\p{Cntrl}", "?");
    }

    /** What is wrong with how a command line was answered; empty when nothing is. */
    private static List<String> wrong(HvProcess hv, Set<String> before) {
        List<String> wrong = new ArrayList<>();
        String err = hv.err();
        if (hv.status() == ExitStatus.INTERNAL || (hv.out() + err).contains("Exception") || err.contains("\tat ") || err.contains("java.")) {
            wrong.add("an internal error");
        }
        if (hv.status() == REFUSED) {
            // all mistakes of a suite are told at once
            if (err.lines().count() != 1 && !err.contains(":1:1: a suite ") || !err.startsWith("hv: ") || err.strip().replace("\n", "").chars().anyMatch(Character::isISOControl)) {
                wrong.add("not one line");
            }
            if (err.replace("/dev/null", "").contains("null")) {
                wrong.add("a null");
            }
            if (!hv.out().isEmpty()) {
                wrong.add("output before it");
            }
            Set<String> more = left();
            more.removeAll(before);
            if (!more.isEmpty()) {
                wrong.add("left behind: " + more);
            }
        }
        return wrong;
    }

    private static void clean(Set<String> before) throws IOException {
        Set<String> more = left();
        more.removeAll(before);
        for (String file : more.stream().sorted(Comparator.reverseOrder()).toList()) {
            Files.deleteIfExists(Path.of(file));
        }
    }

    /** A value is right, and what comes of it waits for somebody, or fetches something. */
    private static boolean takesLong(String command, ArgSpec arg, String value) {
        String option = arg instanceof OptionSpec o ? o.longestName() : "";
        return command.equals("replay") && option.equals("--gdb") && value.equals("0") || command.equals("guest") && option.equals("--dir") && !value.isEmpty() && !value.equals("\u0000") && !value.equals("\ud800") && !value.startsWith(temp.resolve("text") + "/");
    }

    private static Collection<String> tryAll(String command, ArgSpec arg, List<String> base, List<String> values) throws IOException {
        List<String> problems = new ArrayList<>();
        Set<String> before = left();
        for (String value : values) {
            if (takesLong(command, arg, value)) {
                continue;
            }
            List<String> words = new ArrayList<>();
            if (arg instanceof OptionSpec option) {
                // what the base says itself it says no more
                for (int i = 0; i < base.size(); i++) {
                    if (Arrays.asList(option.names()).contains(base.get(i)) && !option.isMultiValue()) {
                        i++;
                    } else {
                        words.add(base.get(i));
                    }
                }
                words.add(option.longestName() + "=" + value);
            } else {
                words.add(value);
                words.addAll(base);
            }
            HvProcess hv = here(command, words);
            List<String> wrong = wrong(hv, before);
            if (!wrong.isEmpty()) {
                problems.add("hv " + command + " " + shown(words) + "\n    " + wrong + " " + hv.status() + ": " + hv.err().strip());
            }
            clean(before);
        }
        return problems;
    }

    /** Those of traces are those of run. */
    static Stream<String> quick() {
        return commands().filter(c -> !c.startsWith("trace "));
    }

    @ParameterizedTest
    @MethodSource("quick")
    void wrongValuesAreOneLineOrTaken(String command) throws Exception {
        hold(command, FEW);
    }

    @ParameterizedTest
    @MethodSource("commands")
    @Tag("environment")
    void wrongValuesOfManyKindsAreOneLineOrTaken(String command) throws Exception {
        hold(command, many());
    }

    private static void hold(String command, List<String> values) throws IOException {
        List<String> base = BASES.get(command);
        assertThat(base).as("what 'hv %s' does in little", command).isNotNull();
        List<String> problems = new ArrayList<>();
        CommandLine line = HvCommand.line();
        for (String part : command.split(" ")) {
            line = line.getSubcommands().get(part);
        }
        for (OptionSpec option : line.getCommandSpec().options()) {
            if (option.arity().max() > 0) {
                problems.addAll(tryAll(command, option, base, values));
            }
        }
        for (ArgSpec operand : line.getCommandSpec().positionalParameters()) {
            problems.addAll(tryAll(command, operand, base, values));
        }
        assertThat(problems).as(String.join("\n", problems)).isEmpty();
    }
}
