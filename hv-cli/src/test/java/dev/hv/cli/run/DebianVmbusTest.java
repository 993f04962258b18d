package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void everyModuleIsUnloadedAndLoadedAgain(String release) throws Exception {
        HvProcess hv = run(release, "", "modules.sh", "--cpus", "2");
        DebianGuests.allOk(hv, 4 + 2 * 9 + 3);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"bookworm, 1", "trixie, 2"})
    void everyVersionThatTheKernelSpeaksHasStorageNetworkAndHeartbeat(String release, String processors) throws Exception {
        HvProcess hv = run(release, "quiet hv_vmbus.max_version=" + OLDEST, "versions.sh", "--cpus", processors);
        DebianGuests.allOk(hv, VERSIONS * 11 + 1);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
