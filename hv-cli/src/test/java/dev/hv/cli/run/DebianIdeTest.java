package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Debian on a PC's devices alone. */
class DebianIdeTest {

    @TempDir
    private Path temp;

    @Releases("trixie")
    void aGuestWithoutEnlightenmentsKeepsAFileSystemOnAnIdeDisk(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 16);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "", DebianGuests.script("ide.sh", temp), "--no-enlightenments", "--disk", disk + ",bus=ide"));
        DebianGuests.allOk(hv, 5);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
