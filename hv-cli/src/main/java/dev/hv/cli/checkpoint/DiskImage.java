package dev.hv.cli.checkpoint;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.disk.SnapshotDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A disk in a checkpoint: the file below it, by its identity, and the blocks that were changed, in a sparse file of the disk's length with every
 * block at its own place. Which blocks there are and what their check sums are is in a table.
 */
public final class DiskImage implements Saveable {

    private static final int VERSION = 1;
    private static final int BLOCK = SnapshotDisk.BLOCK;
    /** Blocks that share a check sum at most. */
    private static final int RUN = 256;

    /** Changed blocks in a row. */
    private record Run(long first, int count, long crc) {}

    private int number;
    private boolean discards;
    private BaseIdentity base;
    /** Name of the file with changed blocks; empty when there is none. */
    private String layer = "";
    private long size;
    private final List<Run> runs = new ArrayList<>();
    /** The blocks' check sums were right once. */
    private volatile boolean checked;

    /**
     * What is to be written of a disk.
     *
     * @param number its number among its machine's SCSI disks, or its place on IDE
     * @param file below it
     * @param discards what its user is told about discarding
     * @param changes what was changed above the file; null for nothing
     */
    public record Source(int number, Path file, boolean discards, SnapshotDisk changes) {}

    /** The number of the disk among its machine's. */
    public int number() {
        return number;
    }

    /** What its user is told about discarding. */
    public boolean discards() {
        return discards;
    }

    /** Name of its file in the checkpoint; empty when nothing was changed. */
    String layer() {
        return layer;
    }

    /** Bytes of the blocks that were changed. */
    public long changedBytes() {
        return runs.stream().mapToLong(Run::count).sum() * BLOCK;
    }

    /** Writes a disk's changes into a new file of a folder, durably. */
    static DiskImage write(Source source, Path folder, String name) throws IOException {
        var image = new DiskImage();
        image.number = source.number;
        image.discards = source.discards;
        image.base = BaseIdentity.of(source.file);
        if (source.changes == null || source.changes.changedBytes() == 0 && !any(source.changes)) {
            return image;
        }
        image.layer = name;
        image.size = source.changes.size();
        try (var out = FileChannel.open(folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            var writer = new RunWriter(image, source.changes, out);
            source.changes.forEachChanged(writer::block);
            writer.end();
            if (out.size() < image.size) {
                out.write(ByteBuffer.allocate(1), image.size - 1);
            }
            out.force(true);
        }
        return image;
    }

    private static boolean any(SnapshotDisk changes) throws IOException {
        boolean[] found = {false};
        changes.forEachChanged(b -> found[0] = true);
        return found[0];
    }

    /** Copies blocks, and collects those in a row. */
    private static final class RunWriter {
        private final DiskImage image;
        private final SnapshotDisk disk;
        private final FileChannel out;
        private final byte[] block = new byte[BLOCK];
        private CRC32C crc = new CRC32C();
        private long first;
        private int count;

        RunWriter(DiskImage image, SnapshotDisk disk, FileChannel out) {
            this.image = image;
            this.disk = disk;
            this.out = out;
        }

        void block(long number) throws IOException {
            if (count > 0 && (number != first + count || count == RUN)) {
                end();
            }
            first = count == 0 ? number : first;
            count++;
            int n = (int) Math.min(BLOCK, disk.size() - number * BLOCK);
            if (disk.read(number * BLOCK, block, 0, n) != DiskStatus.OK) {
                throw new IOException("a disk cannot be read at byte " + number * BLOCK);
            }
            ByteBuffer bytes = ByteBuffer.wrap(block, 0, n);
            crc.update(bytes.duplicate());
            for (long at = number * BLOCK; bytes.hasRemaining(); ) {
                at += out.write(bytes, at);
            }
        }

        void end() {
            if (count > 0) {
                image.runs.add(new Run(first, count, crc.getValue()));
                crc = new CRC32C();
                count = 0;
            }
        }
    }

    /**
     * Checks that the file below is the one it was.
     *
     * @throws CheckpointException when it is another
     */
    public void checkBase(Path file) throws CheckpointException {
        try {
            String difference = base.difference(BaseIdentity.of(file));
            if (difference != null) {
                throw new CheckpointException("disk %s is not what it was when the checkpoint was taken: %s".formatted(file, difference));
            }
        } catch (IOException e) {
            throw new CheckpointException("disk %s cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /**
     * Checks the changed blocks.
     *
     * @throws CheckpointException when they are damaged
     */
    void check(Path folder) throws CheckpointException {
        if (layer.isEmpty() || checked) {
            return;
        }
        try (FileChannel in = FileChannel.open(folder.resolve(layer), StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(RUN * BLOCK);
            for (Run r : runs) {
                long at = r.first * BLOCK;
                bytes.clear().limit((int) Math.min((long) r.count * BLOCK, size - at));
                while (bytes.hasRemaining() && in.read(bytes, at + bytes.position()) > 0) {
                    // until all is there
                }
                var crc = new CRC32C();
                crc.update(bytes.flip());
                if (crc.getValue() != r.crc) {
                    throw new CheckpointException("%s is damaged: the check sum of the blocks from byte %d on is wrong".formatted(layer, at));
                }
            }
            checked = true;
        } catch (IOException e) {
            throw new CheckpointException("%s cannot be read: %s".formatted(layer, e.getMessage()));
        }
    }

    /**
     * The disk as it was.
     *
     * @param below the file below, open for reading; it then belongs to the answer, and is closed when there is none
     * @throws CheckpointException when what was changed is damaged
     */
    public Disk over(Disk below, Path folder) throws CheckpointException {
        if (layer.isEmpty()) {
            return below;
        }
        Disk changed = null;
        Disk whole = null;
        try {
            check(folder);
            List<Long> blocks = new ArrayList<>();
            for (Run r : runs) {
                for (long b = r.first; b < r.first + r.count; b++) {
                    blocks.add(b);
                }
            }
            changed = RawDisk.open(folder.resolve(layer), true, below.sectorSize());
            whole = new SnapshotDisk(below, changed, Collections.unmodifiableList(blocks));
            return whole;
        } catch (DiskException | IllegalArgumentException e) {
            throw new CheckpointException(e.getMessage());
        } finally {
            if (whole == null) {
                if (changed != null) {
                    changed.close();
                }
                below.close();
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("disk", VERSION);
        out.put(number);
        out.put(discards);
        base.save(out);
        out.put(layer);
        out.put(size);
        out.put(runs.size());
        for (Run r : runs) {
            out.put(r.first);
            out.put(r.count);
            out.put(r.crc);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("disk", VERSION);
        number = (int) in.take();
        discards = in.takeBoolean();
        base = BaseIdentity.restored(in);
        layer = in.takeText();
        size = in.take();
        checked = false;
        runs.clear();
        for (long n = in.take(); n > 0; n--) {
            var r = new Run(in.take(), (int) in.take(), in.take());
            if (r.first < 0 || r.count < 1 || r.count > RUN || r.first > (size - 1) / BLOCK - r.count + 1 || !layer.matches("disk-\\d+")) {
                throw new StateFormatException("section disks names blocks that are not on the disk");
            }
            runs.add(r);
        }
        in.end();
    }
}
