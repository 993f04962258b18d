package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks whose host fails while a run is recorded: the replay, whose files are whole, has its guest see the same. */
class FailingHostDiskTest {

    private static final int SIZE = 4 << 20;
    private static final int LEFT = 1 << 20;

    @TempDir
    private Path temp;
    private final List<Path> disks = new ArrayList<>();

    private Path disk() throws Exception {
        Path file = DebianGuests.disk(temp.resolve("disk" + disks.size()), "hello", SIZE >> 20);
        disks.add(file);
        return file;
    }

    private static void setSize(Path file, long size) throws Exception {
        try (var f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(size);
        }
    }

    private void repeated(GuestFolder guest, String append, List<String> more) throws Exception {
        Path recording = temp.resolve("run.hvr");
        List<String> all = new ArrayList<>(List.of(DebianGuests.options(guest, "quiet " + append, DebianGuests.script("host-fails.sh", temp), "--digest", "--record", recording.toString())));
        all.addAll(more);
        FileTime before = Files.getLastModifiedTime(disks.getFirst());
        for (Path d : disks) {
            Files.setLastModifiedTime(d, before);
        }
        HvProcess run;
        try (LiveProcess hv = LiveProcess.hv(all.toArray(String[]::new))) {
            hv.await("DISKS-ARE-READY");
            for (Path d : disks) {
                setSize(d, LEFT);
            }
            hv.type("go\n");
            int status = hv.status();
            run = new HvProcess(status, hv.out(), hv.err());
        }
        DebianGuests.allOk(run, 5 * disks.size());
        assertThat(HvProcess.here("replay", recording.toString()).err()).as("files that are others").contains("which has changed since").hasLineCount(1);
        for (Path d : disks) {
            setSize(d, SIZE);
            Files.setLastModifiedTime(d, before);
        }
        HvProcess again = HvProcess.run("replay", recording.toString());
        assertThat(again.err()).as(run.err()).contains("equal to its end").contains(run.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow());
        assertThat(again.status()).isZero();
    }

    @Test
    void overStorvscAndIde() throws Exception {
        repeated(DebianGuests.guest("bookworm"), "DISKS=2", List.of("--time", "virtual", "--disk", disk().toString(), "--disk", disk() + ",bus=ide"));
    }

    @Tag("environment")
    @ParameterizedTest
    @ValueSource(strings = {"virtual", "real"})
    void overSataNvmeAndIdeOfTheBareMachine(String time) throws Exception {
        repeated(DebianGuests.generic("bookworm"), "DISKS=3",
                List.of("--bare", "--time", time, "--disk", disk() + ",bus=ahci", "--disk", disk() + ",bus=nvme", "--disk", disk() + ",bus=ide"));
    }
}
