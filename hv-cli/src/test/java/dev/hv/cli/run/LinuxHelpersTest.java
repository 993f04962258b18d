package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own helpers for GDB at a Debian guest. HV_LINUX_DEBUG is a folder as docs/debugging.md makes it, of the guest's kernel. */
@Tag("environment")
class LinuxHelpersTest {

    private static final int LONGEST_SECONDS = 300;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"--bare", "--cpus=2"})
    void theyReadTasksLogAndModules(String how) throws Exception {
        String named = System.getenv("HV_LINUX_DEBUG");
        assumeTrue(named != null && HostProgram.there("gdb"));
        Path debug = Path.of(named).toAbsolutePath();
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path saved = temp.resolve("booted");
        HvProcess boot = HvProcess.run(DebianGuests.options(guest, "nokaslr hv.agent", null, how, "--at", "40s:checkpoint=" + saved + ",stop"));
        assertThat(boot.status()).as(boot.err()).isZero();
        Path socket = temp.resolve("gdb.sock");
        var run = new FutureTask<>(() -> HvProcess.run("run", "--restore", saved.toString(), "--timeout", LONGEST_SECONDS + "s", "--gdb", "unix:" + socket));
        Thread.ofPlatform().daemon().start(run);
        while (!Files.exists(socket) && !run.isDone()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        Path modules;
        try (var all = Files.list(debug.resolve("x/usr/lib/debug/lib/modules"))) {
            modules = all.findFirst().orElseThrow();
        }
        boolean bus = !how.equals("--bare");
        Path script = Files.writeString(temp.resolve("lx.gdb"), """
                set pagination off
                set architecture i386:x86-64
                set remotetimeout 100
                source vmlinux-gdb.py
                target remote %s
                lx-version
                lx-cmdline
                lx-dmesg
                lx-ps
                lx-symbols %s
                lx-lsmod
                p $lx_task_by_pid(1).comm
                p $lx_per_cpu("runqueues", 0).cpu
                %s
                kill
                """.formatted(socket, modules, bus ? "hbreak vmbus_chan_sched\ncontinue\nbt 3" : ""));
        Path out = temp.resolve("gdb.txt");
        Process gdb = new ProcessBuilder("gdb", "-nx", "-batch", "-x", script.toString(), "vmlinux").directory(debug.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!gdb.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            gdb.destroyForcibly();
        }
        String said = Files.readString(out);
        assertThat(said).contains("Linux version 6.1", "nokaslr", "Memory: ", "kthreadd", "\"init\"").doesNotContain("Error occurred");
        if (bus) {
            assertThat(said).contains("/hv_vmbus.ko", "hit Breakpoint 1, vmbus_chan_sched", "vmbus_isr ()");
        }
        assertThat(run.get(LONGEST_SECONDS, TimeUnit.SECONDS).status()).as(said).isZero();
    }
}
