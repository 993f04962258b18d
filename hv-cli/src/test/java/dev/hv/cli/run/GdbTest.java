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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GDB itself at a small guest. */
class GdbTest {

    private static final int LONGEST_SECONDS = 120;

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void write() throws Exception {
        image = TinyGuest.write(temp.resolve("guest.elf"),
                0xB9, 0xE8, 3, 0, 0,            // 0x100010: mov ecx,1000
                0xFF, 5, 0, 0, 0x20, 0,         // 0x100015: inc dword [0x200000]
                0x49,                           // 0x10001B: dec ecx
                0x75, 0xF7,                     // 0x10001C: jnz 0x100015
                0xA1, 0x15, 0, 0x10, 0,         // 0x10001E: mov eax,[0x100015]: its own code
                0xA3, 4, 0, 0x20, 0,            // 0x100023: mov [0x200004],eax
                0x66, 0xBA, 0xF4, 0, 0xB0, 0, 0xEE, 0xEB, 0xFE);
    }

    /** Where a machine is debugged: on the bare machine, or as a guest by VT-x or AMD-V. */
    private static final String[] BARE = {"--bare"};
    private static final String[] INTEL = {"--cpu", "intel"};
    private static final String[] AMD = {"--cpu", "amd", "--cpus", "2"};

    private String[] place = BARE;

    private HvProcess hv(String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--test-devices", "--memory", "16M", "--digest", "--timeout", LONGEST_SECONDS + "s"));
        all.addAll(Arrays.asList(place));
        all.addAll(Arrays.asList(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static String digest(HvProcess p) {
        return p.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(p.err()));
    }

    /** Runs hv with GDB at it, and gives what GDB printed with hv's end. */
    private String gdb(HvProcess[] end, String engine, String... commands) throws Exception {
        assumeTrue(HostProgram.there("gdb"));
        Path socket = temp.resolve("gdb.sock");
        var run = new FutureTask<>(() -> hv("--engine", engine, "--gdb", "unix:" + socket));
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

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void aGuestStopsStepsAndWatchesAndTheRunIsTheOneWithoutIt(String vendor) throws Exception {
        place = vendor.equals("intel") ? INTEL : AMD;
        itStopsStepsAndWatchesAndTheRunIsTheOneWithoutIt("auto");
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compiled", "auto"})
    void itStopsStepsAndWatchesAndTheRunIsTheOneWithoutIt(String engine) throws Exception {
        var end = new HvProcess[1];
        String said = gdb(end, engine,
                "break *0x100015", "ignore 1 99", "continue", "printf \"at break %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "stepi", "printf \"stepped %d, %#lx\\n\", *(int *) 0x200000, $rip",
                "delete", "watch *(int *) 0x200000", "continue", "printf \"watched %d, %#lx, left %d\\n\", *(int *) 0x200000, $rip, $rcx",
                "delete", "hbreak *0x100028", "continue", "printf \"read %#x\\n\", *(int *) 0x200004",
                "monitor registers", "info threads", "monitor translate 0x200000", "detach");
        assertThat(said).contains("at break 99, 0x100015").contains("stepped 100, 0x10001b").contains("watched 101, 0x10001b, left 900")
                .contains("read 0x5ff").contains("CPU#0 [running]").contains("0x200000").contains("rip 0000000000100028");
        assertThat(digest(end[0])).as(said).isEqualTo(digest(hv("--engine", engine)));
    }

    @Test
    void aDebuggerThatVanishesLeavesTheGuestRunningWithoutItsStops() throws Exception {
        var end = new HvProcess[1];
        gdb(end, "auto", "break *0x100015", "continue", "python import os; os._exit(0)");
        assertThat(digest(end[0])).isEqualTo(digest(hv()));
    }

    @Test
    void badPlacesAreUsageErrors() throws Exception {
        assertThat(hv("--gdb", "70000").err()).contains("--gdb 70000: a port from 0 to 65535, or unix:PATH");
    }
}
