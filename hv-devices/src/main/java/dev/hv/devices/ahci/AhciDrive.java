package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;
import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.ide.DriveIdentity;
import dev.hv.devices.ide.DriveSettings;

/** A disk at a port (ATA8-ACS): what each command asks of it. */
final class AhciDrive {

    private final AhciPort port;
    private final Disk disk;
    private final DiskQueue queue;
    private final String serial;
    private final DriveSettings settings;
    /** What the log says of the last queued command that failed. */
    private int failedTag;
    private int failedTask;
    private long failedSector;

    /**
     * A drive after power-on.
     *
     * @param disk with sectors of 512 bytes
     * @param queue of requests to it
     */
    AhciDrive(AhciPort port, Disk disk, DiskQueue queue, String serial) {
        this.port = port;
        this.disk = disk;
        this.queue = queue;
        this.serial = serial;
        settings = new DriveSettings(disk);
    }

    void close() {
        queue.close(disk::close);
    }

    void powerOn() {
        settings.powerOn();
        failedTag = 0;
        failedTask = 0;
        failedSector = 0;
    }

    /** What the disk still does touches nothing of the system's. */
    void forget() {
        queue.discard(r -> true);
    }

    boolean writeCache() {
        return settings.writeCache();
    }

    /** Keeps for the log how a queued command has failed: status, and error above it. */
    void remember(AhciCommand c, int task) {
        failedTag = c.tag();
        failedTask = task;
        failedSector = c.sector();
    }

    private void submit(AhciCommand c, int from) {
        queue.submit(new AhciRequest(this, port, c, disk, from));
    }

    /** A piece has come to its end. */
    void done(AhciRequest r) {
        AhciCommand c = r.command();
        if (r.unreachable()) {
            port.unreachable(c);
        } else if (r.error() != 0) {
            c.failedAt(r.failed());
            port.fail(c, r.error());
        } else if ((c.reads() || c.writes() || c.verifies()) && r.until() < c.sectors()) {
            submit(c, r.until());
        } else {
            port.succeed(c);
        }
    }

    private long capacity() {
        return disk.size() / SECTOR;
    }

    /** Begins a command; one that does not concern the medium has ended on return. */
    void begin(AhciCommand c) {
        if (c.reads() || c.writes() || c.verifies()) {
            if (c.sector() + c.sectors() > capacity()) {
                port.fail(c, ID_NOT_FOUND);
            } else if (c.writes() && disk.readOnly() || c.multiple() && settings.multiple() == 0) {
                port.fail(c, ABORTED);
            } else {
                submit(c, 0);
            }
            return;
        }
        switch (c.code()) {
            case FLUSH_CACHE, FLUSH_CACHE_EXT, STANDBY_IMMEDIATE, IDLE_IMMEDIATE, STANDBY, IDLE, SLEEP -> submit(c, 0);
            case DATA_SET_MANAGEMENT -> {
                if ((c.features() & TRIM) == 0 || c.count() == 0 || c.count() > 8 || disk.readOnly()) {
                    port.fail(c, ABORTED);
                } else {
                    submit(c, 0);
                }
            }
            case IDENTIFY -> give(c, identity());
            case READ_LOG_EXT -> log(c);
            case CHECK_POWER -> {
                c.fis()[12] = (byte) POWER_ACTIVE;
                port.succeed(c);
            }
            case READ_NATIVE_MAX_EXT -> {
                LittleEndian.put32(c.fis(), 4, (int) (capacity() - 1) & 0xFF_FFFF | (c.fis()[7] & 0xFF) << 24);
                LittleEndian.put(c.fis(), 8, 3, capacity() - 1 >> 24);
                port.succeed(c);
            }
            case SET_MULTIPLE -> end(c, settings.setMultiple(c.count() & 0xFF));
            case SET_FEATURES -> feature(c);
            default -> port.fail(c, ABORTED);
        }
    }

    private void end(AhciCommand c, boolean known) {
        if (known) {
            port.succeed(c);
        } else {
            port.fail(c, ABORTED);
        }
    }

