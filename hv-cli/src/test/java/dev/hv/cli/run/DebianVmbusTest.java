package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** Debian's drivers for VMBus: unloaded and loaded again, and in every version of the protocol. */
class DebianVmbusTest {

    /** 2.4, the oldest that these kernels speak. */
    private static final int OLDEST = 2 << 16 | 4;
    private static final int VERSIONS = 8;

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
}
