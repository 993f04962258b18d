package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GDB itself goes forward and back in a replay. */
@Timeout(240)
class ReverseReplayTest {

    private static final int LONGEST_SECONDS = 120;

    @TempDir
    private Path temp;
    private Path image;
    private String[] machine = {};

    @BeforeEach
    void write() throws Exception {
        image = TinyGuest.write(temp.resolve("guest.elf"),
                0x66, 0xBA, 0xF8, 0x03,         // 0x100010: mov dx,3F8h
                0xB9, 0xE8, 3, 0, 0,            // 0x100014: mov ecx,1000
                0xFF, 5, 0, 0, 0x20, 0,         // 0x100019: again: inc dword [0x200000]
                0xB0, '.', 0xEE,                // 0x10001F: mov al,'.'; out dx,al
                0x49,                           // 0x100022: dec ecx
                0x75, 0xF4,                     // 0x100023: jnz again
                0x66, 0xBA, 0xF4, 0,            // 0x100025: mov dx,0F4h
                0xB0, 0, 0xEE, 0xEB, 0xFE);     // 0x100029: mov al,0; out dx,al
    }

    private Path record(String... more) throws Exception {
        Path file = temp.resolve("run.hvr");
        List<String> all = new ArrayList<>(List.of("run", "--record", file.toString(), "--digest", "--timeout", LONGEST_SECONDS + "s"));
        all.addAll(Arrays.asList(more));
        HvProcess run = HvProcess.run(all.toArray(String[]::new));
        assertThat(Files.exists(file)).as(run.err()).isTrue();
        return file;
    }