    private void feature(AhciCommand c) {
        switch (c.features() & 0xFF) {
            case FEATURE_WRITE_CACHE_ON -> settings.setWriteCache(true);
            case FEATURE_WRITE_CACHE_OFF -> {
                settings.setWriteCache(false);
                // what was acknowledged before becomes durable, in its turn
                submit(c, 0);
                return;
            }
            case FEATURE_LOOK_AHEAD_ON -> settings.setLookAhead(true);
            case FEATURE_LOOK_AHEAD_OFF -> settings.setLookAhead(false);
            case FEATURE_TRANSFER_MODE -> {
                end(c, settings.setTransferMode(c.count() >>> 3 & 0x1F, c.count() & 7));
                return;
            }
            default -> {
                port.fail(c, ABORTED);
                return;
            }
        }
        port.succeed(c);
    }

    private byte[] identity() {
        byte[] d = new byte[SECTOR];
        DriveIdentity.fill(d, disk, settings, serial);
        // queue of 32; NCQ, all three speeds
        LittleEndian.put16(d, 2 * 75, SLOTS - 1);
        LittleEndian.put16(d, 2 * 76, 1 << 8 | 0xE);
        // ACS-2 and before; flush and FUA, logs
        LittleEndian.put16(d, 2 * 80, 0x03F0);
        LittleEndian.put16(d, 2 * 84, 0x4060);
        LittleEndian.put16(d, 2 * 87, 0x4060);
        if (disk.discards()) {
            // trimmed sectors read as zero; eight blocks of ranges
            LittleEndian.put16(d, 2 * 69, 1 << 14 | 1 << 5);
            LittleEndian.put16(d, 2 * 105, 8);
            LittleEndian.put16(d, 2 * 169, 1);
        }
        LittleEndian.put16(d, 2 * 217, 1);
        DriveIdentity.seal(d);
        return d;
    }

    private void log(AhciCommand c) {
        int page = c.fis()[4] & 0xFF;
        if (c.count() != 1 || page != 0 && page != LOG_QUEUED_ERROR) {
            port.fail(c, ABORTED);
            return;
        }
        byte[] d = new byte[SECTOR];
        if (page == 0) {
            LittleEndian.put16(d, 0, 1);
            LittleEndian.put16(d, 2 * LOG_QUEUED_ERROR, 1);
        } else {
            d[0] = (byte) failedTag;
            d[2] = (byte) failedTask;
            d[3] = (byte) (failedTask >> 8);
            // bits 23:0 and 47:24 stand apart, as in a frame
            LittleEndian.put(d, 4, 3, failedSector);
            d[7] = DEVICE_LBA;
            LittleEndian.put(d, 8, 3, failedSector >> 24);
            int sum = 0;
            for (byte b : d) {
                sum += b;
            }
            d[SECTOR - 1] = (byte) -sum;
        }
        give(c, d);
    }

    private void give(AhciCommand c, byte[] data) {
        if (port.scatter(c, 0, data)) {
            port.succeed(c);
        } else {
            port.unreachable(c);
        }
    }

    void save(StateWriter out) {
        out.put("failed-tag", failedTag);
        out.put("failed-task", failedTask);
        out.put("failed-sector", failedSector);
        settings.save(out);
        DiskFaults.save(disk, out);
        queue.save(out);
        out.put("requests-count", queue.size());
        int i = 0;
        for (DiskRequest each : queue.underWay()) {
            AhciRequest r = (AhciRequest) each;
            out.item("request", i++);
            out.put("due", queue.due(r));
            out.put("slot", r.command().slot());
            out.put("from", r.from());
        }
        out.endItems();
    }

    /** The counterpart; commands are those of the port's slots. */
    void restore(StateReader in, AhciCommand[] active) {
        failedTag = (int) in.take();
        failedTask = (int) in.take();
        failedSector = in.take();
        settings.restore(in);
        DiskFaults.restore(disk, in);
        queue.restore(in);
        for (long n = in.take(); n > 0; n--) {
            long due = in.take();
            AhciCommand c = active[(int) in.take()];
            queue.resubmit(new AhciRequest(this, port, c, disk, (int) in.take()), due);
        }
    }
}
