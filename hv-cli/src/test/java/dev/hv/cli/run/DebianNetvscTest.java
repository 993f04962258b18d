package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's hv_netvsc under load: files go both ways between two adapters all the time, and every one of them is compared. */
@Tag("environment")
class DebianNetvscTest {

    private static final int ADAPTERS = 20;

    @TempDir
    private Path temp;

    private String[] options(String release, String what, List<String> more) throws Exception {
        Path load = DebianGuests.script("netvsc-load.sh", temp);
        try (var in = DebianNetvscTest.class.getResourceAsStream("/guest/" + what)) {
            Files.writeString(load, Files.readString(load) + new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
        }
        List<String> all = new ArrayList<>(List.of(DebianGuests.options(DebianGuests.generic(release), "quiet", load, "--time", "virtual", "--cpus", "4", "--memory", "512M", "--net", network(), "--net", network())));
        all.addAll(more);
        return all.toArray(String[]::new);
    }

    /** Runs of one machine share switches by name. */
    private String network() {
        return "switch:" + temp.getFileName();
    }

    /** {@code ethtool -L}, {@code -G} and {@code -X}, and another MTU: channels are closed and opened, buffers given anew. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "sid"})
    void channelsBuffersAndTablesAreChangedUnderLoad(String release) throws Exception {
        HvProcess hv = HvProcess.run(options(release, "netvsc-settings.sh", List.of()));
        DebianGuests.allOk(hv, 5);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    /** {@code ethtool -N}, {@code -K} and {@code -s}: which fields received flows are told apart by, what is coalesced, summed and cut by whom. */
    @ParameterizedTest
    @ValueSource(strings = "bookworm")
    void hashLevelsAndOffloadsAreChangedUnderLoad(String release) throws Exception {
        HvProcess hv = HvProcess.run(options(release, "netvsc-offloads.sh", List.of()));
        DebianGuests.allOk(hv, 10);
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    @Test
    void adaptersComeAndGoUnderLoad() throws Exception {
        List<String> actions = new ArrayList<>();
        for (int i = 1; i <= ADAPTERS; i++) {
            actions.addAll(List.of("--at", "console=ENTER %02d.:add-net=%s".formatted(i, network()), "--at", "console=LEAVE %02d.:remove-net=%d".formatted(i, i + 1)));
        }
        HvProcess hv = HvProcess.run(options("bookworm", "netvsc-plugged.sh", actions));
        DebianGuests.allOk(hv, 3 * ADAPTERS + 2);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
