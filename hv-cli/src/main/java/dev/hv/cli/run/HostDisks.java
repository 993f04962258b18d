package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.DiskImage;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskResults;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.devices.disk.HostFiles;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.disk.SharedDisk;
import dev.hv.devices.disk.SnapshotDisk;
import dev.hv.devices.disk.image.DiskChain;
import dev.hv.devices.disk.image.VirtualDisk;
import dev.hv.devices.storage.DvdUnit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens the disks of a run as machines describe them. A file that nobody writes is opened once, whoever has it. */
final class HostDisks {

    /** Files that are open for reading, by their real names. */
    private final Map<Kept, SharedDisk> shared = new HashMap<>();
    private final List<SnapshotDisk> snapshots = new ArrayList<>();
    private final boolean layered;

    /** A file that is opened with sectors of a size. */
    private record Kept(Path file, int sector) {}

    /**
     * No disks yet.
     *
     * @param layered whether files stay as they are from the beginning on: a recorded run is repeated from them
     */
    HostDisks(boolean layered) {
        this.layered = layered;
    }

    /**
     * Opens a disk.
     *
     * @throws UsageException when the host's file does not serve
     */
    ExchangedDisk open(DiskConfig config) {
        Disk disk = opened(config);
        return new ExchangedDisk(disk, disk.discards(), results(config));
    }

    private DiskResults results(DiskConfig config) {
        return layered ? new DiskResults(config.file().toString()) : null;
    }

    private Disk opened(DiskConfig config) {
        int sector = config.dvd() ? DvdUnit.SECTOR : RawDisk.DEFAULT_SECTOR;
        try {
            if (config.written() && !layered) {
                return image(config.file(), false, sector);
            }
            Disk disk = read(config.file(), sector);
            return config.readOnly() ? disk : snapshot(disk);
        } catch (DiskException e) {
            throw new UsageException(e.getMessage());
        }
    }

    private Disk read(Path file, int sector) throws DiskException {
        Path real = real(file);
        var kept = new Kept(real, sector);
        SharedDisk known = shared.get(kept);
        if (known == null || known.closed()) {
            known = new SharedDisk(image(file, true, sector));
            shared.put(kept, known);
        }
        return known.handle();
    }

    /** A disk in whatever format its file has; {@code sector} is what a raw one's sectors have, and a DVD's have to. */
    private static Disk image(Path file, boolean readOnly, int sector) throws DiskException {
        var chain = new DiskChain(new HostFiles());
        if (Files.isDirectory(file) || chain.format(file.toString()) == VirtualDisk.Format.RAW) {
            return RawDisk.open(file, readOnly, sector);
        }
        if (sector == DvdUnit.SECTOR) {
            throw new DiskException("disk " + file + ": is a virtual hard disk; a DVD's image is raw");
        }
        return chain.open(file.toString(), readOnly);
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            // opening it will say what is wrong
            return file;
        }
    }

    /**
     * Opens a disk of a checkpoint: what is written goes to a layer of this run's own.
     *
     * @param folder the checkpoint's
     * @throws UsageException when the host's file is not the one it was
     */
    ExchangedDisk reopen(DiskConfig config, DiskImage image, Path folder) {
        int sector = config.dvd() ? DvdUnit.SECTOR : RawDisk.DEFAULT_SECTOR;
        try {
            image.checkBase(config.file());
            Disk was = image.over(read(config.file(), sector), folder);
            return new ExchangedDisk(config.readOnly() ? was : snapshot(was), image.discards(), results(config));
        } catch (CheckpointException | DiskException e) {
            throw new UsageException("--restore " + folder + ": " + e.getMessage());
        }
    }

    /**
     * From now on what is written to a disk goes to a layer of this run's own, and the file stays as it is: a checkpoint is made of it.
     *
     * @throws IOException when the host does not do that
     */
    void freeze(DiskConfig config, ExchangedDisk disk) throws IOException {
        if (config.readOnly() || disk.current() instanceof SnapshotDisk) {
            return;
        }
        if (disk.flush() != DiskStatus.OK) {
            throw new IOException("disk " + config.file() + " cannot be written");
        }
        disk.current().close();
        try {
            Disk base = read(config.file(), RawDisk.DEFAULT_SECTOR);
            Disk layered = snapshot(base);
            disk.exchange(before -> layered);
        } catch (DiskException e) {
            throw new IOException(e.getMessage());
        }
    }

    /**
     * Writes what a run has changed into the file of a disk.
     *
     * @throws UsageException when that cannot be
     */
    void keep(DiskConfig config, ExchangedDisk disk) {
        if (!config.written() || !(disk.current() instanceof SnapshotDisk changed)) {
            return;
        }
        changed.closeBelow();
        try (Disk file = image(config.file(), false, RawDisk.DEFAULT_SECTOR)) {
            byte[] block = new byte[SnapshotDisk.BLOCK];
            changed.forEachChanged(number -> {
                long at = number * SnapshotDisk.BLOCK;
                int n = (int) Math.min(block.length, changed.size() - at);
                if (changed.read(at, block, 0, n) != DiskStatus.OK || file.write(at, block, 0, n) != DiskStatus.OK) {
                    throw new IOException("byte " + at + " cannot be copied");
                }
            });
            if (file.flush() != DiskStatus.OK) {
                throw new IOException("it cannot be made durable");
            }
        } catch (DiskException | IOException e) {
            throw new UsageException("--keep-disk: " + config.file() + ": " + e.getMessage());
        }
    }

    private Disk snapshot(Disk base) throws DiskException {
        try {
            var disk = new SnapshotDisk(base, RawDisk.temporary(base.size(), base.sectorSize()));
            snapshots.add(disk);
            return disk;
        } catch (DiskException e) {
            base.close();
            throw e;
        }
    }

    /** Bytes that guests changed on disks that keep nothing, in all layers together. */
    long snapshotBytes() {
        return snapshots.stream().mapToLong(SnapshotDisk::changedBytes).sum();
    }
}
