package dev.hv.devices.storage;

import static dev.hv.devices.storage.ScsiOpcode.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.vmbus.protocol.Guid;
import java.util.ArrayList;
import java.util.List;

/** A direct-access block device (SBC-3) over a {@link Disk}, with a write cache: the host's. Flushing the cache is the disk's flush. */
public final class DiskUnit extends LogicalUnit {

    static final int MOST_TRANSFER = DiskQueue.MOST_BYTES;
    private static final int MOST_UNMAP_RANGES = 256;
    /** Bytes that one UNMAP, all its ranges together (SBC-3 section 6.6.3), or WRITE SAME changes at most: one request must not take for ever. */
    private static final long MOST_UNMAP = 1L << 30;
    private static final long MOST_WRITE_SAME = 16L << 20;
    private static final int FUA = 0x08;
    private static final int PROTECT = 0xE0;
    /** Where SCSI-2 had the logical unit. */
    private static final int LUN_FIELD = 0xE0;
    private static final int SELF_TEST = 0x04;
    private static final int PAGE_FORMAT = 0x10;

    private final Disk disk;
    private final Guid identity;
    /** As the guest was told last, or will be by the attention that waits. */
    private long blocks;
    private final DiskModes modes;

    /**
     * A unit over a disk, which it owns.
     *
     * @param identity what tells this disk from all others, the same in every run
     */
    public DiskUnit(Disk disk, Guid identity) {
        super(0, false, "Virtual Disk");
        this.disk = disk;
        this.identity = identity;
        blocks = blocksNow();
        modes = new DiskModes(disk);
    }

    /** What is behind it. */
    public Disk disk() {
        return disk;
    }

    @Override
    Disk medium() {
        return disk;
    }

    @Override
    public void close() {
        disk.close();
    }

    @Override
    void resetParameters() {
        modes.setWriteCache(true);
    }

    @Override
    void powerOn() {
        super.powerOn();
        blocks = blocksNow();
    }

    private long blocksNow() {
        return disk.size() / disk.sectorSize();
    }

    @Override
    boolean needsMedium(int opcode) {
        return switch (opcode) {
            case READ_6, READ_10, READ_12, READ_16, WRITE_6, WRITE_10, WRITE_12, WRITE_16, WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16,
                    VERIFY_10, VERIFY_12, VERIFY_16, SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16, WRITE_SAME_10, WRITE_SAME_16, UNMAP, MODE_SELECT_6,
                    MODE_SELECT_10, START_STOP_UNIT -> true;
            default -> false;
        };
    }

    /** Commands by which a guest finds out what the unit is; others would pay for a look at every request. */
    @Override
    void look(int opcode) {
        if (opcode == TEST_UNIT_READY || opcode == READ_CAPACITY_10 || opcode == SERVICE_ACTION_IN_16) {
            resized();
        }
    }

    /** Whether the host has made the disk longer or shorter, which the guest hears of then (SBC-3 section 4.5). */
    private boolean resized() {
        long now = blocksNow();
        if (now == blocks) {
            return false;
        }
        blocks = now;
        attention(Sense.CAPACITY_DATA_HAS_CHANGED);
        return true;
    }

    /** Whether there is nothing to read or write: the host has cut the disk to less than a block. */
    private boolean gone(ScsiCommand c) {
        if (blocks == 0) {
            c.check(Sense.MEDIUM_NOT_PRESENT);
        }
        return blocks == 0;
    }

    @Override
    void command(ScsiCommand c) {
        switch (c.opcode()) {
            case READ_6, READ_10, READ_12, READ_16 -> read(c);
            case WRITE_6, WRITE_10, WRITE_12, WRITE_16 -> write(c);
            case WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16 -> writeAndVerify(c);
            case VERIFY_10, VERIFY_12, VERIFY_16 -> verify(c);
            case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> synchronizeCache(c);
            case WRITE_SAME_10, WRITE_SAME_16 -> writeSame(c);
            case UNMAP -> unmap(c);
            case READ_CAPACITY_10 -> readCapacity10(c);
            case SERVICE_ACTION_IN_16 -> readCapacity16(c);
            case MODE_SENSE_6, MODE_SENSE_10 -> ModePages.sense(c, modes);
            case MODE_SELECT_6, MODE_SELECT_10 -> modeSelect(c);
            case START_STOP_UNIT -> startStop(c);
            case TEST_UNIT_READY -> gone(c);
            // there is no lid to lock
            case PREVENT_ALLOW_MEDIUM_REMOVAL -> {}
            case RESERVE_6, RELEASE_6 -> reserve(c);
            case SEND_DIAGNOSTIC -> diagnose(c);
            default -> c.check(Sense.INVALID_COMMAND_OPERATION_CODE);
        }
    }

    /** RESERVE(6), RELEASE(6) (SPC-2 sections 7.21, 7.16): a controller has one initiator, so nobody else is kept out. */
    private static void reserve(ScsiCommand c) {
        if ((c.field(1) & ~LUN_FIELD) != 0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        }
    }

