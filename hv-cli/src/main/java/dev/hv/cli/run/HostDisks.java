package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.RawDisk;
import dev.hv.devices.storage.DvdUnit;

/** Opens disks as machines describe them. */
final class HostDisks {

    private HostDisks() {}

    /**
     * Opens a disk.
     *
     * @throws UsageException when the host's file does not serve
     */
    static Disk open(DiskConfig config) {
        try {
            return RawDisk.open(config.file(), config.readOnly(), config.dvd() ? DvdUnit.SECTOR : RawDisk.DEFAULT_SECTOR);
        } catch (DiskException e) {
            throw new UsageException(e.getMessage());
        }
    }
}
