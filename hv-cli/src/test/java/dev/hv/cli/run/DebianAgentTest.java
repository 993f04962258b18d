package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
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
        List<String> asked = List.of("run", "--restore", checkpoint.toString(), "--timeout", DebianGuests.LONGEST, "--digest", "--put", file + ":/tmp/a/b", "--get", "/tmp/a/b:" + fetched, "--exec",
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
        aRecordingGoesOnWithinIt(asked, "cat /tmp/a/b");
        Files.delete(fetched);
        HvProcess again = HvProcess.run("replay", recording.toString());
        assertThat(again.out()).as(again.err()).isEqualTo("put and fetched\n");
        assertThat(again.err()).contains("hv_sock\n").contains("equal to its end").contains(digest);
        assertThat(fetched).as("what a replay fetches").doesNotExist();
        Files.writeString(file, "another\n");
        HvProcess changed = HvProcess.here("replay", recording.toString());
        assertThat(changed.err()).contains(file + ", which has changed since").hasLineCount(1);
        assertThat(changed.status()).isEqualTo(2);
        HvProcess missing = HvProcess.run("run", "--restore", checkpoint.toString(), "--timeout", DebianGuests.LONGEST, "--get", "/tmp/none:" + temp.resolve("none"));
        assertThat(missing.status()).isEqualTo(125);
        assertThat(missing.err()).isEqualTo("hv: --get /tmp/none:" + temp.resolve("none") + ": /tmp/none: no such file or directory\n");
        assertThat(temp.resolve("none")).doesNotExist();
        try (var full = OutputLostTest.redirected(">/dev/full", "run", "--restore", checkpoint.toString(), "--timeout", DebianGuests.LONGEST, "--exec", "echo lost; sleep 10000")) {
            OutputLostTest.lost(full, "the command's output cannot be written any more (");
        }
    }

    /** Checkpoints of a recorded run have what the agent is doing: files under way, a program that runs. */
    private void aRecordingGoesOnWithinIt(List<String> asked, String what) throws Exception {
        Path recording = temp.resolve("checkpoints.hvr");
        HvProcess run = HvProcess.run(Stream.concat(asked.stream(), Stream.of("--record", recording.toString(), "--checkpoint-every", "3M")).toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isEqualTo(7);
        String digest = run.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow();
        List<String> kept;
        try (var all = Files.list(temp.resolve("checkpoints.hvr.checkpoints"))) {
            kept = all.map(Path::toString).sorted(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder())).toList();
        }
        assertThat(kept).as(what).hasSizeGreaterThan(1);
        for (String from : List.of(kept.getFirst(), kept.getLast())) {
            HvProcess part = HvProcess.run("replay", recording.toString(), "--from", from);
            assertThat(part.err()).as(from).contains("equal to its end").contains(digest.substring("digest ".length()));
            assertThat(run.out()).as(from).endsWith(part.out());
        }
        Path job = Path.of(kept.getFirst()).resolve("job.bin");
        byte[] bytes = Files.readAllBytes(job);
        bytes[bytes.length / 2] ^= 1;
        Files.write(job, bytes);
        HvProcess damaged = HvProcess.here("replay", recording.toString(), "--from", kept.getFirst());
        assertThat(damaged.status()).isEqualTo(2);
        assertThat(damaged.err()).startsWith("hv: what the agent was doing cannot be read: section job is damaged").hasLineCount(1);
        Files.delete(job);
        assertThat(HvProcess.here("replay", recording.toString(), "--from", kept.getFirst()).err()).contains("job.bin is missing").hasLineCount(1);
        // without its recording such a state is one of a guest whose host's end is gone
        HvProcess restored = HvProcess.run("run", "--restore", kept.getFirst(), "--timeout", DebianGuests.LONGEST, "--exec", "echo anew");
        assertThat(restored.out()).as(restored.err()).isEqualTo("anew\n");
    }

    @Test
    void aGuestWithoutSocketsIsAskedOverItsSecondSerialPort() throws Exception {
        Path much = Files.write(temp.resolve("much"), "0123456789abcde\n".repeat(4000).getBytes(StandardCharsets.US_ASCII));
        Path checkpoint = temp.resolve("line");
        HvProcess first = hv("hv.agent module_blacklist=hv_sock", "--at", "60s:checkpoint=" + checkpoint + ",stop");
        assertThat(first.status()).as(first.err()).isZero();
        List<String> asked = List.of("run", "--restore", checkpoint.toString(), "--timeout", DebianGuests.LONGEST, "--digest", "--put", much + ":/tmp/much", "--exec", "ls /sys/bus/vmbus/drivers; cat /tmp/much; exit 7");
        HvProcess run = HvProcess.run(asked.toArray(String[]::new));
        assertThat(run.status()).as(run.err()).isEqualTo(7);
        assertThat(run.out()).doesNotContain("hv_sock").endsWith(Files.readString(much));
        aRecordingGoesOnWithinIt(asked, "over the serial line");
    }
}
