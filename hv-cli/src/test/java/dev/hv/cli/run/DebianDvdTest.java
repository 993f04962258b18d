package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DVD drives of Debian guests whose discs change. */
@Tag("environment")
class DebianDvdTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void discsAreEjectedAndInsertedWhileTheyAreRead(String release) throws Exception {
        Path first = DebianGuests.disk(temp.resolve("first.iso"), "first disc!", 4);
        Path second = DebianGuests.disk(temp.resolve("second.iso"), "second disc", 8);
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("dvd.sh", temp), "--time", "virtual", "--disk", first + ",dvd",
                "--at", "console=STEP eject:eject=0", "--at", "console=STEP eject:eject=1", "--at", "console=STEP locked:eject=0", "--at", "console=STEP insert:insert=0," + second,
                "--at", "console=STEP insert:insert=1," + second, "--digest"));
        DebianGuests.allOk(hv, 6);
        assertThat(hv.err()).contains("eject=0: the tray is open", "eject=1: there is no DVD drive 1", "eject=0: the guest has locked the drive", ": disc inserted", ": there is no DVD drive 1");
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
