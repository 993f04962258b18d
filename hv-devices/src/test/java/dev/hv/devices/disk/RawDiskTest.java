package dev.hv.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawDiskTest {

    @TempDir
    Path folder;

    private Path file(int bytes) throws IOException {
        byte[] b = new byte[bytes];
        new Random(bytes).nextBytes(b);
        return Files.write(folder.resolve("disk.img"), b);
    }

    @Test
    void readsAndWritesTheFilesBytes() throws Exception {
        Path file = file(1 << 20);
        byte[] expected = Files.readAllBytes(file);
        try (var disk = RawDisk.open(file, false, 512)) {
            assertThat(disk.size()).isEqualTo(1 << 20);
            byte[] b = new byte[4096];
            assertThat(disk.read(8192, b, 1024, 2048)).isEqualTo(DiskStatus.OK);
            assertThat(Arrays.copyOfRange(b, 1024, 3072)).isEqualTo(Arrays.copyOfRange(expected, 8192, 10240));
            assertThat(disk.write(512, new byte[1024], 0, 512)).isEqualTo(DiskStatus.OK);
            assertThat(disk.flush()).isEqualTo(DiskStatus.OK);
        }
        Arrays.fill(expected, 512, 1024, (byte) 0);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    }

    @Test
    void refusesWhatIsNoDiskInOneLine() throws Exception {
        Path odd = file(1000);
        Path empty = Files.createFile(folder.resolve("empty"));
        assertRefused(folder.resolve("none"), "no such file");
        assertRefused(folder, "directory");
        assertRefused(empty, "empty");
        assertRefused(odd, "1000 bytes are no multiple of the sector size 512");
        assertThatThrownBy(() -> RawDisk.open(file(2048), true, 4096)).isInstanceOf(DiskException.class).hasMessageContaining("4096");
    }

    private static void assertRefused(Path path, String why) {
        assertThatThrownBy(() -> RawDisk.open(path, false, 512)).isInstanceOf(DiskException.class).hasMessageContaining(path.toString())
                .hasMessageContaining(why).message().doesNotContain("\n");
    }

    @Test
    void aReadOnlyDiskIsNeverWritten() throws Exception {
        Path file = file(4096);
        byte[] before = Files.readAllBytes(file);
        try (var disk = RawDisk.open(file, true, 512)) {
            assertThat(disk.readOnly()).isTrue();
            assertThat(disk.discards()).isFalse();
            assertThat(disk.write(0, new byte[512], 0, 512)).isEqualTo(DiskStatus.READ_ONLY);
            assertThat(disk.zero(0, 512)).isEqualTo(DiskStatus.READ_ONLY);
            assertThat(disk.discard(0, 512)).isEqualTo(DiskStatus.READ_ONLY);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void oneWriterOrManyReaders() throws Exception {
        Path file = file(4096);
        try (var disk = RawDisk.open(file, false, 512)) {
            assertThat(disk.size()).isEqualTo(4096);
            assertRefused(file, "in use");
        }
        try (var disk = RawDisk.open(file, false, 512)) {
            assertThat(disk.size()).isEqualTo(4096);
        }
    }

    @Test
    void theSizeIsTheHostsAndWritesDoNotMakeACutDiskLonger() throws Exception {
        Path file = file(8192);
        try (var disk = RawDisk.open(file, false, 512); var host = new RandomAccessFile(file.toFile(), "rw")) {
            host.setLength(20_000);
            assertThat(disk.size()).as("whole sectors").isEqualTo(39 * 512);
            assertThat(disk.write(16_384, new byte[512], 0, 512)).isEqualTo(DiskStatus.OK);
            host.setLength(4096);
            assertThat(disk.size()).isEqualTo(4096);
            assertThat(disk.write(4096, new byte[512], 0, 512)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.write(3584, new byte[1024], 0, 1024)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.zero(4096, 512)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.discard(4096, 512)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.read(4096, new byte[512], 0, 512)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.write(3584, new byte[512], 0, 512)).isEqualTo(DiskStatus.OK);
            assertThat(host.length()).isEqualTo(4096);
        }
    }

    @Test
    void aTemporaryDiskHasNoNameAndTakesRoomForWhatIsWritten() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (var disk = RawDisk.temporary(1L << 36, 512)) {
            try (var names = Files.list(temporary)) {
                assertThat(names).noneMatch(n -> n.getFileName().toString().startsWith("hv-layer"));
            }
            byte[] b = new byte[512];
            Arrays.fill(b, (byte) 5);
            assertThat(disk.size()).isEqualTo(1L << 36);
            assertThat(disk.write((1L << 36) - 512, b, 0, 512)).isEqualTo(DiskStatus.OK);
            assertThat(disk.read((1L << 36) - 512, b, 0, 512)).isEqualTo(DiskStatus.OK);
            assertThat(b).containsOnly(5);
            assertThat(disk.discard((1L << 36) - 4096, 4096)).isEqualTo(DiskStatus.OK);
            assertThat(disk.read((1L << 36) - 512, b, 0, 512)).isEqualTo(DiskStatus.OK);
            assertThat(b).containsOnly(0);
        }
    }

    @Test
    void anotherProcessIsKeptOut() throws Exception {
        Path file = file(4096);
        Process other = child("hold", file);
        try (var out = new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo("open");
            assertRefused(file, "in use by another process");
        } finally {
            other.destroyForcibly().waitFor();
        }
        RawDisk.open(file, false, 512).close();
    }

    @Test
    void discardingFreesTheHostsRoomAndReadsAsZero() throws Exception {
        Path file = file(4 << 20);
        byte[] expected = Files.readAllBytes(file);
        long before = blocks(file);
        try (var disk = RawDisk.open(file, false, 512)) {
            assertThat(disk.discards()).isTrue();
            assertThat(disk.discard(4096, 2 << 20)).isEqualTo(DiskStatus.OK);
            assertThat(disk.zero(3 << 20, 1536)).isEqualTo(DiskStatus.OK);
        }
        Arrays.fill(expected, 4096, 4096 + (2 << 20), (byte) 0);
        Arrays.fill(expected, 3 << 20, (3 << 20) + 1536, (byte) 0);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
        // a file system without holes gets zeroes instead
        assertThat(blocks(file)).isLessThanOrEqualTo(before);
    }

    private static long blocks(Path file) throws IOException, InterruptedException {
        Process p = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        assertThat(p.waitFor()).isZero();
        return Long.parseLong(text);
    }

    @Test
    void aFileThatWasCutShortIsAnErrorOfTheHost() throws Exception {
        Path file = file(8192);
        try (var disk = RawDisk.open(file, false, 512)) {
            try (var f = new RandomAccessFile(file.toFile(), "rw")) {
                f.setLength(4096);
            }
            assertThat(disk.read(4096, new byte[512], 0, 512)).isEqualTo(DiskStatus.IO_ERROR);
            assertThat(disk.read(0, new byte[512], 0, 512)).isEqualTo(DiskStatus.OK);
        }
    }

    @Test
    void aClosedDiskFails() throws Exception {
        var disk = RawDisk.open(file(4096), false, 512);
        disk.close();
        assertThat(disk.read(0, new byte[512], 0, 512)).isEqualTo(DiskStatus.IO_ERROR);
        assertThat(disk.write(0, new byte[512], 0, 512)).isEqualTo(DiskStatus.IO_ERROR);
        assertThat(disk.flush()).isEqualTo(DiskStatus.IO_ERROR);
    }

    @Test
    void acknowledgedAndFlushedWritesSurviveTheEndOfTheProcess() throws Exception {
        Path file = file(1 << 20);
        Process writer = child("write", file);
        int flushed = -1;
        try (var out = new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < 40; i++) {
                flushed = Integer.parseInt(out.readLine());
            }
            // kill -9, in the middle of its writing
            writer.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                flushed = Integer.parseInt(line);
            }
        }
        assertThat(writer.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(writer.exitValue()).isEqualTo(128 + 9);
        byte[] after = Files.readAllBytes(file);
        for (int i = 0; i <= flushed; i++) {
            int at = i % (RawDiskChild.SIZE / RawDiskChild.RECORD) * RawDiskChild.RECORD;
            boolean overwritten = i + RawDiskChild.SIZE / RawDiskChild.RECORD <= flushed + 1;
            if (!overwritten) {
                assertThat(Arrays.copyOfRange(after, at, at + RawDiskChild.RECORD)).as("record %d of %d", i, flushed).containsOnly((byte) i);
            }
        }
    }

    private static Process child(String what, Path file) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), RawDiskChild.class.getName(),
                what, file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
