package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GDB and what is around a guest: hv's monitor, Ctrl-C, several machines with a debugger each. */
@Timeout(240)
class DebuggersTest {

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void write() throws Exception {
        assumeTrue(HostProgram.there("gdb"));
        image = TinyGuest.write(temp.resolve("guest.elf"),
                0xFF, 5, 0, 0, 0x20, 0,         // 0x100010: inc dword [0x200000]
                0xEB, 0xF8);                    // 0x100016: jmp 0x100010
    }

    private LiveProcess gdb(Path socket, String... commands) throws IOException, InterruptedException {
        for (int i = 0; i < 6000 && !Files.exists(socket); i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        List<String> all = new ArrayList<>(List.of("gdb", "-nx", "-batch", "-ex", "set confirm off", "-ex", "set remotetimeout 100", "-ex", "set architecture i386:x86-64", "-ex", "target remote " + socket));
        for (String c : commands) {
            all.addAll(List.of("-ex", c));
        }
        return new LiveProcess(all, Map.of());
    }

    private LiveProcess hv(Path socket, String... more) throws IOException {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--memory", "16M", "--cpus", "2", "--timeout", "200s", "--gdb", "unix:" + socket));
        all.addAll(List.of(more));
        return LiveProcess.hv(all.toArray(String[]::new));
    }

    @Test
    void theMonitorShowsTracesAndKeeps() throws Exception {
        Path socket = temp.resolve("gdb.sock");
        Path saved = temp.resolve("saved");
        Path trace = temp.resolve("trace");
        try (LiveProcess hv = hv(socket, "--max-instructions", "20M"); LiveProcess gdb = gdb(socket, "break *0x100010", "ignore 1 9", "continue", "monitor inspect vm/guest/config/cpus",
                "monitor inspect vm/guest/nothing", "monitor rings", "monitor trace", "monitor trace on " + trace, "monitor trace on " + trace, "monitor checkpoint", "monitor checkpoint " + saved, "delete",
                "stepi", "monitor trace off", "monitor translate 0x200000", "monitor registers", "monitor nonsense", "monitor help", "detach")) {
            assertThat(gdb.status()).as(gdb.out() + gdb.err()).isZero();
            String said = gdb.out() + gdb.err();
            assertThat(said).contains("vm/guest/config/cpus = 2").contains("channel 1.0 ").contains(": closed, processor 0").contains("trace on\n").contains("trace: is on already").contains("trace off\n")
                    .contains("checkpoint " + saved + ": written when the machine goes on").contains("0x200000").contains("rip 0000000000100016").contains("rings");
            assertThat(said).contains("no nothing; in vm/guest is ").contains("trace: on FILE or off is needed").contains("checkpoint: a folder is needed");
            assertThat(hv.status()).as(hv.err()).isEqualTo(4);
            assertThat(trace).exists();
            assertThat(HvProcess.run("run", "--restore", saved.toString(), "--max-instructions", "1M").status()).isEqualTo(4);
            HvProcess count = HvProcess.run("inspect", saved.toString(), "vm/0/partition/vp/0/registers/cpu/rip");
            assertThat(count.out()).matches("(?s).*rip = 0x10001[06]\\s*");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real", "--parallel"})
    void ctrlCStopsWhatRuns(String how) throws Exception {
        Path socket = temp.resolve("gdb.sock");
        String[] more = how.equals("--parallel") ? new String[] {how, "--processors", "2"} : new String[] {how};
        try (LiveProcess hv = hv(socket, more); LiveProcess gdb = gdb(socket, "echo going\\n", "continue", "printf \"stopped %d\\n\", *(int *) 0x200000 > 0 && $rip >= 0x100010 && $rip <= 0x100016",
                "hbreak *0x100016", "continue", "printf \"again %#lx\\n\", $rip", "info threads", "kill")) {
            gdb.await("going");
            // until the guest, whose memory a debugger cannot be asked about while it runs, has run for some time
            TimeUnit.SECONDS.sleep(2);
            gdb.signal("INT");
            assertThat(gdb.status()).as(gdb.err()).isZero();
            assertThat(gdb.out()).as(gdb.err()).contains("stopped 1").contains("again 0x100016").contains("CPU#1");
            assertThat(hv.status()).as(hv.err()).isZero();
        }
    }

    @Test
    void eachMachineOfALabHasADebuggerOfItsOwn() throws Exception {
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                defaults: {multiboot: guest.elf, memory: 16M}
                machines:
                  - {name: a, gdb: "unix:%s"}
                  - {name: b, gdb: "unix:%s"}
                """.formatted(temp.resolve("a.sock"), temp.resolve("b.sock")));
        // the guest stands at the breakpoint already when it is made: it is met when it comes there again
        String[] script = {"break *0x100010", "ignore 1 COUNT", "continue", "printf \"at %d, %#lx\\n\", *(int *) 0x200000, $rip", "stepi", "printf \"then %d\\n\", *(int *) 0x200000", "delete", "detach"};
        try (LiveProcess hv = LiveProcess.hv("run", lab.toString(), "--max-instructions", "20M", "--timeout", "200s");
                LiveProcess a = gdb(temp.resolve("a.sock"), with(script, "5")); LiveProcess b = gdb(temp.resolve("b.sock"), with(script, "700"))) {
            assertThat(a.status()).as(a.err()).isZero();
            assertThat(b.status()).as(b.err()).isZero();
            assertThat(a.out()).contains("at 6, 0x100010").contains("then 7");
            assertThat(b.out()).contains("at 701, 0x100010").contains("then 702");
            assertThat(hv.status()).as(hv.err()).isEqualTo(4);
        }
    }

    private static String[] with(String[] script, String count) {
        return List.of(script).stream().map(c -> c.replace("COUNT", count)).toArray(String[]::new);
    }
}
