package dev.hv.devices.storage;

import dev.hv.core.machine.ScatterList;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.FilePart;
import java.util.Arrays;

/**
 * Moves data between a disk and a guest's pages, and turns failures of the host into sense data. Data crosses in a buffer of the host's that the command
 * has: the guest's pages are touched on the machine's thread alone, the disk where commands are carried out. Where that is the same thread, what is read from a
 * file of the host goes to the guest's pages at once.
 */
final class BlockTransfer {

    /** Bytes of a host call: big enough that it costs nothing, small enough to say where on the disk it failed. */
    private static final int CHUNK = 128 << 10;

    /** Bytes that are worth a system call of another kind, which the first one has the JVM link. */
    private static final int LEAST_PLACED = 16 << 10;

    private BlockTransfer() {}

    /** Whether a command's data is no more than fits; if it is, the command has ended. */
    private static boolean fits(ScsiCommand c, long bytes, int has) {
        if (bytes > has) {
            c.fail(SrbStatus.DATA_OVERRUN);
        } else if (bytes > DiskQueue.MOST_BYTES) {
            // SBC-3 section 6.6.3: longer than the longest transfer
            c.check(Sense.INVALID_FIELD_IN_CDB);
        }
        return c.good();
    }

    /**
     * Reads from the disk into the guest's memory.
     *
     * @param first done before that; nothing is read when it ends the command
     * @param then when the command has ended
     */
    static void read(ScsiCommand c, Disk disk, long offset, long bytes, Runnable first, Runnable then) {
        if (!fits(c, bytes, c.roomIn())) {
            return;
        }
        int length = (int) bytes;
        c.leave(() -> {
            first.run();
            if (c.good() && !place(c, disk, offset, length)) {
                fetch(c, disk, offset, c.buffer(length), length);
            }
        }, () -> {
            if (c.good()) {
                if (length == 0 || c.isPlaced() || c.data().write(0, c.buffer(length), 0, length)) {
                    c.transferred(length);
                } else {
                    c.fail(SrbStatus.INVALID_REQUEST);
                }
            }
            then.run();
        });
    }

    /**
     * Reads from a file of the host straight into the guest's pages. False when that cannot be, or the host does not give all: then it is read in the usual way, by which it
     * is known where it fails.
     */
    private static boolean place(ScsiCommand c, Disk disk, long offset, int length) {
        if (length < LEAST_PLACED) {
            return false;
        }
        for (int done = 0; done < length; ) {
            FilePart part = disk.part(offset + done, length - done);
            ScatterList pieces = part == null ? null : c.pieces(done, (int) part.length());
            if (pieces == null || !part.read(pieces)) {
                return false;
            }
            done += (int) part.length();
        }
        c.placed();
        return true;
    }

    private static void fetch(ScsiCommand c, Disk disk, long offset, byte[] to, int length) {
        for (int done = 0; done < length; ) {
            int n = Math.min(length - done, CHUNK);
            if (disk.read(offset + done, to, done, n) != DiskStatus.OK) {
                c.check(Sense.UNRECOVERED_READ_ERROR, firstUnreadable(disk, offset + done, n, to));
                return;
            }
            done += n;
        }
    }

    /** The block that makes a read fail. */
    private static long firstUnreadable(Disk disk, long offset, int bytes, byte[] buffer) {
        int sector = disk.sectorSize();
        for (int at = 0; at < bytes; at += sector) {
            if (disk.read(offset + at, buffer, 0, sector) != DiskStatus.OK) {
                return (offset + at) / sector;
            }
        }
        return offset / sector;
    }

    /** Takes what the guest gives; false when it cannot be had, and the command has ended. */
    private static boolean take(ScsiCommand c, long bytes) {
        if (!fits(c, bytes, c.givenOut())) {
            return false;
        }
        if (bytes > 0 && !c.data().read(0, c.buffer((int) bytes), 0, (int) bytes)) {
            c.fail(SrbStatus.INVALID_REQUEST);
        }
        return c.good();
    }

    /**
     * Writes from the guest's memory to the disk.
     *
     * @param last done after that, when it went well
     * @param then when the command has ended
     */
    static void write(ScsiCommand c, Disk disk, long offset, long bytes, Runnable last, Runnable then) {
        if (!take(c, bytes)) {
            return;
        }
        int length = (int) bytes;
        c.leave(() -> {
            byte[] b = c.buffer(length);
            for (int done = 0; done < length; ) {
                int n = Math.min(length - done, CHUNK);
                if (!written(c, disk.write(offset + done, b, done, n), (offset + done) / disk.sectorSize())) {
                    return;
                }
                done += n;
            }
            c.transferred(length);
            last.run();
        }, then);
    }

    /** Compares the guest's memory with the disk. */
    static void compare(ScsiCommand c, Disk disk, long offset, long bytes, Runnable then) {
        if (!take(c, bytes)) {
            return;
        }
        int length = (int) bytes;
        c.leave(() -> {
            byte[] b = new byte[length];
            fetch(c, disk, offset, b, length);
            int differs = c.good() ? Arrays.mismatch(c.buffer(length), 0, length, b, 0, length) : -1;
            if (differs >= 0) {
                // the information field of a miscompare counts bytes from the start of the data
                c.check(Sense.MISCOMPARE, differs);
            } else if (c.good()) {
                c.transferred(length);
            }
        }, then);
    }

    /** Writes one block again and again, where commands are carried out. */
    static void fill(ScsiCommand c, Disk disk, byte[] block, BlockRange range) {
        int sector = disk.sectorSize();
        byte[] b = new byte[(int) Math.min(CHUNK, range.count() * sector)];
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
