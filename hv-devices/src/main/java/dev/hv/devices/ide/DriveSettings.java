package dev.hv.devices.ide;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;

/** What a guest can set of an ATA disk, and IDENTIFY DEVICE shows: geometry, block size of MULTIPLE commands, transfer modes, caches. */
public final class DriveSettings implements Saveable {

    private static final int TRANSFER_PIO = 0;
    private static final int TRANSFER_PIO_FLOW_CONTROL = 1;
    private static final int TRANSFER_MULTIWORD = 4;
    private static final int TRANSFER_ULTRA = 8;
    private static final int MOST_MULTIWORD = 2;
    private static final int MOST_ULTRA = 5;
    private static final int MOST_CYLINDERS = 0xFFFF;

    private final long sectors;
    private final int nativeCylinders;
    private int cylinders;
    private int heads;
    private int sectorsPerTrack;
    private int multiple;
    private int multiwordMode;
    private int ultraMode;
    private boolean writeCache;
    private boolean lookAhead;

    /** Settings after power-on. */
    public DriveSettings(Disk disk) {
        sectors = DriveIdentity.sectors(disk);
        nativeCylinders = DriveIdentity.cylinders(disk);
        powerOn();
    }

    /** Everything is as after power-on again. */
    public void powerOn() {
        cylinders = nativeCylinders;
        heads = DriveIdentity.HEADS;
        sectorsPerTrack = DriveIdentity.SECTORS_PER_TRACK;
        multiple = 0;
        multiwordMode = -1;
        ultraMode = -1;
        writeCache = true;
        lookAhead = true;
    }

    int cylinders() {
        return cylinders;
    }

    int heads() {
        return heads;
    }

    int sectorsPerTrack() {
        return sectorsPerTrack;
    }

    /** Sectors of a block of the MULTIPLE commands; 0 when they are off. */
    public int multiple() {
        return multiple;
    }

    /** The multiword DMA mode, or -1. */
    int multiwordMode() {
        return multiwordMode;
    }

    /** The Ultra DMA mode, or -1. */
    int ultraMode() {
        return ultraMode;
    }

    /** Whether what is written need not be durable at once. */
    public boolean writeCache() {
        return writeCache;
    }

    /** Whether the drive may read ahead. */
    public boolean lookAhead() {
        return lookAhead;
    }

    /** SET FEATURES, write cache. */
    public void setWriteCache(boolean on) {
        writeCache = on;
    }

    /** SET FEATURES, look-ahead. */
    public void setLookAhead(boolean on) {
        lookAhead = on;
    }

    /** INITIALIZE DEVICE PARAMETERS; false when there is no such geometry. */
    boolean setGeometry(int newHeads, int newSectors) {
        if (newSectors == 0) {
            return false;
        }
        heads = newHeads;
        sectorsPerTrack = newSectors;
        cylinders = (int) Math.min(sectors / ((long) heads * sectorsPerTrack), MOST_CYLINDERS);
        return true;
    }

    /** SET MULTIPLE MODE; false when the size is none of ours. */
    public boolean setMultiple(int size) {
        if (size > DriveIdentity.MOST_MULTIPLE || Integer.bitCount(size) > 1) {
            return false;
        }
        multiple = size;
        return true;
    }

    /** SET FEATURES, transfer mode; false when the drive does not have it. */
    public boolean setTransferMode(int kind, int mode) {
        switch (kind) {
            case TRANSFER_PIO, TRANSFER_PIO_FLOW_CONTROL -> {
                return true;
            }
            case TRANSFER_MULTIWORD -> {
                if (mode > MOST_MULTIWORD) {
                    return false;
                }
                multiwordMode = mode;
                ultraMode = -1;
                return true;
            }
            case TRANSFER_ULTRA -> {
                if (mode > MOST_ULTRA) {
                    return false;
                }
                ultraMode = mode;
                multiwordMode = -1;
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    /** The sector that a command's registers name by cylinder, head and sector; -1 when the geometry has none such. */
    long find(TaskFile file) {
        int sector = file.low & 0xFF;
        int head = file.device & AtaFormat.HEAD;
        if (sector == 0 || sector > sectorsPerTrack || head >= heads) {
            return -1;
        }
        return ((long) file.cylinder() * heads + head) * sectorsPerTrack + sector - 1;
    }

    /** Leaves a sector's cylinder, head and sector in the registers. */
    void report(long sector, TaskFile file) {
        file.low = (int) (sector % sectorsPerTrack) + 1;
        long track = sector / sectorsPerTrack;
        file.device = file.device & ~AtaFormat.HEAD | (int) (track % heads);
        file.mid = (int) (track / heads) & 0xFF;
        file.high = (int) (track / heads) >>> 8 & 0xFF;
    }

    @Override
    public void save(StateWriter out) {
        out.put("cylinders", cylinders);
        out.put("heads", heads);
        out.put("sectors-per-track", sectorsPerTrack);
        out.put("multiple", multiple);
        out.put("multiword-mode", multiwordMode);
        out.put("ultra-mode", ultraMode);
        out.put("write-cache", writeCache);
        out.put("look-ahead", lookAhead);
    }

    @Override
    public void restore(StateReader in) {
        cylinders = (int) in.take();
        heads = (int) in.take();
        sectorsPerTrack = (int) in.take();
        multiple = (int) in.take();
        multiwordMode = (int) in.take();
        ultraMode = (int) in.take();
        writeCache = in.takeBoolean();
        lookAhead = in.takeBoolean();
    }
}
