package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.disk.SnapshotDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a checkpoint has of a disk, put over its file again, or refused. */
class DiskImageTest {

    private static final int SIZE = 1 << 20;

    @TempDir
    private Path temp;
    private Path file;
    private DiskImage image;

    @BeforeEach
    void write() throws Exception {
        file = Files.write(temp.resolve("disk.img"), new byte[SIZE]);
        try (var disk = new SnapshotDisk(RawDisk.open(file, true, 512), RawDisk.temporary(SIZE, 512))) {
            byte[] b = new byte[4096];
            b[0] = 7;
            disk.write(8192, b, 0, b.length);
            image = DiskImage.write(new DiskImage.Source(0, file, false, disk), temp, "layer");
        }
    }

    private List<String> open() throws Exception {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(DiskImageTest::target).filter(t -> t.startsWith(temp.toString())).toList();
        }
    }

    @Test
    void changesLieOverTheFile() throws Exception {
        try (Disk disk = image.over(RawDisk.open(file, true, 512), temp)) {
            byte[] b = new byte[1];
            disk.read(8192, b, 0, 1);
            assertThat(b).containsExactly(7);
            assertThat(open()).hasSize(2);
        }
        assertThat(open()).isEmpty();
    }

    @Test
    void whatIsRefusedIsNotLeftOpen() throws Exception {
        Path layer = temp.resolve("layer");
        byte[] bytes = Files.readAllBytes(layer);
        bytes[8192] ^= 1;
        Files.write(layer, bytes);
        assertThatThrownBy(() -> image.over(RawDisk.open(file, true, 512), temp)).isInstanceOf(CheckpointException.class).hasMessageContaining("is damaged");
        assertThat(open()).isEmpty();
        Files.delete(layer);
        assertThatThrownBy(() -> image.over(RawDisk.open(file, true, 512), temp)).isInstanceOf(CheckpointException.class).hasMessageContaining("cannot be read");
        assertThat(open()).isEmpty();
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (java.io.IOException e) {
            // it was closed meanwhile
            return "";
        }
    }
}
