package dev.hv.cli.checkpoint;

import dev.hv.cli.run.DebianGuests;
import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A boot of Debian has the same future wherever it is stopped, as {@link StopAnywhereTest} says of smaller guests. */
@Tag("environment")
class StopDebianTest {

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"1, intel", "2, intel", "4, intel", "2, amd"})
    void aBoot(String processors, String cpu) throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
        new Futures(temp).areEqual(DebianGuests.options(guest, "", null, "--time", "virtual", "--cpus", processors, "--processors", processors, "--cpu", cpu, "--disk", disk + ",snapshot",
                "--net", "switch:lab"));
    }
}
