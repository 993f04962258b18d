package dev.hv.cli.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.run.HvProcess;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.RawDisk;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recording that is cut off, has a bit turned over, is of something else or of another version is refused by section. */
class DamagedRecordingTest {

    @TempDir
    private static Path shared;
    private static byte[] good;

    @TempDir
    private Path temp;

    @BeforeAll
    static void record() throws Exception {
        Path image = shared.resolve("demo.elf");
        try (InputStream in = DamagedRecordingTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
        Path file = shared.resolve("good.hvr");
        HvProcess hv = HvProcess.run("run", "--multiboot", image.toString(), "--append", "name=A", "--memory", "8M", "--time", "real", "--record", file.toString());
        assertThat(hv.status()).as(hv.err()).isZero();
        good = Files.readAllBytes(file);
        assertThat(RecordingFiles.sections(good).stream().map(RecordingFiles.Section::name).distinct()).contains("recording", "start", "events", "end");
    }

    private Recording open(byte[] bytes, boolean prefix) throws Exception {
        return Recording.open(Files.write(temp.resolve("r"), bytes), prefix);
    }

    private static String shown(List<RecordingFiles.Section> all, int index) {
        RecordingFiles.Section s = all.get(index);
        return s.name().equals("events") ? "events " + all.subList(0, index).stream().filter(o -> o.name().equals("events")).count() : s.name();
    }

    @Test
    void aWholeOneIsTaken() throws Exception {
        assertThat(open(good, false).end()).isNotNull();
    }

    @Test
    void aBitTurnedOverIsNamedByItsSection() throws Exception {
        List<RecordingFiles.Section> all = RecordingFiles.sections(good);
        for (int i = 0; i < all.size(); i++) {
            RecordingFiles.Section s = all.get(i);
            String name = shown(all, i);
            for (int at : new int[] {s.contents(), s.contents() + s.length() / 3, s.offset() + s.length() - 1}) {
                byte[] bytes = good.clone();
                bytes[at] ^= 0x10;
                assertThatThrownBy(() -> open(bytes, true)).as("byte %d of section %s", at - s.offset(), s.name()).isInstanceOf(RecordingException.class)
                        .hasMessageContaining("section " + name).hasMessageContaining("check sum");
            }
        }
    }

    @Test
    void nothingOfItMayTurnOverUnseen() throws Exception {
        for (int at = 0; at < good.length; at += 7) {
            byte[] bytes = good.clone();
            bytes[at] ^= 1 << at % 8;
            assertThatThrownBy(() -> open(bytes, false)).as("byte %d", at).isInstanceOf(RecordingException.class);
        }
    }

    @Test
    void oneThatIsCutOffServesAsFarAsItGoesWhenAskedFor() throws Exception {
        List<RecordingFiles.Section> all = RecordingFiles.sections(good);
        for (int i = 0; i < all.size(); i++) {
            RecordingFiles.Section s = all.get(i);
            byte[] within = Arrays.copyOf(good, s.offset() + s.length() / 2);
            String name = shown(all, i);
            assertThatThrownBy(() -> open(within, false)).as(name).isInstanceOf(RecordingException.class).hasMessageContaining("section " + name + " is cut off");
            if (all.subList(0, i).stream().anyMatch(o -> o.name().equals("start"))) {
                assertThat(open(within, true).end()).isNull();
                assertThat(open(Arrays.copyOf(good, s.offset()), false).end()).as("a run that was killed between two sections").isNull();
            } else {
                assertThatThrownBy(() -> open(within, true)).isInstanceOf(RecordingException.class);
            }
        }
    }

    /** A guest with a disk, recorded: what is answered of its disk is in the events. */
    private Path withDisk(String time, String... more) throws Exception {
        Path disk = Files.write(shared.resolve("disk.img"), new byte[1 << 20]);
        Path file = temp.resolve("disk.hvr");
        List<String> words = new ArrayList<>(List.of("run", "--multiboot", shared.resolve("demo.elf").toString(), "--append", "name=U ide", "--memory", "8M", "--serial", "none", "--disk", disk + ",bus=ide",
                "--time", time, "--max-instructions", "3M", "--record", file.toString()));
        words.addAll(List.of(more));
        HvProcess hv = HvProcess.here(words.toArray(String[]::new));
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
        return file;
    }

    private static byte[] result(int operation, int status, long done, int length, int bytes) {
        byte[] b = new byte[17 + bytes];
        LittleEndian.put32(b, 0, operation);
        b[4] = (byte) status;
        LittleEndian.put64(b, 5, done);
        LittleEndian.put32(b, 13, length);
        return b;
    }

    /** Check sums are right, and what the host is said to have made of a request to a disk cannot have been, or was not so. */
    @ParameterizedTest
    @ValueSource(strings = {"virtual", "real"})
    void senselessResultsOfDisksEndAReplay(String time) throws Exception {
        Path whole = withDisk(time);
        assertThat(HvProcess.here("replay", whole.toString()).err()).contains("equal to its end");
        int failed = DiskStatus.IO_ERROR.ordinal();
        for (byte[] wrong : new byte[][] {{1}, new byte[16], result(0, DiskStatus.OK.ordinal(), 0, 0, 0), result(0, 99, 0, 0, 0), result(0, -1, 0, 0, 0), result(-1, failed, 0, 0, 0), result(1000, failed, 0, 0, 0),
            result(0, failed, -1, 0, 0), result(0, failed, Long.MAX_VALUE, 0, 0), result(0, failed, 0, -1, 0), result(0, failed, 0, Integer.MAX_VALUE, 0), result(0, failed, 0, 512, 511), result(0, failed, 0, 0, 0), new byte[1 << 19]}) {
            Path changed = temp.resolve("changed.hvr");
            assertThat(RecordingFiles.answerDisk(whole, changed, wrong)).as("a result of a disk in the recording").isTrue();
            HvProcess hv = HvProcess.here("replay", changed.toString(), "--timeout", "100s");
            assertThat(hv.status()).as(hv.err()).isEqualTo(1);
            assertThat(hv.err()).startsWith("hv: the replay diverged: ").hasLineCount(1);
        }
    }

    /** Whatever stands in events whose check sums are right: a replay ends, and not by a fault of hv's. */
    @Test
    void senselessEventsEndAReplay() throws Exception {
        byte[] whole = Files.readAllBytes(withDisk("real"));
        List<RecordingFiles.Section> all = RecordingFiles.sections(whole).stream().filter(s -> s.name().equals("events")).toList();
        var random = new Random(7);
        for (int i = 0; i < 6; i++) {
            byte[] bytes = whole.clone();
            RecordingFiles.Section s = all.get(random.nextInt(all.size()));
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes[s.contents() + random.nextInt(s.offset() + s.length() - 4 - s.contents())] ^= 1 << random.nextInt(8);
            }
            RecordingFiles.seal(bytes, s);
            HvProcess hv = HvProcess.here("replay", Files.write(temp.resolve("r"), bytes).toString(), "--timeout", "100s");
            assertThat(hv.status()).as("%d: %s", i, hv.err()).isIn(0, 1, 2);
            assertThat(hv.err()).as("%d", i).doesNotContain("Exception").doesNotContain("internal").hasLineCount(1);
            // and lets go of its disk
            RawDisk.open(shared.resolve("disk.img"), false, 512).close();
        }
    }

