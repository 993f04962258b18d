package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.disk.SharedDisk;
import dev.hv.devices.disk.SnapshotDisk;
import dev.hv.devices.storage.DvdUnit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Opens the disks of a run as machines describe them. A file that nobody writes is opened once, whoever has it. */
final class HostDisks {

    /** Files that are open for reading, by their real names. */
    private final Map<Path, SharedDisk> shared = new HashMap<>();
    private final List<SnapshotDisk> snapshots = new ArrayList<>();

    /**
     * Opens a disk.
     *
     * @throws UsageException when the host's file does not serve
     */
    Disk open(DiskConfig config) {
        int sector = config.dvd() ? DvdUnit.SECTOR : RawDisk.DEFAULT_SECTOR;
        try {
            if (config.written()) {
                return RawDisk.open(config.file(), false, sector);
            }
            Disk disk = read(config.file(), sector);
            return config.snapshot() ? snapshot(disk) : disk;
        } catch (DiskException e) {
            throw new UsageException(e.getMessage());
        }
    }

    private Disk read(Path file, int sector) throws DiskException {
        Path real = real(file);
        SharedDisk known = shared.get(real);
        if (known == null || known.closed() || known.sectorSize() != sector) {
            known = new SharedDisk(RawDisk.open(file, true, sector));
            shared.put(real, known);
        }
        return known.handle();
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            // opening it will say what is wrong
            return file;
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
