package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a switch does for adapters of either model, by a Debian that has two: limits of bandwidth by the guest's clock, and tags that the guest gives frames itself. */
@Tag("environment")
class DebianSwitchTest {

    @TempDir
    private Path temp;

    private HvProcess run(String append, String script, String network) throws Exception {
        // runs of one machine share switches by name
        String net = "switch:" + temp.getFileName() + network;
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.generic("bookworm"), "quiet " + append, DebianGuests.script(script, temp), "--time", "virtual", "--cpus", "2", "--memory", "256M",
                "--net", net, "--net", net));
        assertThat(hv.status()).as(hv.err()).isZero();
        return hv;
    }

    /** At most a tenth beside the limit, of frames as they are on the wire. */
    @ParameterizedTest
    @CsvSource({"20, netvsc", "20, e1000e"})
    void aLimitIsWhatPassesInVirtualTime(int megabits, String model) throws Exception {
        DebianGuests.allOk(run("limit=%d000000".formatted(megabits), "limit.sh", ",limit=%dM,model=%s".formatted(megabits, model)), 3);
    }

    /** Frames with tags of the guest's own, beside those without, on a port of every VLAN and on a trunk. */
    @ParameterizedTest
    @ValueSource(strings = {"model=netvsc", "model=e1000e", "model=netvsc,vlan=1,trunk=5;6", "model=e1000e,vlan=1,trunk=5;6"})
    void aGuestsOwnTagsReachTheOthersVlan(String port) throws Exception {
        DebianGuests.allOk(run("", "vlan.sh", "," + port), 5);
    }
}
