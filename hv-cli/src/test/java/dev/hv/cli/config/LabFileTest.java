package dev.hv.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabFileTest {

    @TempDir
    private Path temp;

    @BeforeEach
    void files() throws IOException {
        for (String name : new String[] {"k", "i", "root.img", "cd.iso"}) {
            Files.writeString(temp.resolve(name), name);
        }
    }

    private LabConfig read(String text) throws IOException {
        return LabFile.read(Files.writeString(temp.resolve("lab.yaml"), text));
    }

    private void refused(String text, String... parts) throws IOException {
        Path file = Files.writeString(temp.resolve("lab.yaml"), text);
        assertThatThrownBy(() -> LabFile.read(file)).isInstanceOf(UsageException.class).hasMessageContainingAll(parts).message().doesNotContain("\n");
    }

    @Test
    void machinesTakeWhatTheyDoNotSayFromTheDefaults() throws IOException {
        LabConfig lab = read("""
                defaults:
                  kernel: k
                  initrd: i
                  append: console=ttyS0
                  memory: 64M
                machines:
                  - name: server
                    cpus: 2
                    disks:
                      - root.img
                      - {file: cd.iso, dvd: true}
                    nets: ["switch:lab,mac=00:15:5d:00:00:01"]
                  - name: client
                    memory: 96M
                    append: quiet
                    serial: file:out.txt
                    enlightenments: true
                    nets:
                      - to: switch:lab
                        mac: 00:15:5d:00:00:02
                        capture: c.pcapng
                    at:
                      - 30s:shutdown
                """);
        VmConfig server = lab.machines().get(0);
        VmConfig client = lab.machines().get(1);
        assertThat(server.name()).isEqualTo("server");
        assertThat(server.boot()).isEqualTo(new BootConfig.Linux(temp.resolve("k"), temp.resolve("i"), "console=ttyS0", null));
        assertThat(server.memory()).isEqualTo(MemoryConfig.fixed(64 << 20));
        assertThat(server.cpus()).isEqualTo(2);
        assertThat(server.disks()).containsExactly(new DiskConfig(temp.resolve("root.img"), false, DiskConfig.Bus.SCSI, false, false),
                new DiskConfig(temp.resolve("cd.iso"), true, DiskConfig.Bus.SCSI, true, false));
        assertThat(server.networks()).containsExactly(new NetworkConfig(NetworkConfig.Kind.SWITCH, "lab", 0x00155D000001L, null, true, List.of()));
        assertThat(client.memory()).isEqualTo(MemoryConfig.fixed(96 << 20));
        assertThat(client.serial()).isEqualTo("file:" + temp.resolve("out.txt"));
        assertThat(client.networks()).containsExactly(new NetworkConfig(NetworkConfig.Kind.SWITCH, "lab", 0x00155D000002L, temp.resolve("c.pcapng"), true, List.of()));
        assertThat(client.actions()).extracting(ScheduledAction::when, ScheduledAction::action)
                .containsExactly(tuple(new ScheduledAction.When.At(30_000_000_000L), new ScheduledAction.Action.Shutdown()));
        assertThat(lab.memory()).isEqualTo(160 << 20);
        assertThat(lab.reachesHost()).isFalse();
    }

    @Test
    void whatIsUnknownOrWrongIsNamedWithItsLine() throws IOException {
        refused("machines:\n  - kernel: k\n    speed: 3\n", "lab.yaml line 3", "unknown key 'speed'");
        refused("machines:\n  - kernel: k\nspeed: 3\n", "line 3", "unknown key 'speed'");
        refused("machines:\n  - kernel: nowhere\n", "line 2", "nowhere", "no such file");
        refused("machines:\n  - kernel: k\n    memory: lots\n", "line 3", "512M");
        refused("machines:\n  - kernel: k\n    cpus: 65\n", "line 3", "from 1 to 64");
        refused("machines:\n  - kernel: k\n    disks: root.img\n", "line 3", "a list");
        refused("machines:\n  - kernel: k\n    disks:\n      - {file: root.img, raw: true}\n", "line 4", "unknown key 'raw' of a disk");
        refused("machines:\n  - kernel: k\n    kernel: k\n", "line 3", "twice");
        refused("machines:\n  - kernel: k\n    enlightenments: perhaps\n", "line 3", "true or false");
        refused("machines:\n  - memory: 64M\n", "line 2", "nothing to boot");
        refused("machines: []\n", "at least one", "a machine");
        refused("machines:\n  - kernel: [k\n", "lab.yaml line");
        refused("defaults: {name: a}\nmachines:\n  - kernel: k\n", "line 1", "cannot give a name");
        refused("just text", "a lab");
    }

    @Test
    void namesThatNoFileCanHaveAreRefused() throws IOException {
        for (String key : new String[] {"disks: [\"a\\0\"]", "initrd: \"\\0\"", "serial: \"file:\\0\"", "at: [\"1s:checkpoint=\\0\"]", "hvsock: \"\\0\"", "nets: [\"switch:a,capture=\\0\"]"}) {
            Path file = Files.writeString(temp.resolve("lab.yaml"), "machines:\n  - {name: a, kernel: k, " + key + "}\n");
            assertThatThrownBy(() -> LabFile.read(file)).as(key).isInstanceOf(UsageException.class).message().startsWith("" + file).doesNotContain("\n");
        }
    }

    @Test
    void aKernelThatIsToldNothingPrintsOnTheSerialPort() throws IOException {
        assertThat(read("machines: [{kernel: k}]\n").machines().getFirst().boot()).isEqualTo(new BootConfig.Linux(temp.resolve("k"), null, "console=ttyS0", null));
        assertThat(read("machines: [{kernel: k, append: ''}]\n").machines().getFirst().boot()).isEqualTo(new BootConfig.Linux(temp.resolve("k"), null, "", null));
        assertThat(read("machines: [{multiboot: k}]\n").machines().getFirst().boot()).isEqualTo(new BootConfig.Multiboot(temp.resolve("k"), "", List.of()));
    }

    @Test
    void machinesMayNotShareNamesWritableDisksOrAddresses() throws IOException {
        refused("defaults: {kernel: k}\nmachines:\n  - name: a\n  - name: a\n", "machine a", "two machines");
        refused("defaults: {kernel: k}\nmachines:\n  - {name: a, disks: [root.img]}\n  - {name: b, disks: ['root.img,ro']}\n", "root.img", "attached twice");
        assertThat(read("defaults: {kernel: k}\nmachines:\n  - {name: a, disks: ['root.img,ro']}\n  - {name: b, disks: ['root.img,ro']}\n").machines()).hasSize(2);
        refused("defaults: {kernel: k, nets: ['switch:x,mac=00:15:5d:00:00:01']}\nmachines: [{name: a}, {name: b}]\n", "same mac");
        refused("defaults: {kernel: k, serial: 'file:o'}\nmachines: [{name: a}, {name: b}]\n", "serial");
        refused("defaults: {kernel: k, memory: 800000G}\nmachines: [{name: a}]\n", "more than the");
    }

    @Test
    void aWritableDiskMayGoFromOneMachineToAnother() throws IOException {
        String lab = "defaults: {kernel: k}\nmachines:\n  - {name: a, disks: [cd.iso, root.img], at: ['10s:remove-disk=%s']}\n  - {name: b, at: ['%s:add-disk=root.img']}\n";
        assertThat(read(lab.formatted("1", "20s")).machines()).hasSize(2);
        assertThat(read(lab.formatted("1", "10s")).machines()).hasSize(2);
        refused(lab.formatted("1", "9s"), "root.img", "attached twice", "machines a and b");
        refused(lab.formatted("0", "20s"), "root.img", "attached twice");
        String again = "machines:\n  - {kernel: k, disks: [root.img], at: ['10s:remove-disk=0', '20s:add-disk=root.img', '%s:remove-disk=%s', '40s:add-disk=root.img']}\n";
        assertThat(read(again.formatted("30s", "1")).machines()).hasSize(1);
        refused(again.formatted("30s", "0"), "attached twice");
        refused(again.formatted("50s", "1"), "attached twice");
    }

    @Test
    void snapshotsShareAFileThatNobodyWrites() throws IOException {
        String lab = "defaults: {kernel: k}\nmachines:\n  - {name: a, disks: ['root.img,snapshot']}\n  - {name: b, disks: ['%s']}\n";
        assertThat(read(lab.formatted("root.img,snapshot")).machines().getFirst().disks().getFirst().written()).isFalse();
        assertThat(read(lab.formatted("root.img,ro")).machines()).hasSize(2);
        refused(lab.formatted("root.img"), "root.img", "attached twice");
        refused(lab.formatted("root.img,ro,snapshot"), "line 4", "read-only");
    }

    @Test
    void aCommaInAFileNameIsWrittenTwice() throws IOException {
        Files.writeString(temp.resolve("a,b.img"), "x");
        assertThat(DiskConfig.parse("--disk", "a,,b.img,ro", temp)).isEqualTo(new DiskConfig(temp.resolve("a,b.img"), true, DiskConfig.Bus.SCSI, false, false));
    }
}
