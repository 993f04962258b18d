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
}
