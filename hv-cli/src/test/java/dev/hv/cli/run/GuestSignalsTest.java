package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hv guest} that is interrupted while it fetches: with an apt-get that takes for ever. */
class GuestSignalsTest {

    @TempDir
    private Path temp;
    private Path scratch;

    @BeforeEach
    void programs() throws Exception {
        scratch = Files.createDirectories(temp.resolve("scratch"));
        Path bin = Files.createDirectories(temp.resolve("bin"));
        Path apt = Files.writeString(bin.resolve("apt-get"), "#!/bin/sh\n: > '" + temp + "/fetching'\nexec sleep 100\n");
        assertThat(apt.toFile().setExecutable(true)).isTrue();
    }

    private LiveProcess guest(Path folder) throws Exception {
        List<String> command = HvProcess.command("guest", "debian", "--dir", folder.toString(), "--disk", temp.resolve("root.img").toString());
        command.add(1, "-Djava.io.tmpdir=" + scratch);
        LiveProcess hv = new LiveProcess(command, Map.of("PATH", temp.resolve("bin") + ":" + System.getenv("PATH")));
        for (int i = 0; i < 1200 && !Files.exists(temp.resolve("fetching")); i++) {
            Thread.sleep(50);
        }
        assertThat(temp.resolve("fetching")).as(hv.err()).exists();
        Files.delete(temp.resolve("fetching"));
        return hv;
    }

    private List<String> names(Path folder) throws IOException {
        try (var all = Files.list(folder)) {
            return all.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void nothingIsLeftOfOneThatIsEndedAndTheNextTakesAwayWhatOneThatWasKilledLeft() throws Exception {
        Path folder = temp.resolve("guests/bookworm");
        try (LiveProcess hv = guest(folder)) {
            hv.signal("KILL");
            hv.status();
        }
        assertThat(names(scratch)).as("what nobody could take away").hasSize(2);
        try (LiveProcess hv = guest(folder)) {
            assertThat(names(scratch)).as("its own").hasSize(2);
            hv.signal("TERM");
            assertThat(hv.status()).isEqualTo(143);
        }
        assertThat(names(scratch)).isEmpty();
        assertThat(folder.getParent()).doesNotExist();
        assertThat(names(temp)).containsExactly("bin", "scratch");
    }
}
