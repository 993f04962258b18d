package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GDB in Debian's kernel, forward and back. Its addresses come from the running kernel's own table: debug symbols of it are a gigabyte. */
@Tag("environment")
class DebianReverseTest {

    private static final int LONGEST_SECONDS = 900;

    @TempDir
    private Path temp;

    @Test
    void aKernelBreakpointAVariableAStepAndAStepBack() throws Exception {
        assumeTrue(HostProgram.there("gdb"));
        GuestFolder guest = DebianGuests.guest("bookworm");
        String[] boot = {"--kernel", guest.kernel().toString(), "--initrd", guest.initrd().toString(), "--memory", "256M", "--append", "console=ttyS0 nokaslr"};
        HvProcess table = HvProcess.run(all(List.of("run", "--timeout", LONGEST_SECONDS + "s", "--serial", "none", "--exec", "grep -wE 'start_kernel|jiffies' /proc/kallsyms"), boot));
        String start = address(table, "start_kernel");
        String jiffies = address(table, "jiffies");
        Path file = temp.resolve("run.hvr");
        HvProcess recorded = HvProcess.run(all(List.of("run", "--bare", "--record", file.toString(), "--timeout", LONGEST_SECONDS + "s", "--max-instructions", "250M"), boot));
        assertThat(Files.exists(file)).as(recorded.err()).isTrue();

        Path socket = temp.resolve("gdb.sock");
        var run = new FutureTask<>(() -> HvProcess.run("replay", file.toString(), "--timeout", LONGEST_SECONDS + "s", "--gdb", "unix:" + socket));
        Thread.ofPlatform().daemon().start(run);
        while (!Files.exists(socket) && !run.isDone()) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        Path script = Files.write(temp.resolve("script.gdb"), List.of("set confirm off", "set remotetimeout 120", "set architecture i386:x86-64", "target remote " + socket,
                "hbreak *" + start, "continue", "printf \"at %d\\n\", $rip == " + start,
                "set $before = $rsp", "stepi", "printf \"stepped %d\\n\", $rip != " + start, "reverse-stepi", "printf \"back %d %d\\n\", $rip == " + start + ", $rsp == $before",
                "delete", "continue", "set $last = *(unsigned long *) " + jiffies, "watch *(unsigned long *) " + jiffies, "reverse-continue",
                "printf \"ticks back %lu\\n\", $last - *(unsigned long *) " + jiffies, "delete", "detach"));
        Path out = temp.resolve("gdb.txt");
        Process gdb = new ProcessBuilder("gdb", "-nx", "-batch", "-x", script.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!gdb.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            gdb.destroyForcibly();
        }
        HvProcess end = run.get(LONGEST_SECONDS, TimeUnit.SECONDS);
        assertThat(Files.readString(out)).contains("at 1").contains("stepped 1").contains("back 1 1").contains("No more reverse-execution history").contains("ticks back 1");
        assertThat(end.err()).contains("equal to its end");
    }

    private static String[] all(List<String> first, String... more) {
        return Stream.concat(first.stream(), Arrays.stream(more)).toArray(String[]::new);
    }

    private static String address(HvProcess table, String name) {
        return "0x" + table.out().lines().map(l -> l.strip().split("\\s+")).filter(w -> w.length == 3 && w[2].equals(name)).findFirst().orElseThrow(() -> new AssertionError(table.out() + table.err()))[0];
    }
}
