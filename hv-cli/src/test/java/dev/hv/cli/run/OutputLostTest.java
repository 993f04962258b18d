package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output that cannot be written ends a run at once, with one line and a status of its own. */
class OutputLostTest {

    private static final String TIMEOUT = "170s";

    @TempDir
    private Path temp;
    private Path chatty;

    @BeforeEach
    void guest() throws Exception {
        chatty = SmallGuest.write(temp.resolve("guest"), "and on it goes\n", SmallGuest.Then.PRINT_AGAIN);
        assumeTrue(Files.isWritable(Path.of("/dev/full")), "SKIPPED: this host has no /dev/full");
    }

    private String[] run(String... more) {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", chatty.toString(), "--memory", "16M", "--timeout", TIMEOUT));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** Runs a command with its standard output somewhere, by the shell's own redirection. */
    static LiveProcess redirected(String redirection, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" " + redirection, "sh"));
        all.addAll(HvProcess.command(arguments));
        return new LiveProcess(all, Map.of());
    }

    static void lost(LiveProcess hv, String what) throws Exception {
        assertThat(hv.status()).as(hv.err()).isEqualTo(6);
        assertThat(hv.err().lines()).as(hv.err()).hasSize(1);
        assertThat(hv.err()).startsWith("hv: ").contains(what);
    }

    @Test
    void aFullDeviceOnStandardOutputEndsARun() throws Exception {
        for (String bare : new String[] {"", "--bare"}) {
            try (var hv = redirected(">/dev/full", bare.isEmpty() ? run() : run(bare))) {
                lost(hv, "standard output cannot be written any more (");
            }
        }
    }

    @Test
    void whatIsShownOfACheckpointAndRepeatedOfARecordingIsLostAlike() throws Exception {
        Path checkpoint = temp.resolve("checkpoint");
        Path recording = temp.resolve("run.hvr");
        assertThat(HvProcess.here(run("--serial", "none", "--at", "0s:checkpoint=" + checkpoint + ",stop")).status()).isZero();
        assertThat(HvProcess.here(run("--serial", "none", "--max-instructions", "1M", "--record", recording.toString())).status()).isEqualTo(4);
        try (var hv = redirected(">/dev/full", "inspect", checkpoint.toString())) {
            lost(hv, "standard output cannot be written any more (No space left on device)");
        }
        try (var hv = redirected(">/dev/full", "replay", recording.toString())) {
            assertThat(hv.status()).as(hv.err()).isEqualTo(6);
            assertThat(hv.err()).startsWith("hv: the replay: stopped at instruction ").contains("hv: standard output cannot be written any more (No space left on device): the replay is over\n").hasLineCount(2);
        }
    }

    /** A checkpoint and a core file for a folder that has gone meanwhile. */
    @Test
    void aCheckpointOrACoreFileThatCannotBeWrittenIsLostToo() throws Exception {
        // what is typed is echoed: in al, 3FDh; test al, 1; jz; in al, 3F8h; out 3F8h, al
        Path echo = TinyGuest.write(temp.resolve("echo.elf"), 0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0xEB, 0xEF);
        for (String what : new String[] {"checkpoint", "dump"}) {
            Path folder = Files.createDirectories(temp.resolve("gone"));
            try (var hv = LiveProcess.hv("run", "--multiboot", echo.toString(), "--memory", "16M", "--serial", "stdio", "--timeout", TIMEOUT, "--at", "console=x:" + what + "=" + folder.resolve("it"), "--at",
                    "console=y:checkpoint=" + temp.resolve("last-" + what) + ",stop")) {
                hv.type("a");
                hv.await("a");
                Files.delete(folder);
                hv.type("xy");
                assertThat(hv.status()).as(hv.err()).isEqualTo(6);
                assertThat(hv.err()).contains("it: cannot be written: ").contains("hv: the " + (what.equals("dump") ? "core file " : "checkpoint ") + folder.resolve("it") + " that was asked for is not there\n");
            }
        }
    }

    @Test
    void aReaderThatGoesAwayEndsARun() throws Exception {
        try (var hv = LiveProcess.hv(run())) {
            hv.await("goes\n");
            hv.closeOutput();
            lost(hv, "standard output cannot be written any more (");
        }
    }

    @Test
    void lastWordsThatAreLostCountAsWell() throws Exception {
        // the only text is written when the machine is at rest already
        Path brief = SmallGuest.write(temp.resolve("brief"), "x", SmallGuest.Then.SPIN);
        try (var hv = redirected(">/dev/full", "run", "--multiboot", brief.toString(), "--memory", "16M", "--max-instructions", "1000")) {
            lost(hv, "standard output cannot be written any more (");
        }
    }

    @Test
    void aSerialPortsFileThatIsFullEndsARunAndNamesTheFile() throws Exception {
        try (var hv = LiveProcess.hv(run("--serial", "file:/dev/full"))) {
            lost(hv, "serial file:/dev/full cannot be written any more (");
        }
    }

    @Test
    void oneConsoleOfALabIsEnough() throws Exception {
        Path lab = Files.writeString(temp.resolve("lab.yaml"), "defaults: {multiboot: guest, memory: 16M}\nmachines: [{name: a, serial: none}, {name: b, serial: 'file:/dev/full'}]\n");
        try (var hv = LiveProcess.hv("run", lab.toString(), "--timeout", TIMEOUT)) {
            lost(hv, "serial file:/dev/full");
        }
        Files.writeString(lab, "defaults: {multiboot: guest, memory: 16M}\nmachines: [{name: a}, {name: b}]\n");
        try (var hv = redirected(">/dev/full", "run", lab.toString(), "--timeout", TIMEOUT)) {
            lost(hv, "standard output cannot be written any more (");
        }
    }

    @Test
    void otherCommandsSayItToo() throws Exception {
        for (String command : List.of("--help", "man", "demo")) {
            try (var hv = redirected(">/dev/full", command)) {
                lost(hv, "standard output cannot be written any more");
            }
        }
    }

    @Test
    void tracesAndStatisticsThatCannotBeWrittenAreNamedAtTheEnd() throws Exception {
        Path quiet = SmallGuest.write(temp.resolve("quiet"), "x", SmallGuest.Then.SPIN);
        try (var hv = LiveProcess.hv("run", "--multiboot", quiet.toString(), "--memory", "16M", "--max-instructions", "1000", "--stats", "/dev/full")) {
            assertThat(hv.status()).isEqualTo(6);
            assertThat(hv.err()).contains("hv: --stats /dev/full: could not be written");
        }
        Files.createSymbolicLink(temp.resolve("to-full.pcapng"), Path.of("/dev/full"));
        try (var hv = LiveProcess.hv("run", "--multiboot", quiet.toString(), "--memory", "16M", "--max-instructions", "1000",
                "--net", "switch:lost,capture=" + temp.resolve("to-full.pcapng"), "--trace", "vmbus=" + temp.resolve("to-full.pcapng"))) {
            assertThat(hv.status()).isEqualTo(6);
            assertThat(hv.err()).contains("to-full.pcapng: could not be written to its end").contains("capture=");
        }
    }
}
