package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are plugged into machines that had none, and more of them one after the other than a controller has places. */
class PluggedDisksTest {

    private static final int PLACES = 128;

    @TempDir
    private Path temp;

    private Path image;
    private Path disk;

    @BeforeEach
    void files() throws Exception {
        image = SmallGuest.write(temp.resolve("guest"), "up\n", SmallGuest.Then.SPIN);
        disk = DebianGuests.disk(temp.resolve("disk.img"), "disk", 1);
    }

    private HvProcess run(List<String> actions, String... more) {
        List<String> all = new ArrayList<>(List.of("run", "--max-instructions", "20M"));
        all.addAll(List.of(more));
        actions.forEach(a -> all.addAll(List.of("--at", a)));
        return HvProcess.here(all.toArray(String[]::new));
    }

    /** Numbers go on, places of the controller serve again. */
    @Test
    void disksComeAndGoMoreOftenThanThereArePlaces() throws Exception {
        Path other = DebianGuests.disk(temp.resolve("other.img"), "other", 1);
        List<String> actions = new ArrayList<>(List.of("1ms:add-disk=" + disk));
        for (int i = 1; i <= PLACES + 5; i++) {
            actions.add("%dus:add-disk=%s".formatted(1000 + 20 * i, other));
            actions.add("%dus:remove-disk=%d".formatted(1010 + 20 * i, i < PLACES ? i : i + 1));
        }
        actions.add("10ms:remove-disk=128");
        actions.add("10ms:remove-disk=0");
        HvProcess hv = run(actions, "--multiboot", image.toString(), "--time", "virtual", "--memory", "16M");
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
        assertThat(hv.err()).contains("disk 127 added", "disk 127 removed", "disk 129 added", "disk 129 removed", "disk 134 removed", "disk 128 is not there", "disk 0 removed").doesNotContain("disk 128 added");
    }

    @Test
    void aFullControllerTakesNoMore() {
        List<String> actions = new ArrayList<>();
        for (int i = 0; i <= PLACES; i++) {
            actions.add("%dus:add-disk=%s,ro".formatted(1000 + 10 * i, disk));
        }
        actions.add("5ms:remove-disk=7");
        actions.add("6ms:add-disk=" + disk + ",ro");
        HvProcess hv = run(actions, "--multiboot", image.toString(), "--time", "virtual", "--memory", "16M");
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
        assertThat(hv.err()).contains("disk 127 added", "no place for another disk", "disk 7 removed", "disk 135 added").doesNotContain("disk 128 added");
    }

    /** A checkpoint of a machine without a controller is restored and gets one; so does one of that machine, with a disk and when that is out again. */
    @Test
    void aRestoredMachineGetsItsFirstDisk() {
        Path without = temp.resolve("without");
        Path with = temp.resolve("with");
        Path again = temp.resolve("again");
        assertThat(run(List.of("1ms:checkpoint=" + without + ",stop"), "--multiboot", image.toString(), "--time", "virtual", "--memory", "16M").status()).isZero();
        HvProcess first = run(List.of("2ms:add-disk=" + disk + ",ro", "3ms:checkpoint=" + with + ",stop"), "--restore", without.toString());
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.err()).contains("disk 0 added");
        HvProcess second = run(List.of("4ms:remove-disk=0", "5ms:checkpoint=" + again + ",stop"), "--restore", with.toString());
        assertThat(second.status()).as(second.err()).isZero();
        assertThat(second.err()).contains("disk 0 removed");
        HvProcess third = run(List.of("6ms:add-disk=" + disk + ",ro"), "--restore", again.toString());
        assertThat(third.status()).as(third.err()).isEqualTo(4);
        assertThat(third.err()).contains("disk 1 added");
    }

    @Test
    void aStepPlugsInTheFirstDisk() throws Exception {
        Path suite = Files.writeString(temp.resolve("suite.yaml"), """
                suite: plugged
                machine: {multiboot: guest, memory: 16M}
                cases:
                  - name: first
                    steps:
                      - console: up
                      - {do: 'add-disk=disk.img,ro'}
                      - wait: 1ms
                      - save: plugged
                      - {do: remove-disk=0}
                      - restore: plugged
                      - {do: remove-disk=0}
                """);
        HvProcess hv = HvProcess.run("test", suite.toString(), "--artefacts", temp.resolve("artefacts").toString(), "--setups", temp.resolve("setups").toString());
        assertThat(hv.out() + hv.err()).contains("1 passed");
        assertThat(hv.status()).isZero();
    }
}
