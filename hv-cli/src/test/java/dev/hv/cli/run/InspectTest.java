package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.VmSettings;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.execute.EngineKind;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A running machine and a checkpoint show everything by name, and looking changes nothing. */
class InspectTest {

    @TempDir
    private Path temp;

    private String image() throws Exception {
        return TinyGuest.write(temp.resolve("guest.elf"),
                0xB9, 0, 0, 0, 4,               // 0x100010: mov ecx,0x4000000
                0xFF, 5, 0, 0, 0x20, 0,         // 0x100015: inc dword [0x200000]
                0x49,                           // 0x10001B: dec ecx
                0x75, 0xF7,                     // 0x10001C: jnz 0x100015
                0xEB, 0xF0).toString();         // 0x10001E: jmp 0x100010
    }

    /** Runs the guest for some time, looked at now and then, and gives the digest. */
    private String digest(boolean looked) throws Exception {
        var settings = new RunSettings(false, false, "intel", 1, false, 1000, 1, Long.MAX_VALUE, Long.MAX_VALUE, false, null, null, false, List.of(), true, false, EngineKind.INTERPRETER, 16 << 20, false);
        var vm = new VmSettings(Path.of(""));
        vm.multiboot(image());
        vm.memory("--memory", "16M");
        vm.cpus("--cpus", "2");
        vm.video("--video", "");
        int[] looks = new int[1];
        try (var lab = new DrivenLab(new LabConfig(List.of(vm.build("", "--"))), settings, null, new DrivenLab.Watcher() {
            @Override
            public void printed(String machine, int value) {}

            @Override
            public void ended(String machine, StopReason reason) {}
        })) {
            var over = new AtomicBoolean();
            Thread asks = Thread.ofPlatform().start(() -> {
                while (looked && !over.get()) {
                    lab.machine().post(() -> lab.machine().look(() -> looks[0] += lab.inspect().root().names().size()));
                    LockSupport.parkNanos(3_000_000);
                }
            });
            lab.machine().run(new RunLimits(Long.MAX_VALUE, 50_000_000));
            over.set(true);
            asks.join();
            assertThat(looks[0] > 0).isEqualTo(looked);
            return lab.digest();
        }
    }

    @Test
    void lookingChangesNothing() throws Exception {
        assertThat(digest(true)).isEqualTo(digest(false));
    }

    /** Of processors that take turns, a turn that ended early would move all that follows; and what {@code --stats} has counts turns and nanoseconds. */
    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void anActionThatOnlyLooksChangesNothing(String cpu) throws Exception {
        Path smp = temp.resolve("smp.elf");
        try (InputStream in = InspectTest.class.getResourceAsStream("/guests/smp.elf")) {
            Files.copy(in, smp);
        }
        String[] guest = {"run", "--multiboot", smp.toString(), "--append", "cpus=4", "--cpus", "4", "--processors", "3", "--memory", "8M", "--cpu", cpu, "--video", "--stats"};
        Path quiet = temp.resolve("quiet.json");
        Path looked = temp.resolve("looked.json");
        HvProcess alone = HvProcess.run(with(guest, quiet.toString()));
        List<String> actions = new ArrayList<>(List.of(looked.toString()));
        String[] lines = alone.out().split("\n");
        assertThat(lines.length).as(alone.out()).isGreaterThan(5);
        for (String at : new String[] {"console=" + lines[1].strip(), "console=" + lines[2].substring(0, 3), "console=" + lines[4].strip(), "3ms", "5001us"}) {
            actions.addAll(List.of("--at", at + ":inspect=/vm/guest/partition/vp/1/registers/cpu/rip", "--at", at + ":dump=" + temp.resolve("core" + actions.size()), "--at", at + ":screenshot=" + temp.resolve(actions.size() + ".png")));
        }
        HvProcess seen = HvProcess.run(with(guest, actions.toArray(String[]::new)));
        assertThat(seen.err().lines().filter(l -> l.startsWith("vm/guest/partition/vp/1/registers/cpu/rip = "))).as(seen.err()).hasSize(5);
        assertThat(seen.out()).isEqualTo(alone.out());
        assertThat(counters(looked)).isEqualTo(counters(quiet)).hasSizeGreaterThan(5);
    }

