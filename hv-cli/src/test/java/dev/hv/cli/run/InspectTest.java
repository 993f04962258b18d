package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running machine and a checkpoint show everything by name, and looking changes nothing. */
class InspectTest {

    @TempDir
    private Path temp;

    private HvProcess run(String... more) throws Exception {
        Path image = TinyGuest.write(temp.resolve("guest.elf"),
                0xB9, 0, 0, 0, 4,               // 0x100010: mov ecx,0x4000000
                0xFF, 5, 0, 0, 0x20, 0,         // 0x100015: inc dword [0x200000]
                0x49,                           // 0x10001B: dec ecx
                0x75, 0xF7,                     // 0x10001C: jnz 0x100015
                0xEB, 0xF0);                    // 0x10001E: jmp 0x100010
        String[] all = Stream.concat(Stream.of("run", "--multiboot", image.toString(), "--cpus", "2", "--memory", "16M", "--max-instructions", "2G",
                "--digest", "--timeout", "120s"), Arrays.stream(more)).toArray(String[]::new);
        return HvProcess.run(all);
    }

    private static String digest(HvProcess p) {
        return p.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(p.err()));
    }

    @Test
    void aRunningMachineIsLookedAtAndTheRunIsTheSame() throws Exception {
        String plain = digest(run());
        Path socket = temp.resolve("control");
        var run = new FutureTask<>(() -> run("--control", "unix:" + socket));
        Thread.ofPlatform().daemon().start(run);
        while (!Files.exists(socket) && !run.isDone()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        HvProcess all = HvProcess.run("inspect", "--control", "unix:" + socket);
        HvProcess wrong = HvProcess.run("inspect", "--control", "unix:" + socket, "vm/guest/nix");
        assertThat(run.isDone()).as("asked while it ran").isFalse();
        assertThat(digest(run.get(120, TimeUnit.SECONDS))).isEqualTo(plain);
        assertThat(all.out()).containsPattern("vm/guest/partition/vp/1/registers/cpu/rip = ").containsPattern("vm/guest/worker/chipset/uart/1/lcr = ").contains("vm/guest/config/cpus = 2")
                .containsPattern("machine/processor/0/vmx/.*guest-rip = ").containsPattern("statistics/turns = ").containsPattern("vm/guest/worker/vmbus/channel/1/offer = .").containsPattern("synic/sint/2 = ");
        // what nobody has named shows up under this name
        assertThat(all.out().lines().filter(l -> l.matches(".*/value(/.*)? = .*"))).as("values without a name").isEmpty();
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).hasLineCount(1).contains("no nix; in vm/guest is ").contains("partition");
        assertThat(Files.exists(socket)).isFalse();
    }

    @Test
    void aCheckpointAndAnInstantShowTheSameMoment() throws Exception {
        String folder = temp.resolve("saved").toString();
        HvProcess hv = run("--at", "20ms:inspect=vm/*/partition/vp/0/registers/cpu/r?x", "--at", "20ms:inspect=vm/*/partition/vp/0/registers/cpu/rcx", "--at", "20ms:checkpoint=" + folder + ",stop");
        List<String> shown = hv.err().lines().filter(l -> l.startsWith("vm/guest/")).toList();
        assertThat(hv.err()).contains("no r?x; in ");
        HvProcess saved = HvProcess.run("inspect", folder, "vm/0/partition/vp/0/registers/cpu/rcx");
        assertThat(saved.err()).isEmpty();
        assertThat(saved.out().lines().toList()).isEqualTo(shown).hasSize(1);
        assertThat(HvProcess.run("inspect", folder, "machine/clock/nanos", "--json").out()).contains("\"machine/clock/nanos\" : 2");
        HvProcess none = HvProcess.run("inspect", temp.resolve("none").toString());
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).hasLineCount(1);
        assertThat(HvProcess.run("inspect").status()).isEqualTo(2);
        assertThat(HvProcess.run("inspect", "--control", "tcp:9").err()).contains("unix:PATH is needed");
    }
}
