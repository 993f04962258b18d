package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.record.RecordingFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are recorded and repeated: to the same console, the same end and the same digest. */
@Timeout(300)
class RecordReplayTest {

    @TempDir
    private Path temp;

    private Path guest(String name) throws IOException {
        Path image = temp.resolve(name);
        try (InputStream in = RecordReplayTest.class.getResourceAsStream("/guests/" + name)) {
            Files.copy(in, image);
        }
        return image;
    }

    private Path disk() throws IOException {
        Path file = temp.resolve("disk");
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(8 << 20);
        }
        return file;
    }

    /** Code that sends back what comes on the first serial port, one greater, and leaves through the debug-exit port at a 'q'. */
    private Path echo() throws IOException {
        return TinyGuest.write(temp.resolve("echo.elf"),
                0x31, 0xC9,                       // xor ecx,ecx
                0x41,                             // next: inc ecx
                0x66, 0xBA, 0xFD, 0x03,           // mov dx,3FDh
                0xEC, 0xA8, 0x01, 0x74, 0xF6,     // in al,dx; test al,1; jz next
                0x66, 0xBA, 0xF8, 0x03, 0xEC,     // mov dx,3F8h; in al,dx
                0x01, 0xC3,                       // add ebx,eax: what was typed is never forgotten
                0x3C, 'q', 0x74, 0x05,            // cmp al,'q'; je end
                0xFE, 0xC0, 0xEE, 0xEB, 0xE6,     // inc al; out dx,al; jmp next
                0xB0, '\n', 0xEE, 0x66, 0xBA, 0xF4, 0, 0xB0, 0, 0xEE, 0xEB, 0xFE);
    }

    private record Recorded(HvProcess run, Path file) {
        String digest() {
            return run.err().lines().filter(l -> l.startsWith("digest ")).reduce((a, b) -> b).orElseThrow();
        }
    }

    private Recorded record(String... arguments) throws Exception {
        Path file = temp.resolve("run.hvr");
        List<String> all = new ArrayList<>(List.of("run", "--digest", "--record", file.toString()));
        all.addAll(List.of(arguments));
        return new Recorded(HvProcess.run(all.toArray(String[]::new)), file);
    }

    private static HvProcess replay(Path file, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("replay", file.toString()));
        all.addAll(List.of(more));
        return HvProcess.run(all.toArray(String[]::new));
    }

    private static void equal(Recorded recorded, String... more) throws Exception {
        HvProcess again = replay(recorded.file(), more);
        assertThat(again.status()).as("%s%n%s", recorded.run().err(), again.err()).isZero();
        assertThat(again.err()).contains("equal to its end").contains(recorded.digest());
        assertThat(again.out()).isEqualTo(recorded.run().out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real", "--bare --time=real"})
    void aGuestThatComputes(String how) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--multiboot", guest("demo.elf").toString(), "--append", "name=A", "--memory", "8M"));
        arguments.addAll(List.of(how.split(" ")));
        Recorded recorded = record(arguments.toArray(String[]::new));
        assertThat(recorded.run().status()).as(recorded.run().err()).isZero();
        assertThat(recorded.run().out()).contains("my memory is intact");
        equal(recorded);
        if (how.contains("virtual")) {
            equal(recorded, "--engine", "interpreter");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real"})
    void aDiskInRealTimeAndInVirtualTime(String how) throws Exception {
        Path disk = disk();
        Recorded recorded = record("--multiboot", guest("demo.elf").toString(), "--append", "name=U vmbus", "--memory", "8M", "--disk", disk.toString(), how);
        assertThat(recorded.run().out()).as(recorded.run().err()).contains("512 requests over storvsc, every byte right");
        assertThat(Files.readAllBytes(disk)).as("the file that the run began with").containsOnly(0);
        equal(recorded);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real"})
    void severalProcessors(String how) throws Exception {
        equal(record("--multiboot", guest("smp.elf").toString(), "--append", "cpus=4", "--cpus", "4", "--processors", "4", "--memory", "8M", "--max-instructions", "5M", how));
    }

    /** Keys come whenever they come: what matters is that they come again at the same instructions. */
    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real", "--time=virtual --bare"})
    void keysTypedAtOddInstants(String how) throws Exception {
        Path file = temp.resolve("keys.hvr");
        List<String> arguments = new ArrayList<>(List.of("run", "--multiboot", echo().toString(), "--memory", "8M", "--test-devices", "--record", file.toString(), "--digest"));
        arguments.addAll(List.of(how.split(" ")));
        try (LiveProcess hv = LiveProcess.hv(arguments.toArray(String[]::new))) {
            for (char key : "HAL".toCharArray()) {
                hv.type(String.valueOf(key));
                hv.await(String.valueOf((char) (key + 1)));
            }
            hv.type("abq");
            assertThat(hv.status()).as(hv.err()).isEqualTo(1);
            equal(new Recorded(new HvProcess(1, hv.out(), hv.err()), file));
        }
    }

    /** The same recording with another key in it, its check sum right: the replay goes another way, and says so. */
    @Test
    void anotherKeyIsNoticed() throws Exception {
        Path file = temp.resolve("keys.hvr");
        try (LiveProcess hv = LiveProcess.hv("run", "--multiboot", echo().toString(), "--memory", "8M", "--test-devices", "--time", "virtual", "--record", file.toString())) {
            hv.type("!");
            hv.await("\"");
            hv.type("q");
            hv.status();
        }
        Path other = RecordingFiles.replace(file, temp.resolve("other.hvr"), '!', '#');
        HvProcess again = replay(other);
        assertThat(again.status()).as(again.err()).isOne();
        assertThat(again.err()).contains("the replay diverged");
        assertThat(again.out()).startsWith("$");
    }

    @Test
    void aKilledRunLeavesAPrefix() throws Exception {
        Path image = SmallGuest.write(temp.resolve("small.elf"), "hello\n", SmallGuest.Then.SPIN);
        Path file = temp.resolve("killed.hvr");
        try (LiveProcess hv = LiveProcess.hv("run", "--multiboot", image.toString(), "--memory", "8M", "--time", "real", "--record", file.toString())) {
            hv.await("hello");
            while (Files.size(file) < 10_000) {
                Thread.sleep(20);
            }
            hv.signal("KILL");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        HvProcess again = replay(file, "--prefix");
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.out()).startsWith("hello");
        assertThat(again.err()).contains("where the recording is cut off");
    }

    @Test
    void aReplayStopsWhereItIsToldTo() throws Exception {
        Recorded recorded = record("--multiboot", guest("demo.elf").toString(), "--append", "name=A", "--memory", "8M");
        HvProcess there = HvProcess.run("run", "--multiboot", temp.resolve("demo.elf").toString(), "--append", "name=A", "--memory", "8M", "--max-instructions", "3M", "--digest");
        HvProcess cut = replay(recorded.file(), "--until", "3M", "--digest");
        assertThat(cut.status()).as(cut.err()).isZero();
        assertThat(cut.err()).contains("stopped at instruction 3000").contains(there.err().lines().filter(l -> l.startsWith("digest")).findFirst().orElseThrow());
        HvProcess early = replay(recorded.file(), "--until", "50ms");
        assertThat(early.err()).contains("0.0500000");
    }

    /** At most sixteen are kept, spread over the run; each leads to the same end. */
    @ParameterizedTest
    @ValueSource(strings = {"--time=virtual", "--time=real"})
    void aReplayGoesOnFromCheckpoints(String how) throws Exception {
        Recorded recorded = record("--multiboot", guest("smp.elf").toString(), "--append", "cpus=4", "--cpus", "4", "--processors", "2", "--memory", "8M", "--max-instructions", "9M", how,
                "--checkpoint-every", "200K");
        List<Path> checkpoints = checkpoints(recorded.file());
        assertThat(checkpoints).hasSizeBetween(6, 16);
        for (int at : new int[] {0, checkpoints.size() / 2, checkpoints.size() - 1}) {
            HvProcess again = replay(recorded.file(), "--from", checkpoints.get(at).toString());
            assertThat(again.status()).as(again.err()).isZero();
            assertThat(again.err()).contains("equal to its end").contains(recorded.digest());
            assertThat(recorded.run().out()).endsWith(again.out());
        }
        HvProcess both = replay(recorded.file(), "--from", checkpoints.get(1).toString(), "--until", "8M", "--digest");
        assertThat(digest(both)).isEqualTo(digest(replay(recorded.file(), "--until", "8M", "--digest")));
        HvProcess nearest = replay(recorded.file(), "--from", "nearest", "--until", "8M", "--digest");
        assertThat(digest(nearest)).isEqualTo(digest(both));
        assertThat(both.out()).as("it began later").endsWith(nearest.out()).hasSizeGreaterThanOrEqualTo(nearest.out().length());
        assertThat(replay(recorded.file(), "--until", "20ms", "--digest").err()).contains("stopped at instruction");
        Path none = Files.createDirectory(temp.resolve("none"));
        HvProcess refused = HvProcess.here("replay", recorded.file().toString(), "--from", none.toString());
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("--from " + none).hasLineCount(1);
    }

    private static List<Path> checkpoints(Path recording) throws IOException {
        try (Stream<Path> all = Files.list(recording.resolveSibling(recording.getFileName() + ".checkpoints"))) {
            return all.sorted(Comparator.comparingLong(f -> Long.parseLong(f.getFileName().toString()))).toList();
        }
    }

    private static String digest(HvProcess hv) {
        return hv.err().lines().filter(l -> l.startsWith("digest ")).findFirst().orElseThrow(() -> new AssertionError(hv.err()));
    }

    /** Frames of another program, which come whenever they come, and what the guest says to them. */
    @Test
    void framesFromAnotherProgram() throws Exception {
        Path socket = temp.resolve("net");
        Path file = temp.resolve("net.hvr");
        Path image = guest("demo.elf");
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread peer = Thread.ofPlatform().daemon().start(() -> EchoPeer.serve(server));
            HvProcess hv = HvProcess.run("run", "--multiboot", image.toString(), "--append", "name=E vmbus", "--memory", "16M", "--disk", disk().toString(), "--net", "socket:" + socket, "--digest",
                    "--record", file.toString(), "--timeout", "120s");
            assertThat(hv.out()).as(hv.err()).contains("256 frames over netvsc came back, every byte right");
            Files.delete(socket);
            peer.interrupt();
            equal(new Recorded(hv, file));
        }
    }

    @Test
    void limitsAndSignalsEndTheReplayWhereTheyEndedTheRun() throws Exception {
        Path image = SmallGuest.write(temp.resolve("small.elf"), "hello\n", SmallGuest.Then.SPIN);
        for (String time : new String[] {"virtual", "real"}) {
            Recorded limited = record("--multiboot", image.toString(), "--memory", "8M", "--time", time, "--timeout", "300ms");
            assertThat(limited.run().status()).isEqualTo(4);
            equal(limited);
            Path file = temp.resolve("signal-" + time);
            try (LiveProcess hv = LiveProcess.hv("run", "--multiboot", image.toString(), "--memory", "8M", "--digest", "--time", time, "--record", file.toString())) {
                hv.await("hello");
                hv.signal("TERM");
                assertThat(hv.status()).isEqualTo(143);
                equal(new Recorded(new HvProcess(143, hv.out(), hv.err()), file));
            }
        }
    }

    @Test
    void aGuestThatIsAnotherByNowIsRefused() throws Exception {
        Path image = SmallGuest.write(temp.resolve("small.elf"), "hello\n", SmallGuest.Then.HALT);
        Recorded recorded = record("--multiboot", image.toString(), "--memory", "8M", "--max-instructions", "1M", "--timeout", "1s");
        SmallGuest.write(image, "hallo\n", SmallGuest.Then.HALT);
        HvProcess again = replay(recorded.file());
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("small.elf, which has changed since").hasLineCount(1);
    }

    @Test
    void whatCannotBeRepeatedIsRefused() throws Exception {
        Path image = SmallGuest.write(temp.resolve("small.elf"), "hello\n", SmallGuest.Then.HALT);
        HvProcess parallel = HvProcess.here("run", "--record", temp.resolve("run.hvr").toString(), "--multiboot", image.toString(), "--parallel");
        assertThat(parallel.status()).isEqualTo(2);
        assertThat(parallel.err()).contains("leave --parallel out").hasLineCount(1);
        HvProcess foreign = HvProcess.here("replay", image.toString());
        assertThat(foreign.status()).isEqualTo(2);
        assertThat(foreign.err()).contains("not a recording").hasLineCount(1);
    }
}
