package dev.hv.devices.storage;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskStatus;
import java.util.Arrays;

/** Moves data between a disk and a guest's pages, in large pieces through one buffer, and turns failures of the host into sense data. */
final class BlockTransfer {

    /** Bytes moved at once: big enough that a host call costs nothing, small enough for the host's second-level cache. */
    private static final int CHUNK = 128 << 10;

    private byte[] buffer = new byte[0];

    private byte[] buffer(long bytes) {
        if (buffer.length < Math.min(bytes, CHUNK)) {
            buffer = new byte[(int) Math.min(CHUNK, Math.max(bytes, 4096))];
        }
        return buffer;
    }

    /** Reads from the disk into the guest's memory. */
    void read(ScsiCommand c, Disk disk, long offset, long bytes) {
        if (bytes > c.roomIn()) {
            c.fail(SrbStatus.DATA_OVERRUN);
            return;
        }
        byte[] b = buffer(bytes);
        for (long done = 0; done < bytes; ) {
            int n = (int) Math.min(bytes - done, b.length);
            if (disk.read(offset + done, b, 0, n) != DiskStatus.OK) {
                c.check(Sense.UNRECOVERED_READ_ERROR, firstUnreadable(disk, offset + done, n));
                return;
            }
            if (!c.data().write(done, b, 0, n)) {
                c.fail(SrbStatus.INVALID_REQUEST);
                return;
            }
            done += n;
        }
        c.transferred((int) bytes);
    }

    /** The block that makes a read fail. */
    private long firstUnreadable(Disk disk, long offset, int bytes) {
        int sector = disk.sectorSize();
        for (int at = 0; at < bytes; at += sector) {
            if (disk.read(offset + at, buffer, 0, sector) != DiskStatus.OK) {
                return (offset + at) / sector;
            }
        }
        return offset / sector;
    }

    /** Writes from the guest's memory to the disk. */
    void write(ScsiCommand c, Disk disk, long offset, long bytes) {
        if (bytes > c.givenOut()) {
            c.fail(SrbStatus.DATA_OVERRUN);
            return;
        }
        byte[] b = buffer(bytes);
        for (long done = 0; done < bytes; ) {
            int n = (int) Math.min(bytes - done, b.length);
            if (!c.data().read(done, b, 0, n)) {
                c.fail(SrbStatus.INVALID_REQUEST);
                return;
            }
            if (!written(c, disk.write(offset + done, b, 0, n), (offset + done) / disk.sectorSize())) {
                return;
            }
            done += n;
        }
        c.transferred((int) bytes);
    }

    /** Compares the guest's memory with the disk. */
    void compare(ScsiCommand c, Disk disk, long offset, long bytes) {
        if (bytes > c.givenOut()) {
            c.fail(SrbStatus.DATA_OVERRUN);
            return;
        }
        byte[] guests = new byte[(int) Math.min(bytes, CHUNK)];
        byte[] b = buffer(bytes);
        for (long done = 0; done < bytes; ) {
            int n = (int) Math.min(bytes - done, guests.length);
            if (!c.data().read(done, guests, 0, n)) {
                c.fail(SrbStatus.INVALID_REQUEST);
                return;
            }
            if (disk.read(offset + done, b, 0, n) != DiskStatus.OK) {
                c.check(Sense.UNRECOVERED_READ_ERROR, firstUnreadable(disk, offset + done, n));
                return;
            }
            int differs = Arrays.mismatch(guests, 0, n, b, 0, n);
            if (differs >= 0) {
                // the information field of a miscompare counts bytes from the start of the data
                c.check(Sense.MISCOMPARE, done + differs);
                return;
            }
            done += n;
        }
        c.transferred((int) bytes);
    }

    /** Writes one block again and again. */
    void fill(ScsiCommand c, Disk disk, byte[] block, BlockRange range) {
        int sector = disk.sectorSize();
        byte[] b = buffer(range.count() * sector);
        for (int at = 0; at + sector <= b.length; at += sector) {
            System.arraycopy(block, 0, b, at, sector);
        }
        int blocks = b.length / sector;
        for (long done = 0; done < range.count(); ) {
            int n = (int) Math.min(range.count() - done, blocks);
            if (!written(c, disk.write((range.first() + done) * sector, b, 0, n * sector), range.first() + done)) {
                return;
            }
            done += n;
        }
    }

    /** Whether a change of the disk went well; if not, the command has ended with the right sense data. */
    static boolean written(ScsiCommand c, DiskStatus status, long lba) {
        switch (status) {
            case OK -> {
                return true;
            }
            case IO_ERROR -> c.check(Sense.WRITE_ERROR, lba);
            case NO_SPACE -> c.check(Sense.SPACE_ALLOCATION_FAILED);
            case READ_ONLY -> c.check(Sense.WRITE_PROTECTED);
        }
        return false;
    }
}
