package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's ahci driver, which only the generic kernel has, on the bare machine's SATA adapter and on one that is assigned to a child. */
@Tag("environment")
class DebianAhciTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"bookworm, --bare", "bookworm, --enlightened", "trixie, --bare", "trixie, --enlightened", "sid, --bare", "sid, --enlightened"})
    void disksAreReadAndWritten(String release, String where) throws Exception {
        GuestFolder guest = DebianGuests.generic(release);
        Path first = DebianGuests.disk(temp.resolve("first.img"), "hello sata", 8);
        Path second = DebianGuests.disk(temp.resolve("second.img"), "hello second", 1);
        String[] options = DebianGuests.options(guest, "quiet", DebianGuests.script("ahci.sh", temp), "--cpus", "2", "--disk", first + ",bus=ahci", "--disk", second + ",bus=ahci,ro",
                where.equals("--bare") ? where : "--seed=1");
        HvProcess hv = HvProcess.run(options);
        DebianGuests.allOk(hv, 7);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