    private static String[] with(String[] first, String... more) {
        return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray(String[]::new);
    }

    private static List<String> counters(Path stats) throws Exception {
        return Files.readString(stats).lines().map(String::strip).filter(l -> l.matches("\"(instructions|guestSeconds|idleSeconds|turns|io|physical_interrupt|pause)\".*")).toList();
    }

    @Test
    void aRunningMachineIsLookedAt() throws Exception {
        Path socket = temp.resolve("control");
        try (LiveProcess hv = LiveProcess.hv("run", "--multiboot", image(), "--cpus", "2", "--memory", "16M", "--timeout", "120s", "--control", "unix:" + socket)) {
            for (int i = 0; i < 3000 && !Files.exists(socket); i++) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            HvProcess all = HvProcess.run("inspect", "--control", "unix:" + socket);
            HvProcess wrong = HvProcess.here("inspect", "--control", "unix:" + socket, "vm/guest/nix");
            assertThat(all.out()).containsPattern("vm/guest/partition/vp/1/registers/cpu/rip = ").containsPattern("vm/guest/worker/chipset/uart/1/lcr = ").contains("vm/guest/config/cpus = 2")
                    .containsPattern("machine/processor/0/vmx/.*guest-rip = ").containsPattern("statistics/turns = ").containsPattern("vm/guest/worker/vmbus/channel/1/offer = .").containsPattern("synic/sint/2 = ");
            // firmware has masked x87 exceptions on all processors
            assertThat(all.out()).containsPattern("vp/0/registers/cpu/fcw = 0x37f|vp/0/registers/cpu/fcw = 895").containsPattern("vp/1/registers/cpu/fcw = (0x37f|895)");
            // what nobody has named shows up under this name
            assertThat(all.out().lines().filter(l -> l.matches(".*/value(/.*)? = .*"))).as("values without a name").isEmpty();
            assertThat(wrong.status()).isEqualTo(2);
            assertThat(wrong.err()).hasLineCount(1).contains("no nix; in vm/guest is ").contains("partition");
            Path core = temp.resolve("core");
            HvProcess dump = HvProcess.run("dump", "--elf", core.toString(), "--control", "unix:" + socket);
            assertThat(dump.err()).isEmpty();
            assertThat(dump.status()).isZero();
            // the guest's code, in the file of its physical memory
            byte[] bytes = Files.readAllBytes(core);
            assertThat(Arrays.copyOfRange(bytes, 0x1000 + 0x100010, 0x1000 + 0x100015)).containsExactly(0xB9, 0, 0, 0, 4);
            refused("not in the run, which has guest", "dump", "--elf", core.toString(), "--control", "unix:" + socket, "--machine", "other");
            refused("there is no such folder", "dump", "--elf", temp.resolve("no/core").toString(), "--control", "unix:" + socket);
            refused("with --control there is no checkpoint", "dump", "--elf", core.toString(), "--control", "unix:" + socket, temp.toString());
            hv.signal("TERM");
            hv.status();
            assertThat(Files.exists(socket)).isFalse();
            refused("--control unix:" + socket, "dump", "--elf", core.toString(), "--control", "unix:" + socket);
        }
    }

    private static void refused(String why, String... arguments) {
        HvProcess hv = HvProcess.here(arguments);
        assertThat(hv.err()).contains(why).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
    }

    private HvProcess run(String... more) throws Exception {
        return HvProcess.run(Stream.concat(Stream.of("run", "--multiboot", image(), "--cpus", "2", "--memory", "16M", "--timeout", "120s"), Arrays.stream(more)).toArray(String[]::new));
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
        HvProcess none = HvProcess.here("inspect", temp.resolve("none").toString());
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).hasLineCount(1);
        assertThat(HvProcess.here("inspect").status()).isEqualTo(2);
        assertThat(HvProcess.here("inspect", "--control", "tcp:9").err()).contains("unix:PATH is needed");
    }
}
