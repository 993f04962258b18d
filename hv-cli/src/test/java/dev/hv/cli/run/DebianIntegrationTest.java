package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian and the integration components; Debian on a PC's devices alone. */
class DebianIntegrationTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void theHostSetsTheClockExchangesPairsAndShutsTheGuestDown(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "", DebianGuests.script("integration.sh", temp), "--at", "40s:sync-time", "--at",
                "50s:kvp-set=greeting=guten Tag", "--at", "60s:kvp-get=greeting", "--at", "80s:shutdown"));
        DebianGuests.allOk(hv, 6);
        assertThat(hv.out()).contains("WAITING").contains("reboot: Power down").doesNotContain("NOT-REACHED");
        assertThat(hv.err()).contains("kvp greeting set").contains("kvp greeting=guten Tag").contains("the guest shuts down");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void aGuestWithoutEnlightenmentsKeepsAFileSystemOnAnIdeDisk(String release) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 16);
        HvProcess hv = HvProcess.run(DebianGuests.options(guest, "", DebianGuests.script("ide.sh", temp), "--no-enlightenments", "--disk", disk + ",bus=ide"));
        DebianGuests.allOk(hv, 5);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
