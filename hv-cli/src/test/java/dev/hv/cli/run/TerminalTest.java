package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** hv at a terminal: a pseudo-terminal that script(1) makes. */
class TerminalTest {

    @TempDir
    private Path temp;

    /** A shell's line at a terminal of its own. */
    private static LiveProcess terminal(String line) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "SKIPPED: no script(1) on this host");
        return new LiveProcess(List.of("script", "-qfec", line, "/dev/null"), Map.of("TERM", "xterm-256color", "SHELL", "/bin/sh"));
    }

    private static String quoted(List<String> command) {
        return command.stream().map(w -> "'" + w.replace("'", "'\\''") + "'").collect(Collectors.joining(" "));
    }

    @Test
    void theGuestsFirstByteIsTheTerminalsFirstAndTheSettingsAreBackAtTheEnd() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "first words\n", SmallGuest.Then.HALT);
        String hv = quoted(HvProcess.command("run", "--multiboot", guest.toString(), "--memory", "16M", "--timeout", "170s"));
        Path before = temp.resolve("before");
        Path after = temp.resolve("after");
        try (var shell = terminal("stty -g >" + before + "; " + hv + "; echo status $?; stty -g >" + after)) {
            shell.await("first words");
            shell.type("\001x");
            assertThat(shell.status()).isZero();
            String out = shell.out();
            // a real-time run: a line about it may follow, but nothing stands before the guest's text or asks the terminal anything
            assertThat(out).startsWith("first words\r\n").contains("status 0").doesNotContain("\033");
        }
        assertThat(Files.readString(after)).isEqualTo(Files.readString(before)).isNotBlank();
    }

    @Test
    void theSettingsAreBackAfterASignal() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "first words\n", SmallGuest.Then.HALT);
        Path pid = temp.resolve("pid");
        String hv = quoted(HvProcess.command("run", "--multiboot", guest.toString(), "--memory", "16M", "--timeout", "170s"));
        Path before = temp.resolve("before");
        Path after = temp.resolve("after");
        try (var shell = terminal("stty -g >" + before + "; sh -c 'echo $$ >" + pid + "; exec \"$@\"' sh " + hv + "; echo status $?; stty -g >" + after)) {
            shell.await("first words");
            new ProcessBuilder("kill", "-TERM", Files.readString(pid).strip()).start().waitFor();
            shell.await("status 143");
            assertThat(shell.status()).isZero();
        }
        assertThat(Files.readString(after)).isEqualTo(Files.readString(before)).isNotBlank();
    }
}
