package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Debian's drivers for VMBus: unloaded and loaded again, and in every version of the protocol. */
class DebianVmbusTest {

    /** 2.4, the oldest that these kernels speak. */
    private static final int OLDEST = 2 << 16 | 4;
    private static final int VERSIONS = 8;
    /** The version that the script begins with. */
    private static final String VERSIONS_FIRST = "2.4";

    @TempDir
    private Path temp;

    private HvProcess run(String release, String append, String script, String... more) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 1);
        String[] options = DebianGuests.options(guest, append, DebianGuests.script(script, temp), more);
        return HvProcess.run(Stream.concat(Arrays.stream(options), Stream.of("--disk", disk.toString(), "--net", "switch:vmbus-" + ProcessHandle.current().pid()))
                .toArray(String[]::new));
    }

    @Releases("bookworm")
    void everyModuleIsUnloadedAndLoadedAgain(String release) throws Exception {
        HvProcess hv = run(release, "", "modules.sh", "--cpus", "2");
        DebianGuests.allOk(hv, 4 + 2 * 9 + 3);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** One release has one processor, the other two: channels move between them. */
    @Releases("trixie")
    void everyVersionThatTheKernelSpeaksHasStorageNetworkAndHeartbeat(String release) throws Exception {
        HvProcess hv = run(release, "quiet hv_vmbus.max_version=" + OLDEST, "versions.sh", "--cpus", release.equals("trixie") ? "2" : "1");
        DebianGuests.allOk(hv, VERSIONS * 11 + 1);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** This kernel has hv_vmbus built in, so each version takes a boot. */
    @ParameterizedTest
    @CsvSource({"2.4, 131076", "3.0, 196608", "4.0, 262144", "4.1, 262145", "5.0, 327680", "5.1, 327681", "5.2, 327682", "5.3, 327683"})
    @Tag("environment")
    void everyVersionThatSidsKernelSpeaksHasThem(String version, int number) throws Exception {
        String all = Files.readString(DebianGuests.script("versions.sh", temp));
        Path one = Files.writeString(temp.resolve("version.sh"), all.substring(0, all.indexOf("works " + VERSIONS_FIRST)) + "works " + version + "\n");
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 1);
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest("sid"), "quiet hv_vmbus.max_version=" + number, one, "--cpus", "2", "--time", "virtual", "--disk", disk.toString(),
                "--net", "switch:vmbus-" + ProcessHandle.current().pid()));
        DebianGuests.allOk(hv, 10);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
