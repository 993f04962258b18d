package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.run.HvProcess;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.SectionReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint that is cut off, has a bit turned over, is of something else or of a newer program is refused by name, with exit status 2, and nothing runs. */
class DamagedCheckpointTest {

    @TempDir
    private static Path shared;
    private static Path image;
    private static Path good;
    private static Path packed;

    @TempDir
    private Path temp;

    @BeforeAll
    static void write() throws Exception {
        image = shared.resolve("demo.elf");
        try (InputStream in = DamagedCheckpointTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
        Path disk = shared.resolve("disk.img");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(8 << 20);
        }
        good = shared.resolve("good");
        packed = shared.resolve("packed");
        HvProcess hv = HvProcess.run("run", "--multiboot", image.toString(), "--append", "name=U ide", "--memory", "8M", "--disk", disk + ",bus=ide,snapshot",
                "--at", "console=@end:checkpoint=" + packed + ",compress", "--at", "console=@end:checkpoint=" + good + ",stop");
        assertThat(good.resolve("disk-0")).as("what the guest wrote").exists();
        assertThat(hv.err()).contains("checkpoint " + good + " written").contains("checkpoint " + packed + " written");
        assertThat(hv.status()).isZero();
    }

    private Path copy(Path from) throws IOException {
        Path to = temp.resolve("copy");
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path f : files.toList()) {
                Files.copy(f, to.resolve(f.getFileName()));
            }
        }
        return to;
    }

    private static void open(Path folder) throws CheckpointException {
        Checkpoint.open(folder).check();
    }

    @Test
    void wholeOnesAreTakenAndSmallWhenCompressed() throws Exception {
        open(good);
        open(packed);
        assertThat(Files.size(packed.resolve(MemoryImage.FILE))).isLessThan(Checkpoint.open(good).memory().usedBytes());
        for (Path p : new Path[] {good, packed}) {
            HvProcess hv = HvProcess.run("checkpoint", "info", p.toString());
            assertThat(hv.status()).isZero();
            assertThat(hv.out()).contains("guest          guest: 1 processor, 8 MiB").contains("section        vm guest: version");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"manifest.json", "state.bin", "memory", "disk-0"})
    void aFileThatIsCutOffIsNamed(String name) throws Exception {
        Path c = copy(good);
        try (var file = new RandomAccessFile(c.resolve(name).toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }
        assertThatThrownBy(() -> open(c)).isInstanceOf(CheckpointException.class).hasMessageContaining(name + " is cut off");
        Files.delete(c.resolve(name));
        assertThatThrownBy(() -> open(c)).isInstanceOf(CheckpointException.class).hasMessageContaining(name + " is missing");
    }

    @Test
    void everyBitOfEverySectionCounts() throws Exception {
        Path c = copy(good);
        byte[] state = Files.readAllBytes(c.resolve(Checkpoint.STATE));
        for (SectionReader.Entry e : Checkpoint.open(good).sections()) {
            // its name, its version, its length, its middle, its check sum
            for (int at : new int[] {3, 2 + e.name().length() + 1, 2 + e.name().length() + 6, e.length() / 2, e.length() - 1}) {
                byte[] bad = state.clone();
                bad[e.offset() + at] ^= 0x10;
                Files.write(c.resolve(Checkpoint.STATE), bad);
                assertThatThrownBy(() -> open(c)).as("section %s, byte %d", e.name(), at).isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("state.bin: section");
            }
            if (!e.name().equals("memory")) {
                byte[] bad = state.clone();
                bad[e.offset() + e.length() - 5] ^= 1;
                Files.write(c.resolve(Checkpoint.STATE), bad);
                assertThatThrownBy(() -> open(c)).hasMessageContaining("section " + e.name() + " is damaged");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"good,memory", "packed,memory", "good,disk-0", "good,manifest.json"})
    void aBitTurnedOverIsFound(String which, String name) throws Exception {
        Path c = copy(which.equals("good") ? good : packed);
        byte[] bytes = Files.readAllBytes(c.resolve(name));
        int at = 0;
        while (bytes[at] == 0) {
            at++;
        }
        bytes[at + 100] ^= 4;
        Files.write(c.resolve(name), bytes);
        assertThatThrownBy(() -> open(c)).isInstanceOf(CheckpointException.class).hasMessageContaining(name);
        HvProcess hv = HvProcess.run("run", "--restore", c.toString());
        assertThat(hv.status()).as(hv.err()).isEqualTo(2);
        assertThat(hv.out()).as("nothing has run").isEmpty();
        assertThat(hv.err()).startsWith("hv: --restore " + c + ": ").contains(name).hasLineCount(1);
    }

    @Test
    void aSectionOfANewerProgramIsNamed() throws Exception {
        Path c = copy(good);
        byte[] state = Files.readAllBytes(c.resolve(Checkpoint.STATE));
        SectionReader.Entry e = Checkpoint.open(good).sections().stream().filter(s -> s.name().equals("vm guest")).findFirst().orElseThrow();
        state[e.offset() + 2 + e.name().length()] = 99;
        resum(state, e);
        put(c, state, Manifest.FORMAT);
        HvProcess hv = HvProcess.run("run", "--restore", c.toString());
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.out()).isEmpty();
        assertThat(hv.err()).contains("section vm guest has version 99");
    }

    /** A checkpoint of the version before: of the section of a machine, and of one within it. */
    @ParameterizedTest
    @ValueSource(strings = {"vm guest", "worker", "hypervisor", "machine", "clock"})
    void aSectionOfAnOlderProgramIsNamed(String name) throws Exception {
        Path c = copy(good);
        byte[] state = Files.readAllBytes(c.resolve(Checkpoint.STATE));
        int version = 0;
        for (SectionReader.Entry e : Checkpoint.open(good).sections()) {
            int at = find(state, name, e.offset(), e.offset() + e.length());
            if (at >= 0 && version == 0) {
                int versionAt = at + 2 + name.length();
                version = state[versionAt]--;
                int length = 2 + name.length() + 12 + (int) LittleEndian.u64(state, versionAt + 4) + 4;
                resum(state, new SectionReader.Entry(name, version, at, length));
                resum(state, e);
            }
        }
        assertThat(version).isPositive();
        put(c, state, Manifest.FORMAT);
        HvProcess hv = HvProcess.run("run", "--restore", c.toString());
        assertThat(hv.err()).contains("section %s has version %d; this program reads version %d".formatted(name, version - 1, version)).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.out()).as("nothing has run").isEmpty();
    }

    /** Where the head of a section with this name is, at most one level deep. */
    private static int find(byte[] state, String name, int from, int to) {
        byte[] head = ("\0\0" + name).getBytes(StandardCharsets.UTF_8);
        head[0] = (byte) name.length();
        for (int at = from; at < to - head.length; at++) {
            if (Arrays.equals(state, at, at + head.length, head, 0, head.length)) {
                return at;
            }
        }
        return -1;
    }

    @Test
    void aFolderOfANewerFormAndFoldersOfSomethingElseAreRefused() throws Exception {
        Path c = copy(good);
        put(c, Files.readAllBytes(c.resolve(Checkpoint.STATE)), Manifest.FORMAT + 1);
        assertThatThrownBy(() -> open(c)).hasMessageContaining("manifest.json has format " + (Manifest.FORMAT + 1));
        Files.writeString(c.resolve(Manifest.FILE), "{\"name\": \"a program for pages\"}");
        assertThatThrownBy(() -> open(c)).hasMessageContaining("manifest.json is not one of a checkpoint");
        assertThatThrownBy(() -> open(temp)).hasMessageContaining("manifest.json is missing");
        assertThatThrownBy(() -> open(temp.resolve("nowhere"))).hasMessageContaining("no such folder");
        HvProcess hv = HvProcess.run("run", "--restore", temp.resolve("nowhere").toString());
        assertThat(hv.status()).isEqualTo(2);
    }

    @Test
    void stateOfAnotherCheckpointIsRefused() throws Exception {
        Path c = copy(good);
        Path other = temp.resolve("other");
        HvProcess.run("run", "--multiboot", image.toString(), "--append", "name=A", "--memory", "8M", "--at", "1ms:checkpoint=" + other + ",stop");
        Files.copy(other.resolve(Checkpoint.STATE), temp.resolve("state"));
        byte[] foreign = Files.readAllBytes(temp.resolve("state"));
        Files.write(c.resolve(Checkpoint.STATE), Arrays.copyOf(foreign, foreign.length));
        assertThatThrownBy(() -> open(c)).isInstanceOf(CheckpointException.class).hasMessageContaining("state.bin");
    }

    @Test
    void aDiskThatWasWrittenSinceIsNamed() throws Exception {
        Path disk = shared.resolve("disk.img");
        var before = Files.getLastModifiedTime(disk);
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(12345);
            file.write(1);
        }
        HvProcess hv = HvProcess.run("run", "--restore", good.toString());
        assertThat(hv.status()).isEqualTo(2);
        assertThat(hv.err()).contains("disk " + disk + " is not what it was");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(12345);
            file.write(0);
        }
        Files.setLastModifiedTime(disk, before);
    }

    @Test
    void aKillWhileWritingLeavesAWholeOneOrNone() throws Exception {
        Path folder = temp.resolve("again");
        List<String> arguments = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--append", "name=A", "--memory", "8M"));
        for (int i = 1; i <= 60; i++) {
            arguments.addAll(List.of("--at", i + "ms:checkpoint=" + folder));
        }
        for (int i = 0; i < 3; i++) {
            HvProcess.killWhen("written", arguments.toArray(String[]::new));
            if (Files.exists(folder)) {
                open(folder);
            }
        }
        HvProcess hv = HvProcess.run("run", "--multiboot", image.toString(), "--append", "name=A", "--memory", "8M", "--at", "1ms:checkpoint=" + folder + ",stop");
        assertThat(hv.err()).contains("written");
        open(folder);
        try (Stream<Path> left = Files.list(temp)) {
            assertThat(left.map(p -> p.getFileName().toString()).toList()).as("what killed processes left behind").containsExactly("again");
        }
    }

    /** Writes state and a manifest that fits it. */
    private static void put(Path folder, byte[] state, int format) throws Exception {
        Files.write(folder.resolve(Checkpoint.STATE), state);
        String text = Files.readString(good.resolve(Manifest.FILE), StandardCharsets.UTF_8);
        String json = text.substring(0, text.lastIndexOf("//crc32c "))
                .replace(CheckpointWriter.sha256(Files.readAllBytes(good.resolve(Checkpoint.STATE))), CheckpointWriter.sha256(state))
                .replace("\"format\" : " + Manifest.FORMAT, "\"format\" : " + format);
        var crc = new CRC32C();
        crc.update(json.getBytes(StandardCharsets.UTF_8));
        Files.writeString(folder.resolve(Manifest.FILE), json + "//crc32c %08x\n".formatted(crc.getValue()), StandardCharsets.UTF_8);
    }

    private static void resum(byte[] state, SectionReader.Entry e) {
        var crc = new CRC32C();
        int end = e.offset() + e.length() - 4;
        crc.update(state, e.offset(), end - e.offset());
        for (int i = 0; i < 4; i++) {
            state[end + i] = (byte) (crc.getValue() >>> 8 * i);
        }
    }
}
