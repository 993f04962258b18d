package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.run.DebianGuests;
import dev.hv.cli.run.HvProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A booted Debian that waits for its script: many start from one checkpoint, and in real time each knows what time it is. */
@Tag("environment")
class RestoredDebianTest {

    private static final int PROCESSES = 3;
    /** Nobody takes the guest's clock for right that is behind by less than the host waits. */
    private static final int WAIT_SECONDS = 30;
    private static final Pattern CLOCK = Pattern.compile("CLOCK (\\d+)");

    @TempDir
    private Path temp;

    private Path booted(Path disk, String... more) throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path folder = temp.resolve("booted");
        List<String> all = new ArrayList<>(List.of(DebianGuests.options(guest, "hv.hold", null, "--disk", disk.toString(), "--net", "switch:lab", "--at",
                "console=HV-GUEST-READY:checkpoint=" + folder + ",stop")));
        all.addAll(List.of(more));
        HvProcess hv = HvProcess.run(all.toArray(String[]::new));
        assertThat(hv.err()).contains("checkpoint " + folder + " written");
        assertThat(hv.status()).isZero();
        return folder;
    }

    @Test
    void threeRunTheirScriptsSideBySide() throws Exception {
        Path disk = DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 4);
        byte[] before = Files.readAllBytes(disk);
        Path folder = booted(disk, "--time", "virtual");
        List<Callable<HvProcess>> runs = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            Path script = Files.writeString(temp.resolve("s" + i), """
                    head -c 11 /dev/sda; echo
                    echo "written by %d" | dd of=/dev/sda conv=notrunc,fsync 2>/dev/null
                    echo 3 > /proc/sys/vm/drop_caches
                    sleep 5
                    head -n 1 /dev/sda
                    exit %d
                    """.formatted(i, 40 + i));
            runs.add(() -> HvProcess.run("run", "--restore", folder.toString(), "--guest-script", script.toString()));
        }
        try (var threads = Executors.newFixedThreadPool(PROCESSES)) {
            List<Future<HvProcess>> all = threads.invokeAll(runs);
            for (int i = 0; i < PROCESSES; i++) {
                HvProcess hv = all.get(i).get();
                assertThat(hv.out()).as(hv.err()).contains("hello guest", "written by " + i, "HV-GUEST-STATUS " + (40 + i));
                assertThat(hv.status()).as(hv.err()).isZero();
            }
        }
        assertThat(Files.readAllBytes(disk)).as("the file below all of them").isEqualTo(before);
    }

    @Test
    void aGuestInRealTimeNoticesHowLongItStoodStill() throws Exception {
        Path folder = booted(DebianGuests.disk(temp.resolve("disk.img"), "hello guest", 1), "--time", "real");
        Thread.sleep(WAIT_SECONDS * 1000L);
        // time synchronisation has its say first
        Path script = Files.write(temp.resolve("clock"), "sleep 8\necho CLOCK $(date +%s)\n".getBytes(StandardCharsets.US_ASCII));
        HvProcess hv = HvProcess.run("run", "--restore", folder.toString(), "--guest-script", script.toString());
        long end = Instant.now().getEpochSecond();
        assertThat(hv.status()).as(hv.err()).isZero();
        Matcher m = CLOCK.matcher(hv.out());
        assertThat(m.find()).as(hv.out()).isTrue();
        assertThat(end - Long.parseLong(m.group(1))).as("seconds that the guest's clock is behind, with what its end took").isBetween(-1L, WAIT_SECONDS - 10L);
    }
}
