package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As many devices as LISA asks for: eight disks and four that come and go together, eight adapters. */
@Tag("environment")
class DebianManyDevicesTest {

    private static final int DISKS = 8;
    private static final int MORE = 4;
    private static final int TURNS = 5;
    private static final int ADAPTERS = 8;

    @TempDir
    private Path temp;

    /** Disks come and go, four at a time, while another is written and compared, and all are read. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void disksComeAndGoTogether(String release) throws Exception {
        List<Path> disks = new ArrayList<>();
        for (int i = 0; i < DISKS + MORE; i++) {
            disks.add(DebianGuests.disk(temp.resolve("disk" + i), "disk %03d".formatted(i), i == 0 ? 16 : 8));
        }
        List<String> more = new ArrayList<>(List.of("--time", "virtual", "--cpus", "4"));
        disks.subList(0, DISKS).forEach(d -> more.addAll(List.of("--disk", d.toString())));
        for (int turn = 1; turn <= TURNS; turn++) {
            for (int i = 0; i < MORE; i++) {
                more.addAll(List.of("--at", "console=ENTER %d.:add-disk=%s,ro".formatted(turn, disks.get(DISKS + i)), "--at", "console=LEAVE %d.:remove-disk=%d".formatted(turn, DISKS + MORE * (turn - 1) + i)));
            }
        }
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("many-disks.sh", temp), more.toArray(String[]::new)));
        DebianGuests.allOk(hv, 4 + 4 * TURNS);
        assertThat(hv.status()).as(hv.err()).isZero();
        for (int i = 1; i < disks.size(); i++) {
            assertThat(new String(Files.readAllBytes(disks.get(i)), StandardCharsets.ISO_8859_1).strip()).startsWith("disk %03d".formatted(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void everyAdapterReachesEveryOther(String release) throws Exception {
        // a receive buffer of 16 MiB each
        List<String> more = new ArrayList<>(List.of("--time", "virtual", "--cpus", "4", "--memory", "512M"));
        for (int i = 0; i < ADAPTERS; i++) {
            more.addAll(List.of("--net", "switch:" + temp.getFileName()));
        }
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("many-adapters.sh", temp), more.toArray(String[]::new)));
        DebianGuests.allOk(hv, 5);
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
