package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian suspends to disk and powers off, and another run with the same disk resumes it: its drivers let go of the bus, and take it up again with the channels of a new machine. */
@Tag("environment")
class DebianHibernationTest {

    private static final long SWAP = 512L << 20;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void aGuestGoesOnFromItsSwapInAnotherRun(String release) throws Exception {
        Path swap = temp.resolve("swap.img");
        try (var file = new RandomAccessFile(swap.toFile(), "rw")) {
            file.setLength(SWAP);
        }
        String[] options = DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("hibernate.sh", temp), "--time", "virtual", "--cpus", "2", "--disk", swap.toString(), "--net", "switch:sleeper");
        HvProcess first = HvProcess.run(options);
        DebianGuests.allOk(first, 0);
        assertThat(first.out()).doesNotContain("HV-GUEST-STATUS");
        assertThat(first.status()).as(first.err()).isZero();
        HvProcess second = HvProcess.run(options);
        DebianGuests.allOk(second, 9);
        assertThat(second.status()).as(second.err()).isZero();
    }

    /** Three times, while files go over the network and a disk is written and read. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void itGoesOnThreeTimesUnderLoad(String release) throws Exception {
        Path swap = temp.resolve("swap.img");
        try (var file = new RandomAccessFile(swap.toFile(), "rw")) {
            file.setLength(SWAP);
        }
        // the addresses that the suspended system has: made up ones are others in another run
        String net = "switch:" + temp.getFileName() + ",mac=00:15:5d:01:00:0";
        Path data = DebianGuests.disk(temp.resolve("data.img"), "", 16);
        String[] options = DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("hibernate-load.sh", temp), "--time", "virtual", "--cpus", "2", "--memory", "512M", "--disk", swap.toString(),
                "--disk", data.toString(), "--net", net + "1", "--net", net + "2");
        for (int turn = 1; turn <= 3; turn++) {
            HvProcess hv = HvProcess.run(options);
            DebianGuests.allOk(hv, turn == 1 ? 1 : 2);
            assertThat(hv.out()).contains("ok flows-" + turn).doesNotContain("HV-GUEST-STATUS");
            assertThat(hv.status()).as(hv.err()).isZero();
        }
        HvProcess last = HvProcess.run(options);
        DebianGuests.allOk(last, 5);
        assertThat(last.status()).as(last.err()).isZero();
    }
}
