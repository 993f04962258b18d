package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.RawDisk;
import java.io.IOException;

/** Opens disks as machines describe them. */
final class HostDisks {

    private static final int SECTOR = 512;
    private static final int DVD_SECTOR = 2048;

    private HostDisks() {}

    /**
     * Opens a disk.
     *
     * @throws UsageException when the host's file does not serve
     */
    static Disk open(DiskConfig config) {
        try {
            return RawDisk.open(config.file(), config.dvd() ? DVD_SECTOR : SECTOR, config.readOnly());
        } catch (IOException e) {
            throw new UsageException("disk " + config.file() + ": " + e.getMessage());
        }
    }
}