    /** SEND DIAGNOSTIC (SPC-3 section 6.28): the default self-test, which finds nothing. */
    private static void diagnose(ScsiCommand c) {
        if ((c.field(1) & ~(SELF_TEST | PAGE_FORMAT)) != 0 || Wire.big16(c.cdb(), 3) != 0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        }
    }

    // ---- reading and writing -------------------------------------------------------------------------------------------

    /** Blocks of a command; null when it asks what is impossible, and has ended then. */
    private BlockRange range(ScsiCommand c) {
        if (c.opcode() >= 0x20 && (c.field(1) & PROTECT) != 0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return null;
        }
        BlockRange r = BlockRange.of(c);
        return reaches(c, r) ? r : null;
    }

    /** Whether blocks are on the disk; if not, the command has ended. */
    private boolean reaches(ScsiCommand c, BlockRange r) {
        // a guest may know of the new size before it was told
        if (r.within(blocks) || resized() && r.within(blocks)) {
            return true;
        }
        c.check(Sense.LBA_OUT_OF_RANGE);
        return false;
    }

    /** A command that failed because the host has cut its blocks off says so. */
    private void checkEnd(ScsiCommand c, BlockRange r) {
        if (!c.good() && resized()) {
            reaches(c, r);
        }
    }

    /** Blocks of a command that changes them. */
    private BlockRange writable(ScsiCommand c) {
        if (disk.readOnly()) {
            c.check(Sense.WRITE_PROTECTED);
            return null;
        }
        return range(c);
    }

    private static boolean forced(ScsiCommand c) {
        return c.opcode() >= 0x20 && c.bit(1, FUA);
    }

    private void read(ScsiCommand c) {
        BlockRange r = range(c);
        if (r == null) {
            return;
        }
        boolean forced = forced(c);
        BlockTransfer.read(c, disk, r.first() * disk.sectorSize(), r.count() * disk.sectorSize(), () -> {
            if (forced) {
                flush(c);
            }
        }, () -> checkEnd(c, r));
    }

    private void write(ScsiCommand c) {
        BlockRange r = writable(c);
        if (r != null) {
            write(c, r, forced(c));
        }
    }

    private void write(ScsiCommand c, BlockRange r, boolean force) {
        boolean settles = force || !modes.writeCache();
        BlockTransfer.write(c, disk, r.first() * disk.sectorSize(), r.count() * disk.sectorSize(), () -> settle(c, settles), () -> checkEnd(c, r));
    }

    private void writeAndVerify(ScsiCommand c) {
        BlockRange r = writable(c);
        if (r != null) {
            write(c, r, true);
        }
    }

    /** What was written becomes durable when the command or the missing write cache asks for it. */
    private void settle(ScsiCommand c, boolean settles) {
        if (settles && c.good()) {
            flush(c);
        }
    }

    /** Where commands are carried out: everything that was written before is durable then. */
    private void flush(ScsiCommand c) {
        DiskStatus status = disk.flush();
        if (status == DiskStatus.IO_ERROR) {
            c.check(Sense.WRITE_ERROR);
        } else {
            BlockTransfer.written(c, status, 0);
        }
    }

