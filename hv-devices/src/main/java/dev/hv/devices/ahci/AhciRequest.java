package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;
import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.disk.DiskStatus;

/** A piece of a command on its way to the disk: large ones go in several, one after another. */
final class AhciRequest implements DiskRequest {

    /** A range of a trim: its first sector, and how many. */
    private static final int RANGE = 8;
    private static final long FIRST = 0xFFFF_FFFF_FFFFL;
    private static final int COUNT_SHIFT = 48;

    private final AhciDrive drive;
    private final AhciPort port;
    private final AhciCommand command;
    private final Disk disk;
    /** Sectors of the command that were moved before. */
    private final int from;
    private final int bytes;
    private byte[] buffer;
    private int error;
    /** Of the first sector that could not be read or written. */
    private long failed;
    private boolean unreachable;
    private DiskStatus result = DiskStatus.OK;

    AhciRequest(AhciDrive drive, AhciPort port, AhciCommand command, Disk disk, int from) {
        this.drive = drive;
        this.port = port;
        this.command = command;
        this.disk = disk;
        this.from = from;
        int most = DiskQueue.MOST_BYTES / SECTOR;
        bytes = moves() ? Math.min(command.sectors() - from, most) * SECTOR
                : command.code() == DATA_SET_MANAGEMENT ? command.count() * SECTOR : 0;
    }

    AhciCommand command() {
        return command;
    }

    int from() {
        return from;
    }

    /** Sectors of the command that are moved when this is. */
    int until() {
        return from + bytes / SECTOR;
    }

    /** Bits of the error register; 0 when it went well. */
    int error() {
        return error;
    }

    /** The first sector that could not be read or written, or of those among which it is. */
    long failed() {
        return failed;
    }

    /** Whether memory could not be reached. */
    boolean unreachable() {
        return unreachable;
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    private long offset() {
        return (command.sector() + from) * SECTOR;
    }

    /** Whether it concerns sectors that it names itself. */
    private boolean moves() {
        return command.reads() || command.writes() || command.verifies();
    }

    private boolean faulty() {
        return moves() && disk.faults() != null;
    }

    @Override
    public long late() {
        return faulty() ? disk.faults().late(command.writes(), offset(), bytes) : 0;
    }

    @Override
    public boolean begin() {
        failed = command.sector() + from;
        DiskFaults.Met met = faulty() ? disk.faults().failing(command.writes(), offset(), bytes) : null;
        if (met != null) {
            error = met.failure() == DiskFaults.Failure.MEDIUM ? UNCORRECTABLE : ABORTED;
            failed = met.offset() / SECTOR;
            return false;
        }
        buffer = new byte[bytes];
        if (bytes > 0 && !command.reads() && !command.verifies() && !port.gather(command, (long) from * SECTOR, buffer)) {
            unreachable = true;
            error = ABORTED;
        } else if (command.code() == DATA_SET_MANAGEMENT && !trimmable()) {
            error = ABORTED;
        }
        return error == 0;
    }

    @Override
    public void carryOut() {
        if (command.reads() || command.verifies()) {
            result = disk.read(offset(), buffer, 0, bytes);
        } else if (command.writes()) {
            result = disk.write(offset(), buffer, 0, bytes);
        } else if (command.code() == DATA_SET_MANAGEMENT) {
            result = trim();
        }
        if (result == DiskStatus.OK && (command.writes() ? command.through() || !drive.writeCache() : bytes == 0)) {
            result = disk.flush();
        }
    }

    /** Whether all ranges are on the disk; else none of them is trimmed. */
    private boolean trimmable() {
        for (int at = 0; at < bytes; at += RANGE) {
            long range = LittleEndian.u64(buffer, at);
            long count = range >>> COUNT_SHIFT;
            if (count > 0 && (range & FIRST) + count > disk.size() / SECTOR) {
                return false;
            }
        }
        return true;
    }

    private DiskStatus trim() {
        for (int at = 0; at < bytes; at += RANGE) {
            long range = LittleEndian.u64(buffer, at);
            long count = range >>> COUNT_SHIFT;
            DiskStatus s = count > 0 ? disk.discard((range & FIRST) * SECTOR, count * SECTOR) : DiskStatus.OK;
            if (s != DiskStatus.OK) {
                return s;
            }
        }
        return DiskStatus.OK;
    }

    @Override
    public void finish() {
        if (error == 0 && result != DiskStatus.OK) {
            error = result == DiskStatus.READ_ONLY ? ABORTED : UNCORRECTABLE;
        }
        if (error == 0 && command.reads() && !port.scatter(command, (long) from * SECTOR, buffer)) {
            unreachable = true;
            error = ABORTED;
        }
        buffer = null;
        drive.done(this);
    }
}
