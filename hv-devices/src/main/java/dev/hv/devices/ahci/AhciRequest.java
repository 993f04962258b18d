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

    private static final int RANGE = 8;

    private final AhciDrive drive;
    private final AhciPort port;
    private final AhciCommand command;
    private final Disk disk;
    /** Sectors of the command that were moved before. */
    private final int from;
    private final int bytes;
    private byte[] buffer;
    private int error;
    private boolean unreachable;
    private DiskStatus result = DiskStatus.OK;

    AhciRequest(AhciDrive drive, AhciPort port, AhciCommand command, Disk disk, int from) {
        this.drive = drive;
        this.port = port;
        this.command = command;
        this.disk = disk;
        this.from = from;
        int most = DiskQueue.MOST_BYTES / SECTOR;
        bytes = command.reads() || command.writes() ? Math.min(command.sectors() - from, most) * SECTOR
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

    private boolean moves() {
        return (command.reads() || command.writes()) && disk.faults() != null;
    }

    @Override
    public long late() {
        return moves() ? disk.faults().late(command.writes(), offset(), bytes) : 0;
    }

    @Override
    public boolean begin() {
        DiskFaults.Met met = moves() ? disk.faults().failing(command.writes(), offset(), bytes) : null;
        if (met != null) {
            error = met.failure() == DiskFaults.Failure.MEDIUM ? UNCORRECTABLE : ABORTED;
            return false;
        }
        buffer = new byte[bytes];
        if (!command.reads() && bytes > 0 && !port.gather(command, from * SECTOR, buffer)) {
            unreachable = true;
            error = ABORTED;
        }
        return error == 0;
    }

    @Override
    public void carryOut() {
        if (command.reads()) {
            result = disk.read(offset(), buffer, 0, bytes);
        } else if (command.writes()) {
            result = disk.write(offset(), buffer, 0, bytes);
        } else if (command.code() == DATA_SET_MANAGEMENT) {
            result = trim();
        }
        if (result == DiskStatus.OK && (command.writes() ? command.through() || !drive.writeCache() : command.code() != DATA_SET_MANAGEMENT && !command.reads())) {
            result = disk.flush();
        }
    }

    private DiskStatus trim() {
        for (int at = 0; at < bytes; at += RANGE) {
            long range = LittleEndian.u64(buffer, at);
            long first = range & 0xFFFF_FFFF_FFFFL;
            long count = range >>> 48;
            if (count > 0 && first + count <= disk.size() / SECTOR) {
                DiskStatus s = disk.discard(first * SECTOR, count * SECTOR);
                if (s != DiskStatus.OK) {
                    return s;
                }
            }
        }
        return DiskStatus.OK;
    }

    @Override
    public void finish() {
        if (error == 0 && result != DiskStatus.OK) {
            error = result == DiskStatus.READ_ONLY ? ABORTED : UNCORRECTABLE;
        }
        if (error == 0 && command.reads() && !port.scatter(command, from * SECTOR, buffer)) {
            unreachable = true;
            error = ABORTED;
        }
        buffer = null;
        drive.done(this);
    }
}
