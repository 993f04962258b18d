package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's e1000e driver, which generic kernels have, on adapters of the bare machine, and on ones that are assigned to a child. */
@Tag("environment")
class DebianE1000eTest {

    private static final int CHECKS = 17;

    @TempDir
    private Path temp;

    private HvProcess run(String release, String append, String... more) throws Exception {
        return HvProcess.run(options(release, append, more));
    }

    private String[] options(String release, String append, String... more) throws Exception {
        // runs of one machine share switches by name
        String network = "switch:" + temp.getFileName() + ",model=e1000e";
        String[] options = DebianGuests.options(DebianGuests.generic(release), "quiet " + append, DebianGuests.script("e1000e.sh", temp), "--time", "virtual", "--cpus", "2", "--net", network,
                "--net", network, "--at", "console=CABLE-OUT:link=down,0", "--at", "console=CABLE-IN:link=up,0");
        return Stream.of(options, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static void succeeded(HvProcess hv) {
        DebianGuests.allOk(hv, CHECKS);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"bookworm, --bare, intel", "bookworm, --enlightened, intel", "bookworm, --enlightened, amd", "trixie, --bare, intel", "sid, --bare, amd", "trixie, --enlightened, intel", "trixie, --enlightened, amd",
        "sid, --enlightened, intel", "sid, --enlightened, amd"})
    void adaptersOfOneSwitchTalk(String release, String where, String cpu) throws Exception {
        succeeded(where.equals("--bare") ? run(release, "", "--cpu", cpu, where) : run(release, "", "--cpu", cpu));
    }

    /** Descriptors, packets and messages all go by the adapter's requester id; the driver has them translated and remapped. */
    @ParameterizedTest
    @CsvSource({"bookworm, intel, intel_iommu=on", "trixie, intel, intel_iommu=on iommu.strict=1", "sid, intel, intel_iommu=on", "bookworm, amd, amd_iommu=on", "trixie, amd, iommu.strict=1",
        "sid, amd, amd_iommu=on"})
    void adaptersBehindAnIommuTalk(String release, String cpu, String append) throws Exception {
        HvProcess hv = run(release, append + " loglevel=5", "--cpu", cpu, "--bare", "--iommu");
        succeeded(hv);
        assertThat(hv.err()).doesNotContain("the IOMMU refused");
        assertThat(hv.out()).doesNotContain("handling fault", "IO_PAGE_FAULT");
    }

    /** Without MSI-X: the only message, and the pin. */
    @ParameterizedTest
    @ValueSource(strings = {"e1000e.IntMode=1,1", "e1000e.IntMode=0,0"})
    void interruptsComeByAMessageAndByThePin(String mode) throws Exception {
        succeeded(run("bookworm", mode, "--bare"));
    }

    /** Saved while frames are under way: the future is the same, to the digest, on another engine too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCheckpointUnderTrafficHasTheSameFuture(boolean bare) throws Exception {
        Path folder = temp.resolve("checkpoint");
        String at = "console=ok features:checkpoint=" + folder;
        HvProcess whole = bare ? run("bookworm", "", "--bare", "--digest", "--at", at) : run("bookworm", "", "--digest", "--at", at);
        succeeded(whole);
        HvProcess restored = HvProcess.run("run", "--restore", folder.toString(), "--digest", "--engine", "compiled");
        assertThat(restored.out()).as(restored.err()).contains("ok after").doesNotContain("not ok");
        assertThat(digest(restored)).isEqualTo(digest(whole));
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(hv.err()));
    }
}
