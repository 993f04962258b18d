package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of {@code hv run} with {@code --record}: the replay is equal, or the run is refused in one line. */
class RecordedOptionsTest {

    @TempDir
    private Path temp;

    /** Debian boots, uses what it has, and powers off. DISK, DVD and DIR are files of the test's. */
    @Tag("environment")
    @ParameterizedTest
    @ValueSource(strings = {
        "--time real --net switch:options --disk DISK",
        "--no-enlightenments --disk DISK,bus=ide",
        "--bare --iommu --disk DISK,bus=nvme --time real",
        "--disk DISK,bus=nvme --net switch:options,model=e1000e",
        "--cpu amd --disk DISK,bus=nvme",
        "--nested",
        "--parent l1vh --scheduler root",
        "--parent root --cpus 2",
        "--cpus 4 --processors 2 --time real",
        "--video --screen DIR --time real",
        "--memory 256M,minimum=128M,maximum=512M --at 5s:memory=200M --time real",
        "--disk DISK --net switch:options --time real --at 1s:disk-error=0,times=1 --at 2s:network=0,loss=0.5 --at 2s:stall=0,for=50ms --at 3s:clock-jump=5s --at 4s:heal",
        "--at 2s:add-disk=DISK --at 8s:remove-disk=0 --at 9s:add-disk=DISK --at 3s:add-net=switch:options --at 10s:remove-net=0",
        "--disk DVD,dvd --at 3s:eject=0 --at 5s:insert=0,DISK",
        "--at 3s:reset",
        "--at 3s:pause --at 5s:resume --at 6s:checkpoint=DIR/c --at 7s:dump=DIR/core",
    })
    void theReplayIsEqual(String options) throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path script = Files.writeString(temp.resolve("use.sh"), "ip link set eth0 up; for d in /dev/sda /dev/nvme0n1; do [ -b $d ] && dd if=$d of=/dev/null bs=64k count=4; done; sleep 1; echo used\n");
        Path recording = temp.resolve("run.hvr");
        List<String> all = new ArrayList<>(List.of(DebianGuests.options(guest, "quiet", script, "--digest", "--record", recording.toString())));
        String files = options.replace("DISK", DebianGuests.disk(temp.resolve("disk"), "hello", 4).toString()).replace("DVD", DebianGuests.disk(temp.resolve("dvd"), "hello", 4).toString()).replace("DIR", temp.toString());
        all.addAll(List.of(files.split(" ")));
        HvProcess run = HvProcess.run(all.toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isZero();
        HvProcess again = HvProcess.run("replay", recording.toString());
        assertThat(again.err()).as(run.err()).contains("equal to its end").contains(run.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow());
        assertThat(again.out()).isEqualTo(run.out());
    }

    @Test
    void whatCannotBeRepeatedIsRefused() throws Exception {
        Path image = SmallGuest.write(temp.resolve("small.elf"), "hello\n", SmallGuest.Then.HALT);
        Path recording = Files.writeString(temp.resolve("run.hvr"), "one of yesterday");
        for (String option : new String[] {"--parallel", "--keep-disk", "--gdb=0"}) {
            HvProcess run = HvProcess.here("run", "--record", recording.toString(), "--multiboot", image.toString(), option);
            assertThat(run.status()).as(option).isEqualTo(2);
            assertThat(run.err()).contains("leave --").hasLineCount(1);
            assertThat(recording).hasContent("one of yesterday");
        }
    }
}