    /** The place of a checkpoint in the recording, cut off, turned over, and made senseless. */
    @Test
    void aDamagedPlaceOfACheckpointIsRefused() throws Exception {
        Path file = withDisk("virtual", "--checkpoint-every", "1M");
        Path at;
        try (var list = Files.list(temp.resolve("disk.hvr.checkpoints"))) {
            at = list.sorted().findFirst().orElseThrow();
        }
        assertThat(HvProcess.here("replay", file.toString(), "--from", at.toString()).err()).contains("equal to its end");
        Path position = at.resolve(Position.FILE);
        byte[] right = Files.readAllBytes(position);
        for (int i = 0; i < right.length; i += 11) {
            byte[] bytes = right.clone();
            bytes[i] ^= 0x20;
            Files.write(position, bytes);
            refused(file, at, "position");
            Files.write(position, Arrays.copyOf(right, i));
            refused(file, at, "position");
        }
        RecordingFiles.Section whole = RecordingFiles.section(right, 0);
        // round, ways in made, ways in open, instructions at the beginning, instructions, time, place in the file: behind the digest
        for (int field = 1; field <= 7; field++) {
            for (long value : new long[] {-1, 1L << 40}) {
                byte[] bytes = right.clone();
                LittleEndian.put64(bytes, bytes.length - 4 - 8 * field, value);
                RecordingFiles.seal(bytes, whole);
                Files.write(position, bytes);
                HvProcess hv = HvProcess.here("replay", file.toString(), "--from", at.toString(), "--timeout", "100s");
                assertThat(hv.status()).as("field %d %d: %s", field, value, hv.err()).isIn(0, 1, 2);
                assertThat(hv.err()).as("field %d %d", field, value).doesNotContain("Exception").doesNotContain("internal").hasLineCount(1);
            }
        }
    }

    private static void refused(Path file, Path from, String why) {
        HvProcess hv = HvProcess.here("replay", file.toString(), "--from", from.toString());
        assertThat(hv.status()).as(hv.err()).isEqualTo(2);
        assertThat(hv.err()).contains("--from " + from).contains(why).hasLineCount(1);
    }

    @Test
    void anotherVersionAndAnUnknownSectionAreNamed() throws Exception {
        for (RecordingFiles.Section s : RecordingFiles.sections(good)) {
            byte[] newer = good.clone();
            LittleEndian.put32(newer, s.contents() - 12, 99);
            RecordingFiles.seal(newer, s);
            assertThatThrownBy(() -> open(newer, false)).isInstanceOf(RecordingException.class).hasMessageContaining(s.name()).hasMessageContaining("99");
            byte[] unknown = good.clone();
            unknown[s.offset() + 2] = 'x';
            RecordingFiles.seal(unknown, s);
            assertThatThrownBy(() -> open(unknown, false)).isInstanceOf(RecordingException.class).hasMessageContaining("section x" + s.name().substring(1));
        }
    }

    @Test
    void somethingElseIsNone() {
        assertThatThrownBy(() -> open(new byte[0], false)).hasMessageContaining("not a recording");
        assertThatThrownBy(() -> open("HVRECORD".getBytes(), false)).hasMessageContaining("section recording is missing");
        assertThatThrownBy(() -> Recording.open(temp.resolve("nothing"), false)).hasMessage("no such file");
    }

    @Test
    void theCommandSaysSoInOneLine() throws Exception {
        byte[] bytes = good.clone();
        bytes[bytes.length - 10] ^= 1;
        HvProcess hv = HvProcess.here("replay", Files.write(temp.resolve("bad.hvr"), bytes).toString());
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.err()).contains("bad.hvr: section end is damaged: its check sum is wrong").hasLineCount(1);
    }
}
