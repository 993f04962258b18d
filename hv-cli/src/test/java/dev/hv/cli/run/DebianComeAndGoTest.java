package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels of a SCSI controller, of an adapter and of an assigned controller taken back and offered again 20 times, under load. */
@Tag("environment")
class DebianComeAndGoTest {

    private static final int TIMES = 20;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    void devicesComeBackTwentyTimes(String release) throws Exception {
        List<String> more = new ArrayList<>(List.of("--time", "virtual", "--cpus", "2", "--disk", DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 8).toString(), "--net", "switch:go",
                "--disk", DebianGuests.disk(temp.resolve("nvme.img"), "hello nvme", 8) + ",bus=nvme"));
        for (int i = 1; i <= TIMES; i++) {
            for (String device : new String[] {"scsi", "net", "pci"}) {
                more.addAll(List.of("--at", "console=take-" + i + ".:rescind=" + device, "--at", "console=give-" + i + ".:offer=" + device));
            }
        }
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.guest(release), "quiet", DebianGuests.script("come-and-go.sh", temp), more.toArray(String[]::new)));
        DebianGuests.allOk(hv, 7);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(hv.err().lines().filter(l -> l.endsWith(": injected"))).hasSize(TIMES * 6);
    }
}