    /** Replays with GDB at it, and gives what GDB printed with the replay's end. */
    private String gdb(HvProcess[] end, Path recording, String... commands) throws Exception {
        assumeTrue(HostProgram.there("gdb"));
        Path socket = temp.resolve("gdb.sock");
        var run = new FutureTask<>(() -> HvProcess.run(Stream.concat(Stream.of("replay", recording.toString(), "--digest", "--timeout", LONGEST_SECONDS + "s", "--gdb", "unix:" + socket), Stream.of(machine)).toArray(String[]::new)));
        Thread.ofPlatform().daemon().start(run);
        while (!Files.exists(socket) && !run.isDone()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        Path script = Files.write(temp.resolve("script.gdb"), Arrays.asList(commands));
        Path out = temp.resolve("gdb.txt");
        Process gdb = new ProcessBuilder("gdb", "-nx", "-batch", "-ex", "set confirm off", "-ex", "set remotetimeout 100", "-ex", "set architecture i386:x86-64", "-ex", "target remote " + socket,
                "-x", script.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!gdb.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            gdb.destroyForcibly();
        }
        end[0] = run.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        return Files.readString(out);
    }

    @Test
    void itStepsBackAndMeetsStopsBackwards() throws Exception {
        Path file = record("--multiboot", image.toString(), "--bare", "--test-devices", "--memory", "16M");
        var end = new HvProcess[1];
        String said = gdb(end, file,
                "break *0x100019", "ignore 1 99", "continue", "printf \"at break %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "monitor instant",
                "stepi", "printf \"stepped %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-stepi", "printf \"back %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-stepi", "printf \"further %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-continue", "printf \"break before %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "delete", "watch *(int *) 0x200000", "continue", "continue", "printf \"watched %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-continue", "printf \"unwritten %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "delete", "continue", "printf \"at the end %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "hbreak *0x100025", "reverse-continue", "printf \"loop's end %d, %#lx, %d\\n\", *(int *) 0x200000, $rip, $rcx",
                "delete", "reverse-continue", "printf \"begin %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "monitor goto 500", "maintenance flush register-cache", "monitor instant", "set var $rax = 1", "set *(int *) 0x200000 = 7",
                "delete", "detach");
        assertThat(said).contains("at break 99, 0x100019").contains("stepped 100, 0x10001f").contains("back 99, 0x100019").contains("further 99, 0x100023")
                .contains("break before 98, 0x100019").contains("watched 100, 0x10001f").contains("unwritten 99, 0x100019")
                .contains("at the end 1000").contains("loop's end 1000, 0x100025, 0").contains("begin 0, 0x100010").containsSubsequence("at instant 500", "\n500\n");
        assertThat(end[0].err()).as(said).contains("equal to its end");
        assertThat(end[0].out()).as("nothing is shown twice").isEqualTo(".".repeat(1000));
    }

    /** In real time what the machine reads of the host's clock is recorded: stops read nothing of it. */
    @ParameterizedTest
    @ValueSource(strings = {"--bare", "--cpu=intel"})
    void itGoesBackInRealTime(String where) throws Exception {
        Path file = record("--multiboot", image.toString(), where, "--test-devices", "--memory", "16M", "--time", "real");
        var end = new HvProcess[1];
        String said = gdb(end, file, "hbreak *0x100025", "continue", "delete", "monitor instant", "reverse-stepi", "printf \"back at %#lx\\n\", $rip", "stepi", "detach");
        assertThat(said).contains("back at 0x100023");
        assertThat(end[0].err()).as(said).contains("equal to its end");
    }

    /** By lines and functions, in a program with debug information: the tutorial's driver, on the machine itself and as a guest. */
    @ParameterizedTest
    @ValueSource(strings = {"--bare", "--cpu=intel", "--cpu=amd"})
    void itGoesBackByLinesAndFunctions(String where) throws Exception {
        Path doorbell = Path.of("../docs/examples/doorbell");
        // a relative name, which the recording has as an absolute one: the guest is told neither
        Path file = record("--multiboot", doorbell.resolve("driver.elf").toString(), where, "--cpus", "2", "--memory", "16M", "--max-instructions", "200K");
        var end = new HvProcess[1];
        String said = gdb(end, file,
                "file " + doorbell.resolve("driver.debug"), "hbreak text", "continue", "delete", "reverse-finish", "echo A\\n", "frame",
                "next", "echo B\\n", "frame", "reverse-next", "echo C\\n", "frame", "next", "reverse-step", "echo D\\n", "frame", "reverse-finish", "echo E\\n", "frame", "kill");
        String call = "#0\\s+[^#]*main \\(\\) at ./driver.c:103";
        assertThat(said).as(end[0].err()).containsPattern("(?s)A\n" + call + ".*B\n#0\\s+main \\(\\) at ./driver.c:104.*C\n" + call + ".*D\n#0\\s+[^#]*in text [^#]*at ./driver.c:29.*E\n" + call);
        assertThat(end[0].err()).as(said).contains("the replay: stopped at instruction");
    }

    @Test
    void severalProcessorsGoBackTogether() throws Exception {
        Path smp = temp.resolve("smp.elf");
        Files.copy(ReverseReplayTest.class.getResourceAsStream("/guests/smp.elf"), smp);
        Path file = record("--multiboot", smp.toString(), "--append", "cpus=4", "--cpus", "4", "--bare", "--memory", "16M", "--max-instructions", "2M");
        var end = new HvProcess[1];
        String said = gdb(end, file,
                "monitor goto 1500000", "maintenance flush register-cache",
                "thread 1", "set scheduler-locking off",
                "set $a = $rip", "set $s = $rsp", "reverse-stepi", "set $b = $rip", "reverse-stepi", "stepi", "printf \"step %d\\n\", $rip == $b",
                "stepi", "printf \"same %d %d\\n\", $rip == $a, $rsp == $s",
                "monitor instant", "info threads", "kill");
        assertThat(said).contains("step 1").contains("same 1 1").contains("CPU#3");
        assertThat(end[0].err()).as(said).contains("the replay: stopped at instruction");
    }

    /** A debugger sees one machine of a lab; all of them go back with it, on one logical processor and on several. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void aLabGoesBackTogether(String processors) throws Exception {
        Path other = SmallGuest.write(temp.resolve("other.elf"), "other", SmallGuest.Then.SPIN);
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                machines:
                  - {name: other, multiboot: %s, memory: 8M}
                  - {name: counts, multiboot: %s, memory: 8M, test-devices: true}
                """.formatted(other, image));
        Path file = record(lab.toString(), "--time", "virtual", "--processors", processors, "--max-instructions", "100K");
        assertThat(HvProcess.here("replay", file.toString(), "--gdb", "0").err()).isEqualTo("hv: --gdb 0: say --machine NAME and which: other, counts\n");
        assertThat(HvProcess.here("replay", file.toString(), "--gdb", "0", "--machine", "cuonts").err()).isEqualTo("hv: --machine cuonts: not in the recording, which has other, counts\n");
        assertThat(HvProcess.here("replay", file.toString(), "--machine", "counts").err()).contains("--machine counts: belongs to --gdb").hasLineCount(1);
        var end = new HvProcess[1];
        machine = new String[] {"--machine", "counts"};
        String said = gdb(end, file,
                "break *0x100019", "ignore 1 99", "continue", "printf \"at break %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-stepi", "printf \"back %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "reverse-continue", "printf \"break before %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "delete", "watch *(int *) 0x200000", "continue", "continue", "reverse-continue", "printf \"unwritten %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "delete", "reverse-continue", "printf \"begin %d, %#lx\\n\", *(int *) 0x200000, $rip", "detach");
        assertThat(said).contains("at break 99, 0x100019").contains("back 99, 0x100023").contains("break before 98, 0x100019").contains("unwritten 99, 0x100019").contains("begin 0, 0x100010");
        assertThat(end[0].err()).as(said).contains("equal to its end");
        assertThat(end[0].out().lines()).as("nothing is shown twice").containsExactlyInAnyOrder("other| other", "counts| " + ".".repeat(1000));
    }
}
