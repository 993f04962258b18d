package dev.hv.devices.ide;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.BooleanSupplier;

/**
 * One channel's half of a bus master (Programming Interface for Bus Master IDE Controller, revision 1.0): moves a command's data as a
 * table of physical regions says, from when it is started, in pieces of which the drive's disk does one at a time.
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
    /** Bytes of a piece at most. */
    private static final int PIECE = 128 << 10;

    private final DmaView memory;
    private final BooleanSupplier enabled;
    private final byte[] entry = new byte[ENTRY];
    private int command;
    private int status;
    private int table;
    /** Where in the table the next piece begins: an entry, and bytes in its region. */
    private int at;
    private int within;
    /** Where the piece ends that the drive has at the moment, and whether that is in the table's last entry. */
    private int nextAt;
    private int nextWithin;
    private boolean nextLast;

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
                if (started) {
                    at = 0;
                    within = 0;
                }
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
        at = 0;
        within = 0;
    }

    /**
     * Goes on with the data of a command when the master is started, may access memory, and the command waits for it in the same direction. A
     * master that may not waits: it is never given the bus.
     */
    void run(AtaDrive drive) {
        boolean toMemory = (command & TO_MEMORY) != 0;
        if (!ready() || drive == null || drive.busy() || !drive.wantsDma(toMemory)) {
            return;
        }
        int bytes = (int) Math.min(drive.dmaLeft(), PIECE);
        if (toMemory) {
            drive.fetch(bytes);
        } else {
            drive.store(bytes);
        }
    }

    private boolean ready() {
        return (status & ACTIVE) != 0 && enabled.getAsBoolean();
    }

    /** The drive has read a piece. It is lost when the guest has stopped the master meanwhile: the drive waits to read it again. */
    void scatter(AtaDrive drive, byte[] piece, int length) {
        if (!ready() || !drive.wantsDma((command & TO_MEMORY) != 0)) {
            return;
        }
        if (walk(piece, length, true)) {
            moved(drive, length);
        } else {
            fail(drive);
        }
    }

    /** Takes a piece from memory for the drive to write; false when it cannot be had. */
    boolean gather(byte[] piece, int length) {
        return ready() && walk(piece, length, false);
    }

    /** The drive has written the piece. */
    void gathered(AtaDrive drive, int length) {
        moved(drive, length);
    }

    /** The drive got no piece: the master was stopped, and the drive waits until it is started again, or the table is no good. */
    void notGathered(AtaDrive drive) {
        if (ready()) {
            fail(drive);
        }
    }

    private void moved(AtaDrive drive, int length) {
        at = nextAt;
        within = nextWithin;
        if (drive.dmaLeft() == length && nextLast) {
            status &= ~ACTIVE;
        }
        if (!drive.dmaMoved(length)) {
            run(drive);
        }
    }

    /** The drive has failed. */
    void stopped() {
        status &= ~ACTIVE;
    }

    /** Copies a piece to or from the regions that come next; false when the table ends before, or names what is no memory. */
    private boolean walk(byte[] piece, int length, boolean toMemory) {
        int index = at;
        int offset = within;
        boolean last = false;
        for (int done = 0; done < length; ) {
            if (index >= MOST_ENTRIES || !memory.read((table & 0xFFFF_FFFFL) + (long) index * ENTRY, entry, 0, ENTRY)) {
                return false;
            }
            long address = (LittleEndian.u32(entry, 0) & 0xFFFF_FFFEL) + offset;
            int flags = LittleEndian.u32(entry, 4);
            int region = (flags & 0xFFFE) == 0 ? REGION_64K : flags & 0xFFFE;
            // an entry that was made shorter meanwhile has nothing left
            int n = Math.max(0, Math.min(region - offset, length - done));
            if (!(toMemory ? memory.write(address, piece, done, n) : memory.read(address, piece, done, n))) {
                return false;
            }
            done += n;
            offset += n;
            last = (flags & LAST) != 0;
            if (offset >= region && !last) {
                index++;
                offset = 0;
            } else if (offset >= region && done < length) {
                return false;
            }
        }
        nextAt = index;
        nextWithin = offset;
        nextLast = last;
        return true;
    }

    private void fail(AtaDrive drive) {
        status = status & ~ACTIVE | FAILED;
        drive.dmaFailed();
    }

    @Override
    public void save(StateWriter out) {
        out.put("command", command);
        out.put("status", status);
        out.put("table", table);
        out.put("at", at);
        out.put("within", within);
    }

    @Override
    public void restore(StateReader in) {
        command = (int) in.take();
        status = (int) in.take();
        table = (int) in.take();
        at = (int) in.take();
        within = (int) in.take();
    }
}
