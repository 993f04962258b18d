package dev.hv.cli.checkpoint;

import dev.hv.cli.run.DebianGuests;
import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A boot of Debian has the same future wherever it is stopped, as {@link StopAnywhereTest} says of smaller guests. */
@Tag("environment")
class StopDebianTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "4"})
    void aBoot(String processors) throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
        new Futures(temp).areEqual(DebianGuests.options(guest, "", null, "--time", "virtual", "--cpus", processors, "--processors", processors, "--disk", disk + ",snapshot",
                "--net", "switch:lab"));
    }
}
