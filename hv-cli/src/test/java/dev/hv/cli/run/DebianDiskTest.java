package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian on synthetic disks: its root, further disks that come and go, loss of power. */
class DebianDiskTest {

    @TempDir
    private Path temp;

    @Releases("trixie")
    void fourProcessorsRunOnARootDiskThatIsCleanAfterPowerOff(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path root = DebianGuests.root(release, temp);
        Path scratch = DebianGuests.disk(temp.resolve("scratch.img"), "", 16);
        Path disc = DebianGuests.disk(temp.resolve("disc.iso"), "hello disc", 1);
        Path added = DebianGuests.disk(temp.resolve("added.img"), "hello guest", 1);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "root=/dev/sda", DebianGuests.script("root-disk.sh", temp), "--cpus", "4", "--memory", "512M", "--disk",
                root.toString(), "--disk", scratch.toString(), "--disk", disc + ",dvd", "--at", "40s:add-disk=" + added, "--at", "80s:remove-disk=3"));
        DebianGuests.allOk(hv, 18);
        assertThat(hv.out()).contains("HV-GUEST-STATUS 0").contains("reboot: Power down");
        assertThat(hv.err()).contains("disk 3 added").contains("disk 3 removed");
        assertThat(hv.status()).as(hv.err()).isZero();
        DebianGuests.clean(root);
    }

    @Releases("bookworm")
    void flushedFilesSurviveAKillAndTheJournalMendsTheRest(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path root = DebianGuests.root(release, temp);
        String[] writer = DebianGuests.options(guest, "quiet root=/dev/sda", DebianGuests.script("writer.sh", temp), "--disk", root.toString());
        String out = HvProcess.killWhen("FLUSHED 4", writer);
        int flushed = 4;
        while (out.contains("FLUSHED " + (flushed + 1))) {
            flushed++;
        }
        Path killed = Files.copy(root, temp.resolve("killed.img"));
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "root=/dev/sda expect=" + flushed, DebianGuests.script("survivor.sh", temp), "--disk",
                killed.toString()));
        DebianGuests.allOk(hv, 2);
        assertThat(hv.status()).as(hv.err()).isZero();
        DebianGuests.clean(killed);
    }

    /** Kernels for all machines have the file system as a module. */
    @ParameterizedTest
    @Tag("environment")
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void kernelsForAllMachinesHaveTheirRootOnADisk(String release) throws Exception {
        GuestFolder guest = DebianGuests.generic(release);
        Path root = temp.resolve("root.img");
        HvProcess made = HvProcess.run("guest", "debian", "--release", release, "--kernel", "generic", "--dir", guest.path().toString(), "--disk", root.toString(), "--size", "128M");
        assertThat(made.status()).as(made.err()).isZero();
        Path script = Files.writeString(temp.resolve("root.sh"), "grep ' / ' /proc/mounts");
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "quiet root=/dev/sda", script, "--time", "virtual", "--disk", root.toString()));
        assertThat(hv.out()).as(hv.err()).contains("/dev/sda / ext4").doesNotContain("NO-ROOT");
        assertThat(hv.status()).isZero();
    }
}
