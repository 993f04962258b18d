package dev.hv.devices.ide;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.BooleanSupplier;

/**
 * One channel's half of a bus master (Programming Interface for Bus Master IDE Controller, revision 1.0): moves a command's data as a
 * table of physical regions says, all at once when it is started.
 */
final class BusMaster implements Saveable {

    static final int COMMAND = 0;
    static final int STATUS = 2;
    static final int TABLE = 4;
    static final int SIZE = 8;

    private static final int START = 1;
    private static final int TO_MEMORY = 8;
    private static final int ACTIVE = 1;
    private static final int FAILED = 2;
    private static final int INTERRUPT = 4;
    private static final int DRIVES_CAPABLE = 0x60;
    private static final int ENTRY = 8;
    private static final int LAST = 1 << 31;
    /** A table stays within 64 KiB, so it has no more entries. */
    private static final int MOST_ENTRIES = 8192;
    private static final int REGION_64K = 1 << 16;

    private final DmaView memory;
    private final BooleanSupplier enabled;
    private final byte[] entry = new byte[ENTRY];
    private final byte[] staging = new byte[REGION_64K + AtaFormat.SECTOR];
    private int command;
    private int status;
    private int table;

    /**
     * A master that is not started.
     *
     * @param enabled whether the function may access memory
     */
    BusMaster(DmaView memory, BooleanSupplier enabled) {
        this.memory = memory;
        this.enabled = enabled;
    }

    /** Reads a byte of the registers. */
    int read(int offset) {
        return switch (offset) {
            case COMMAND -> command;
            case STATUS -> status;
            case 1, 3 -> 0;
            default -> table >>> (offset - TABLE << 3) & 0xFF;
        };
    }

    /** Writes a byte of the registers; whether the master has just been started. */
    boolean write(int offset, int value) {
        switch (offset) {
            case COMMAND -> {
                boolean started = (value & ~command & START) != 0;
                command = value & (START | TO_MEMORY);
                status = (value & START) == 0 ? status & ~ACTIVE : started ? status | ACTIVE : status;
                return started;
            }
            // error and interrupt are cleared by ones
            case STATUS -> status = status & ~DRIVES_CAPABLE & ~(value & (FAILED | INTERRUPT)) | value & DRIVES_CAPABLE;
            case 1, 3 -> { }
            default -> {
                int shift = offset - TABLE << 3;
                table = (table & ~(0xFF << shift) | value << shift) & ~3;
            }
        }
        return false;
    }

    /** The drive's interrupt came through. */
    void interrupted() {
        status |= INTERRUPT;
    }

    /** Hardware reset. */
    void reset() {
        command = 0;
        status = 0;
        table = 0;
    }

    /**
     * Moves the data of a command when the master is started, may access memory, and the command waits for it in the same direction. A master
     * that may not waits: it is never given the bus.
     */
    void run(AtaDrive drive) {
        boolean toMemory = (command & TO_MEMORY) != 0;
        if ((status & ACTIVE) == 0 || !enabled.getAsBoolean() || drive == null || !drive.wantsDma(toMemory)) {
            return;
        }
        // sectors may lie across regions: what does not fill one waits in the staging buffer
        int staged = 0;
        for (int i = 0; i < MOST_ENTRIES; i++) {
            if (!memory.read((table & 0xFFFF_FFFFL) + (long) i * ENTRY, entry, 0, ENTRY)) {
                fail(drive);
                return;
            }
            long address = LittleEndian.u32(entry, 0) & 0xFFFF_FFFEL;
            int flags = LittleEndian.u32(entry, 4);
            int length = (flags & 0xFFFE) == 0 ? REGION_64K : flags & 0xFFFE;
            staged = toMemory ? toMemory(drive, address, length, staged) : toDrive(drive, address, length, staged);
            if (staged < 0) {
                return;
            }
            if (drive.dmaLeft() == 0 && staged == 0) {
                status &= (flags & LAST) != 0 ? ~ACTIVE : -1;
                drive.dmaDone();
                return;
            }
            if ((flags & LAST) != 0) {
                break;
            }
        }
        fail(drive);
    }

    /** Bytes in the staging buffer that found no room yet; negative when the command failed. */
    private int toMemory(AtaDrive drive, long address, int length, int staged) {
        int have = staged;
        int wanted = (int) Math.min(drive.dmaLeft(), Math.max(length - have, 0) + AtaFormat.SECTOR - 1 & -AtaFormat.SECTOR);
        if (wanted > 0) {
            byte[] sectors = new byte[wanted];
            if (!drive.dmaRead(sectors, wanted)) {
                status &= ~ACTIVE;
                return -1;
            }
            System.arraycopy(sectors, 0, staging, have, wanted);
            have += wanted;
        }
        int moved = Math.min(have, length);
        if (!memory.write(address, staging, 0, moved)) {
            fail(drive);
            return -1;
        }
        System.arraycopy(staging, moved, staging, 0, have - moved);
        return have - moved;
    }

    private int toDrive(AtaDrive drive, long address, int length, int staged) {
        int wanted = (int) Math.min(drive.dmaLeft() - staged, length);
        if (!memory.read(address, staging, staged, wanted)) {
            fail(drive);
            return -1;
        }
        int have = staged + wanted;
        int whole = have & -AtaFormat.SECTOR;
        if (whole > 0 && !drive.dmaWrite(staging, whole)) {
            status &= ~ACTIVE;
            return -1;
        }
        System.arraycopy(staging, whole, staging, 0, have - whole);
        return have - whole;
    }

    private void fail(AtaDrive drive) {
        status = status & ~ACTIVE | FAILED;
        drive.dmaFailed();
    }

    @Override
    public void save(StateWriter out) {
        out.put(command);
        out.put(status);
        out.put(table);
    }

    @Override
    public void restore(StateReader in) {
        command = (int) in.take();
        status = (int) in.take();
        table = (int) in.take();
    }
}