    private void verify(ScsiCommand c) {
        int check = c.field(1) >>> 1 & 3;
        BlockRange r = range(c);
        if (r == null) {
            return;
        }
        if (check > 1) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        } else if (check == 1) {
            BlockTransfer.compare(c, disk, r.first() * disk.sectorSize(), r.count() * disk.sectorSize(), () -> checkEnd(c, r));
        }
    }

    private void synchronizeCache(ScsiCommand c) {
        if (range(c) != null) {
            c.leave(() -> flush(c));
        }
    }

    // ---- many blocks at once ---------------------------------------------------------------------------------------------

    private void writeSame(ScsiCommand c) {
        BlockRange r = writable(c);
        if (r == null) {
            return;
        }
        int sector = disk.sectorSize();
        boolean noData = c.opcode() == WRITE_SAME_16 && c.bit(1, 0x01);
        boolean unmap = c.bit(1, 0x08);
        boolean anchor = c.bit(1, 0x10);
        if (r.count() == 0 || r.count() > MOST_WRITE_SAME / sector && !(unmap && r.count() <= MOST_UNMAP / sector) || anchor
                || unmap && !disk.discards()) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] block = noData ? new byte[sector] : c.parameters(sector);
        if (block == null) {
            return;
        }
        boolean zero = true;
        for (byte b : block) {
            zero &= b == 0;
        }
        boolean zeroes = zero;
        boolean settles = !modes.writeCache();
        c.leave(() -> {
            if (!zeroes) {
                BlockTransfer.fill(c, disk, block, r);
            } else {
                long at = r.first() * sector;
                BlockTransfer.written(c, unmap ? disk.discard(at, r.count() * sector) : disk.zero(at, r.count() * sector), r.first());
            }
            settle(c, settles);
        }, () -> checkEnd(c, r));
    }

    private void unmap(ScsiCommand c) {
        int length = Wire.big16(c.cdb(), 7);
        if (!disk.discards()) {
            c.check(Sense.INVALID_COMMAND_OPERATION_CODE);
            return;
        }
        if (disk.readOnly()) {
            c.check(Sense.WRITE_PROTECTED);
            return;
        }
        if (c.bit(1, 1)) {
            // there are no anchors
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] list = c.parameters(length);
        if (list == null || length == 0) {
            return;
        }
        if (length < 8) {
            c.check(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        // descriptors beyond the list or not whole are ignored (SBC-3 section 5.28)
        int count = Math.min(Wire.big16(list, 2), length - 8) / 16;
        if (count > MOST_UNMAP_RANGES) {
            c.check(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
            return;
        }
        long asked = 0;
        List<BlockRange> ranges = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            var r = new BlockRange(Wire.big64(list, 8 + 16 * i), Wire.big32(list, 16 + 16 * i));
            asked += r.count();
            if (asked > MOST_UNMAP / disk.sectorSize()) {
                c.check(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
                return;
            }
            if (!reaches(c, r)) {
                return;
            }
            ranges.add(r);
        }
        boolean settles = !modes.writeCache();
        var failed = new BlockRange[1];
        c.leave(() -> {
            for (BlockRange r : ranges) {
                if (r.count() != 0 && !BlockTransfer.written(c, disk.discard(r.first() * disk.sectorSize(), r.count() * disk.sectorSize()), r.first())) {
                    failed[0] = r;
                    return;
                }
            }
            settle(c, settles);
        }, () -> {
            if (failed[0] != null) {
                checkEnd(c, failed[0]);
            }
        });
    }

    // ---- what the unit says of itself --------------------------------------------------------------------------------------

    private void readCapacity10(ScsiCommand c) {
        if (gone(c)) {
            return;
        }
        byte[] b = new byte[8];
        Wire.putBig32(b, 0, (int) Math.min(blocks - 1, 0xFFFF_FFFFL));
        Wire.putBig32(b, 4, disk.sectorSize());
        c.reply(b, b.length, b.length);
    }

    private void readCapacity16(ScsiCommand c) {
        if ((c.field(1) & 0x1F) != READ_CAPACITY_16) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        if (gone(c)) {
            return;
        }
        byte[] b = new byte[32];
        Wire.putBig64(b, 0, blocks - 1);
        Wire.putBig32(b, 8, disk.sectorSize());
        b[13] = (byte) Integer.numberOfTrailingZeros(disk.physicalSectorSize() / disk.sectorSize());
        b[14] = (byte) (disk.discards() && !disk.readOnly() ? 0xC0 : 0); // LBPME, LBPRZ
        c.reply(b, b.length, (int) Math.min(Wire.big32(c.cdb(), 10), b.length));
    }

    private void modeSelect(ScsiCommand c) {
        boolean before = modes.writeCache();
        ModePages.select(c, modes);
        if (before && !modes.writeCache()) {
            // from now on everything acknowledged is durable
            c.leave(() -> flush(c));
        }
    }

    private void startStop(ScsiCommand c) {
        int power = c.field(4) >>> 4;
        boolean eject = c.bit(4, 2);
        if (eject && power == 0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        } else if (!c.bit(4, 1) && !c.bit(4, 4)) {
            // stopping writes the cache out, unless told not to
            c.leave(() -> flush(c));
        }
    }

    @Override
    byte[] vitalProductData(int page) {
        return switch (page) {
            case VitalProductData.SUPPORTED -> VitalProductData.supported(type(), VitalProductData.SUPPORTED, VitalProductData.SERIAL_NUMBER,
                    VitalProductData.IDENTIFICATION, VitalProductData.BLOCK_LIMITS, VitalProductData.CHARACTERISTICS, VitalProductData.PROVISIONING);
            case VitalProductData.SERIAL_NUMBER -> VitalProductData.serialNumber(type(), identity);
            case VitalProductData.IDENTIFICATION -> VitalProductData.identification(type(), identity);
            case VitalProductData.BLOCK_LIMITS -> VitalProductData.blockLimits(disk, MOST_TRANSFER, MOST_UNMAP / disk.sectorSize(),
                    MOST_UNMAP_RANGES, MOST_WRITE_SAME / disk.sectorSize());
            case VitalProductData.CHARACTERISTICS -> VitalProductData.characteristics();
            case VitalProductData.PROVISIONING -> VitalProductData.provisioning(disk);
            default -> null;
        };
    }

    @Override
    public void save(StateWriter out) {
        out.begin("scsi-disk", 3);
        saveAttentions(out);
        out.put("blocks", blocks);
        out.put("write-cache", modes.writeCache());
        DiskFaults.save(disk, out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("scsi-disk", 3);
        restoreAttentions(in);
        // what the guest knows: a disk that has another size by now is noticed
        blocks = in.take();
        modes.setWriteCache(in.takeBoolean());
        DiskFaults.restore(disk, in);
        in.end();
    }
}
