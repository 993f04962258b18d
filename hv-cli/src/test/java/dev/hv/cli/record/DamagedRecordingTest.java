package dev.hv.cli.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.run.HvProcess;
import dev.hv.cpu.memory.LittleEndian;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
