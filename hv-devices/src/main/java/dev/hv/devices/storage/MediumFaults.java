package dev.hv.devices.storage;

import static dev.hv.devices.storage.ScsiOpcode.*;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;

/** What a {@link DiskFaults} has of a disk looks like over SCSI. Met by commands that read or write blocks; UNMAP and SYNCHRONIZE CACHE meet nothing. */
final class MediumFaults {

    private MediumFaults() {}

    private static boolean reads(int opcode) {
        return switch (opcode) {
            case READ_6, READ_10, READ_12, READ_16, VERIFY_10, VERIFY_12, VERIFY_16 -> true;
            default -> false;
        };
    }

    private static boolean writes(int opcode) {
        return switch (opcode) {
            case WRITE_6, WRITE_10, WRITE_12, WRITE_16, WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16, WRITE_SAME_10, WRITE_SAME_16 -> true;
            default -> false;
        };
    }

    /** What is set of a disk that a command goes to; null for nothing, and for a command without blocks that are on the disk. */
    private static DiskFaults of(ScsiCommand c, Disk disk) {
        DiskFaults f = disk == null ? null : disk.faults();
        boolean blocks = f != null && c.complete() && (reads(c.opcode()) || writes(c.opcode()));
        return blocks && BlockRange.of(c).within(disk.size() / disk.sectorSize()) ? f : null;
    }

    static long late(ScsiCommand c, Disk disk) {
        DiskFaults f = of(c, disk);
        if (f == null) {
            return 0;
        }
        BlockRange r = BlockRange.of(c);
        return f.late(writes(c.opcode()), r.first() * disk.sectorSize(), r.count() * disk.sectorSize());
    }

    /** Whether a command meets a failure, and has ended with it. */
    static boolean met(ScsiCommand c, Disk disk) {
        DiskFaults f = of(c, disk);
        if (f == null) {
            return false;
        }
        BlockRange r = BlockRange.of(c);
        boolean writes = writes(c.opcode());
        DiskFaults.Met met = f.failing(writes, r.first() * disk.sectorSize(), r.count() * disk.sectorSize());
        if (met == null) {
            return false;
        }
        switch (met.failure()) {
            case MEDIUM -> c.check(writes ? Sense.WRITE_ERROR : Sense.UNRECOVERED_READ_ERROR, met.offset() / disk.sectorSize());
            case HARDWARE -> c.check(Sense.INTERNAL_TARGET_FAILURE);
            case ABORTED -> c.check(Sense.ABORTED_COMMAND);
            case BUSY -> c.busy();
            case NOT_READY -> c.check(Sense.BECOMING_READY);
            case NO_SPACE -> c.check(Sense.SPACE_ALLOCATION_FAILED);
            case GONE -> c.fail(SrbStatus.NO_DEVICE);
        }
        return true;
    }
}
