package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a start loads: the classes that its command needs, and nothing of the rest. */
class StartTest {

    private static final Pattern CLASS = Pattern.compile("\\b((?:dev\\.hv|ch\\.qos\\.logback)\\.\\S+) source: ");

    @TempDir
    private Path temp;

    /** Classes of hv and of its logging that a start loads; an archive would have them loaded whether they are needed or not. */
    private List<String> loaded(int status, String... arguments) throws Exception {
        Path log = temp.resolve("classes");
        List<String> command = new ArrayList<>(HvProcess.command(arguments));
        command.removeIf(o -> o.startsWith("-XX:AOTCache="));
        command.add(1, "-Xlog:class+load:file=" + log);
        try (var hv = new LiveProcess(command, Map.of())) {
            assertThat(hv.status()).as(hv.err()).isEqualTo(status);
        }
        List<String> all = CLASS.matcher(Files.readString(log)).results().map(m -> m.group(1)).toList();
        assertThat(all).contains("dev.hv.cli.Main");
        return all;
    }

    /** Without processor, hypervisor and logging; what they throw is named by signatures of commands. Calls of the host's library stand where the processor's memory does. */
    private static void assertNoMachine(List<String> loaded) {
        assertThat(loaded).noneMatch(c -> c.startsWith("ch.qos.logback"));
        assertThat(loaded.stream().filter(c -> c.matches("dev\\.hv\\.(cpu|core|vmbus)\\..*") && !Throwable.class.isAssignableFrom(type(c))))
                .isSubsetOf("dev.hv.cpu.memory.LittleEndian", "dev.hv.cpu.memory.Raw", "dev.hv.cpu.memory.HostLibrary", "dev.hv.cpu.memory.HostLibrary$Function");
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name, false, StartTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            // a lambda's
            return Object.class;
        }
    }

    @Test
    void aCommandOnADiskLoadsNothingOfMachines() throws Exception {
        String raw = Files.write(temp.resolve("a.raw"), new byte[1 << 20]).toString();
        String vhdx = temp.resolve("a.vhdx").toString();
        List<String> convert = loaded(0, "disk", "convert", raw, vhdx);
        assertNoMachine(convert);
        assertThat(convert).contains("dev.hv.devices.disk.image.VhdxDisk").doesNotContain("dev.hv.cli.commands.RunOptions");
        List<String> info = loaded(0, "disk", "info", vhdx);
        assertNoMachine(info);
        assertThat(info).doesNotContain("dev.hv.cli.commands.RunOptions", "dev.hv.devices.disk.image.DiskTools");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "--help", "disk --help"})
    void whatIsOnlyPrintedLoadsNothingOfMachines(String words) throws Exception {
        assertNoMachine(loaded(0, words.split(" ")));
    }

    @Test
    void aRunThatLogsNothingDoesNotBeginLogging() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "x", SmallGuest.Then.SPIN);
        List<String> run = loaded(4, "run", "--multiboot", guest.toString(), "--memory", "16M", "--max-instructions", "100K");
        assertThat(run).contains("dev.hv.cpu.execute.Interpreter").noneMatch(c -> c.startsWith("ch.qos.logback"));
    }
}
