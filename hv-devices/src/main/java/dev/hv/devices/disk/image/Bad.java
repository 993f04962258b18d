package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;

/** What is said of files that are no sound disks: which file, which field, and what would be right. */
final class Bad {

    private Bad() {}

    static DiskException field(ImageFile file, String field, String why) {
        return new DiskException("disk " + file.name() + ": " + field + ": " + why);
    }

    static DiskException unreadable(ImageFile file, IOException e) {
        return new DiskException("disk " + file.name() + ": cannot be read: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
    }
}
