package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands and files in Debian guests. */
class DebianAgentTest {

    @TempDir
    private Path temp;

    private HvProcess hv(String append, String... more) throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        return HvProcess.run(DebianGuests.options(guest, append, null, more));
    }

    @Test
    void aRestoredGuestIsAskedOverSocketsAtOnceAndAlikeEachTime() throws Exception {
        Path checkpoint = temp.resolve("checkpoint");
        HvProcess first = hv("hv.agent", "--at", "60s:checkpoint=" + checkpoint + ",stop,compress");
        assertThat(first.status()).as(first.err()).isZero();
        Path file = Files.writeString(temp.resolve("file"), "put and fetched\n");
        Path fetched = temp.resolve("fetched");
        String digest = null;
        Path recording = temp.resolve("run.hvr");
        List<String> asked = List.of("run", "--restore", checkpoint.toString(), "--timeout", "500s", "--digest", "--put", file + ":/tmp/a/b", "--get", "/tmp/a/b:" + fetched, "--exec",
                "cat /tmp/a/b; ls /sys/bus/vmbus/drivers >&2; exit 7");
        // the second is recorded, and goes no other way for that
        for (List<String> more : List.of(List.<String>of(), List.of("--record", recording.toString()))) {
            HvProcess run = HvProcess.run(Stream.concat(asked.stream(), more.stream()).toArray(String[]::new));
            assertThat(run.status()).as(run.err()).isEqualTo(7);
            assertThat(run.out()).isEqualTo("put and fetched\n");
            assertThat(run.err()).contains("hv_sock\n");
            assertThat(fetched).hasContent("put and fetched\n");
            String said = run.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
            assertThat(digest == null ? said : digest).isEqualTo(said);
            digest = said;
        }
        Files.delete(fetched);
        HvProcess again = HvProcess.run("replay", recording.toString());
        assertThat(again.out()).as(again.err()).isEqualTo("put and fetched\n");
        assertThat(again.err()).contains("hv_sock\n").contains("equal to its end").contains(digest);
        assertThat(fetched).as("what a replay fetches").doesNotExist();
        Files.writeString(file, "another\n");
        HvProcess changed = HvProcess.here("replay", recording.toString());
        assertThat(changed.err()).contains(file + ", which has changed since").hasLineCount(1);
        assertThat(changed.status()).isEqualTo(2);
        HvProcess missing = HvProcess.run("run", "--restore", checkpoint.toString(), "--timeout", "500s", "--get", "/tmp/none:" + temp.resolve("none"));
        assertThat(missing.status()).isEqualTo(125);
        assertThat(missing.err()).isEqualTo("hv: --get /tmp/none:" + temp.resolve("none") + ": /tmp/none: no such file or directory\n");
        assertThat(temp.resolve("none")).doesNotExist();
        try (var full = OutputLostTest.redirected(">/dev/full", "run", "--restore", checkpoint.toString(), "--timeout", "500s", "--exec", "echo lost; sleep 10000")) {
            OutputLostTest.lost(full, "the command's output cannot be written any more (");
        }
    }

    @Test
    void aGuestWithoutSocketsIsAskedOverItsSecondSerialPort() throws Exception {
        Path much = Files.write(temp.resolve("much"), "0123456789abcde\n".repeat(4000).getBytes(StandardCharsets.US_ASCII));
        HvProcess run = hv("module_blacklist=hv_sock", "--put", much + ":/tmp/much", "--exec", "ls /sys/bus/vmbus/drivers; cat /tmp/much");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("hv_sock").endsWith(Files.readString(much));
    }
}
