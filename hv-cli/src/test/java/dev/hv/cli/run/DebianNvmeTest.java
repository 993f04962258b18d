package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's nvme driver on the bare machine's controller. */
class DebianNvmeTest {

    private static final int CHECKS = 9;

    @TempDir
    private Path temp;

    private String[] options(String release, String how, String... more) throws Exception {
        GuestFolder guest = DebianGuests.guest(release);
        Path first = DebianGuests.disk(temp.resolve("first.img"), "hello nvme", 8);
        Path second = DebianGuests.disk(temp.resolve("second.img"), "hello second", 1);
        String[] options = DebianGuests.options(guest, "quiet", DebianGuests.script("nvme.sh", temp), "--bare", "--cpus", "2", "--disk", first + ",bus=nvme" + how, "--disk", second + ",bus=nvme,ro");
        return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static void succeeded(HvProcess hv) {
        DebianGuests.allOk(hv, CHECKS);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm"})
    void namespacesAreReadAndWritten(String release) throws Exception {
        succeeded(HvProcess.run(options(release, "")));
        byte[] written = Files.readAllBytes(temp.resolve("first.img"));
        assertThat(Arrays.copyOfRange(written, 35 << 16, 36 << 16)).as("what the guest wrote is in the file").contains(1, 2, 3);
    }

    @ParameterizedTest
    @Tag("environment")
    @ValueSource(strings = {"trixie", "sid"})
    void newerKernelsDoTheSame(String release) throws Exception {
        succeeded(HvProcess.run(options(release, "")));
    }

    /** Saved while the driver writes: the future is the same, to the digest, on another engine too. */
    @Test
    @Tag("environment")
    void aCheckpointInTheMiddleOfCommandsHasTheSameFuture() throws Exception {
        Path folder = temp.resolve("checkpoint");
        HvProcess whole = HvProcess.run(options("bookworm", ",snapshot", "--digest", "--at", "console=ok second:checkpoint=" + folder));
        succeeded(whole);
        for (String engine : new String[] {"compiled", "interpreter"}) {
            HvProcess restored = HvProcess.run("run", "--restore", folder.toString(), "--digest", "--engine", engine);
            assertThat(restored.out()).as(restored.err()).contains("ok after-reset").doesNotContain("not ok");
            assertThat(digest(restored)).isEqualTo(digest(whole));
        }
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(hv.err()));
    }
}
