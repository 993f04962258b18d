package dev.hv.devices.ide;

import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.disk.DiskStatus;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * An ATA disk on an IDE channel (ATA/ATAPI-7). Data goes by programmed I/O, a block of sectors at a time, or by DMA when the bus master is
 * started. The drive is busy while its disk does something, one thing at a time; commands that need no disk finish at once.
 */
final class AtaDrive implements Saveable {

    private static final int STATE_VERSION = 4;
    private static final String[] REGISTERS = {"status", "error", "transfer", "at", "left", "block", "buffer-at", "buffer-end", "ext"};
    private static final int IDLE_STATUS = READY | SEEK_COMPLETE;

    /** Where data of the command under way goes. */
    enum Transfer { NONE, PIO_IN, PIO_OUT, DMA_IN, DMA_OUT }

    /** What the disk does at the moment. */
    private enum Pending { NONE, READ_BLOCK, WRITE_BLOCK, READ_DMA, WRITE_DMA, FLUSH, VERIFY }

    private final Disk disk;
    private final DiskQueue queue;
    private final BusMaster master;
    private final String serial;
    private final TaskFile file;
    private final Runnable interrupt;
    private final DriveSettings settings;
    private final DriveCommands commands;
    private final byte[] buffer = new byte[DriveIdentity.MOST_MULTIPLE * SECTOR];
    private int status;
    private int error;
    private Transfer transfer = Transfer.NONE;
    /** Next sector of the command, and sectors not moved yet, those in the buffer included. */
    private long at;
    private int left;
    private boolean ext;
    /** Sectors of a block of programmed I/O. */
    private int block;
    private int bufferAt;
    private int bufferEnd;
    private Pending pending = Pending.NONE;
    /** Bytes that the bus master moves at the moment. */
    private int pendingBytes;

    /**
     * A drive after power-on.
     *
     * @param disk with sectors of 512 bytes
     * @param queue of requests to it
     * @param master moves data of DMA commands
     * @param file the channel's registers
     * @param interrupt asserts the channel's interrupt
     */
    AtaDrive(Disk disk, DiskQueue queue, BusMaster master, String serial, TaskFile file, Runnable interrupt) {
        if (disk.sectorSize() != SECTOR) {
            throw new IllegalArgumentException("an IDE disk has sectors of 512 bytes, this one of " + disk.sectorSize());
        }
        this.disk = disk;
        this.queue = queue;
        this.master = master;
        this.serial = serial;
        this.file = file;
        this.interrupt = interrupt;
        settings = new DriveSettings(disk);
        commands = new DriveCommands(this, file);
        reset();
    }

    /** Hardware reset, as at power-on: settings go back to their defaults; a software reset follows. */
    void powerOn() {
        forget();
        settings.powerOn();
        Arrays.fill(buffer, (byte) 0);
        at = 0;
        left = 0;
        block = 0;
        bufferAt = 0;
        bufferEnd = 0;
        pendingBytes = 0;
        ext = false;
    }

    /** Software reset: what was under way ends, and what the disk still does of it touches nothing of the guest's; settings stay. */
    void reset() {
        forget();
        transfer = Transfer.NONE;
        status = IDLE_STATUS;
        error = DIAGNOSTIC_PASSED;
    }

    private void forget() {
        queue.discard(r -> true);
        pending = Pending.NONE;
    }

    /** Gives the disk back: at once, or when it has ended what it does. */
    void close() {
        forget();
        queue.close(disk::close);
    }

    /** Whether the disk does something. */
    boolean busy() {
        return pending != Pending.NONE;
    }

    Disk disk() {
        return disk;
    }

    String serial() {
        return serial;
    }

    int status() {
        return busy() ? BUSY : status;
    }

    int error() {
        return error;
    }

    DriveSettings settings() {
        return settings;
    }

    // ---- commands ----------------------------------------------------------------------------------------------------------

    /** A command is written: one that waits for data is given up; a drive that is busy does not see it (ATA/ATAPI-7 section 5.14.13). */
    void command(int code) {
        if (busy()) {
            return;
        }
        transfer = Transfer.NONE;
        status = IDLE_STATUS;
        error = 0;
        commands.carryOut(code);
    }

    /** Ends a command without data in good order. */
    void succeed() {
        interrupt.run();
    }

    /** The diagnostics have found nothing. */
    void diagnosed() {
        error = DIAGNOSTIC_PASSED;
        interrupt.run();
    }

    // ---- what the disk does ----------------------------------------------------------------------------------------------

    /** Ends a command when all that was written is durable. */
    void flush() {
        ask(Pending.FLUSH, 0);
    }

    /** Reads the sectors of a command, of which the guest hears no more than whether they can be read. */
    void verify(boolean extended) {
        if (find(extended)) {
            askToVerify();
        }
    }

    private void askToVerify() {
        ask(Pending.VERIFY, (int) Math.min(dmaLeft(), DiskQueue.MOST_BYTES));
    }

    private void verified(AtaRequest r) {
        if (moved(r)) {
            advance(r.length());
            if (left > 0) {
                askToVerify();
            } else {
                finish(DiskStatus.OK);
            }
        }
    }

    private void ask(Pending what, int bytes) {
        pending = what;
        pendingBytes = bytes;
        queue.submit(request());
    }

    /** The request of what the disk is to do; made anew after a restore. */
    private AtaRequest request() {
        return switch (pending) {
            case READ_BLOCK -> request(AtaRequest.Kind.READ, r -> true, this::blockFetched);
            case WRITE_BLOCK -> request(lastWrittenThrough(), r -> {
                System.arraycopy(buffer, 0, r.buffer(), 0, r.length());
                return true;
            }, this::blockStored);
            case READ_DMA -> request(AtaRequest.Kind.READ, r -> true, this::fetched);
            case VERIFY -> request(AtaRequest.Kind.VERIFY, r -> true, this::verified);
            case WRITE_DMA -> request(lastWrittenThrough(), r -> master.gather(r.buffer(), r.length()), this::stored);
            default -> request(AtaRequest.Kind.FLUSH, r -> true, r -> finish(r.status()));
        };
    }

    private AtaRequest request(AtaRequest.Kind kind, Predicate<AtaRequest> fill, Consumer<AtaRequest> done) {
        return new AtaRequest(disk, kind, at * SECTOR, pendingBytes, fill, r -> {
            pending = Pending.NONE;
            done.accept(r);
        });
    }

    /** Without a write cache, what a command has written is durable when it ends. */
    private AtaRequest.Kind lastWrittenThrough() {
        return !settings.writeCache() && pendingBytes == left * SECTOR ? AtaRequest.Kind.WRITE_THROUGH : AtaRequest.Kind.WRITE;
    }

    /** Whether sectors were moved; if not, the command has ended. */
    private boolean moved(AtaRequest r) {
        int bad = r.error();
        if (bad != 0) {
            report(r.met() == null ? at : r.met().offset() / SECTOR);
            fail(bad, r.deviceFault() ? FAULT : 0);
        }
        return bad == 0;
    }

    private void advance(int bytes) {
        at += bytes / SECTOR;
        left -= bytes / SECTOR;
    }

    private void finish(DiskStatus result) {
        if (result == DiskStatus.OK) {
            status = IDLE_STATUS;
            interrupt.run();
        } else {
            fail(result == DiskStatus.READ_ONLY ? ABORTED : UNCORRECTABLE);
        }
    }

    /** Ends a command with an error (bits of {@link AtaFormat}). */
    void fail(int how) {
        fail(how, 0);
    }

    private void fail(int how, int more) {
        transfer = Transfer.NONE;
        error = how;
        status = IDLE_STATUS | ERROR | more;
        interrupt.run();
    }

    /** IDENTIFY DEVICE: the drive describes itself. */
    void identify() {
        DriveIdentity.fill(buffer, disk, settings, serial);
        transfer = Transfer.PIO_IN;
        left = 1;
        at = -1;
        offer(SECTOR);
        interrupt.run();
    }

    // ---- addresses -----------------------------------------------------------------------------------------------------------

    /** Takes the command's address and count; fails it when they leave the disk. */
    boolean find(boolean extended) {
        ext = extended;
        left = file.sectors(extended);
        long sectors = DriveIdentity.sectors(disk);
        at = extended ? file.lba48() : file.lba() ? file.lba28() : settings.find(file);
        if (at < 0 || at + left > sectors) {
            fail(ID_NOT_FOUND);
            return false;
        }
        return true;
    }

    /** Leaves the address of a sector in the registers, as the command gave its own. */
    private void report(long sector) {
        if (ext || file.lba()) {
            file.setAddress(sector, ext);
        } else {
            settings.report(sector, file);
        }
    }

    // ---- data ------------------------------------------------------------------------------------------------------------------

    /**
     * Begins to move data.
     *
     * @param sectorsPerBlock of programmed I/O; 0 when blocks are not set up
     */
    void transfer(Transfer kind, boolean extended, int sectorsPerBlock) {
        if (sectorsPerBlock == 0) {
            fail(ABORTED);
            return;
        }
        boolean write = kind == Transfer.PIO_OUT || kind == Transfer.DMA_OUT;
        if (write && disk.readOnly()) {
            fail(ABORTED);
            return;
        }
        if (!find(extended)) {
            return;
        }
        transfer = kind;
        block = sectorsPerBlock;
        switch (kind) {
            case PIO_IN -> ask(Pending.READ_BLOCK, Math.min(block, left) * SECTOR);
            // the first block is asked for without an interrupt
            case PIO_OUT -> offer(Math.min(block, left) * SECTOR);
            default -> status = IDLE_STATUS | DATA_REQUEST;
        }
    }

    private void offer(int bytes) {
        bufferAt = 0;
        bufferEnd = bytes;
        status = IDLE_STATUS | DATA_REQUEST;
    }

    private void blockFetched(AtaRequest r) {
        if (moved(r)) {
            System.arraycopy(r.buffer(), 0, buffer, 0, r.length());
            offer(r.length());
            interrupt.run();
        }
    }

    /** The guest reads the data register. */
    int readData(int size) {
        if (transfer != Transfer.PIO_IN || busy()) {
            return 0;
        }
        int n = Math.min(size, bufferEnd - bufferAt);
        int value = (int) LittleEndian.get(buffer, bufferAt, n);
        bufferAt += n;
        if (bufferAt == bufferEnd) {
            blockRead();
        }
        return value;
    }

    private void blockRead() {
        int sectors = bufferEnd / SECTOR;
        left -= sectors;
        boolean identity = at < 0;
        at += sectors;
        if (left > 0) {
            ask(Pending.READ_BLOCK, Math.min(block, left) * SECTOR);
            return;
        }
        transfer = Transfer.NONE;
        status = IDLE_STATUS;
        if (!identity) {
            report(at - 1);
        }
    }

    /** The guest writes the data register. */
    void writeData(int size, int value) {
        if (transfer != Transfer.PIO_OUT || busy()) {
            return;
        }
        int n = Math.min(size, bufferEnd - bufferAt);
        LittleEndian.put(buffer, bufferAt, n, value);
        bufferAt += n;
        if (bufferAt == bufferEnd) {
            ask(Pending.WRITE_BLOCK, bufferEnd);
        }
    }

    private void blockStored(AtaRequest r) {
        if (!moved(r)) {
            return;
        }
        advance(r.length());
        if (left > 0) {
            offer(Math.min(block, left) * SECTOR);
            interrupt.run();
        } else {
            ended();
        }
    }

    /** All of a command's data was moved. */
    private void ended() {
        transfer = Transfer.NONE;
        report(at - 1);
        finish(DiskStatus.OK);
    }

    // ---- DMA -------------------------------------------------------------------------------------------------------------------

    /** Whether a command waits for the bus master to move its data in this direction. */
    boolean wantsDma(boolean toMemory) {
        return transfer == (toMemory ? Transfer.DMA_IN : Transfer.DMA_OUT);
    }

    /** Bytes of the command under way that were not moved yet. */
    long dmaLeft() {
        return (long) left * SECTOR;
    }

    /** Reads sectors for the bus master, which gets them by {@link BusMaster#scatter}. */
    void fetch(int bytes) {
        ask(Pending.READ_DMA, bytes);
    }

    private void fetched(AtaRequest r) {
        if (moved(r)) {
            master.scatter(this, r.buffer(), r.length());
        } else {
            master.stopped();
        }
    }

    /** Writes sectors, which are taken from {@link BusMaster#gather}. */
    void store(int bytes) {
        ask(Pending.WRITE_DMA, bytes);
    }

    private void stored(AtaRequest r) {
        if (r.refused()) {
            master.notGathered(this);
        } else if (moved(r)) {
            master.gathered(this, r.length());
        } else {
            master.stopped();
        }
    }

    /** Data has crossed between the disk and memory; whether that was all of the command's. */
    boolean dmaMoved(int bytes) {
        advance(bytes);
        if (left == 0) {
            ended();
        }
        return left == 0;
    }

    /** The bus master could not reach memory: the command ends without all of its data. */
    void dmaFailed() {
        fail(ABORTED);
    }

    // ---- state -----------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("ata-drive", STATE_VERSION);
        out.put("buffer", buffer, 0, buffer.length);
        out.put(REGISTERS, new long[] {status, error, transfer.ordinal(), at, left, block, bufferAt, bufferEnd, ext ? 1 : 0});
        settings.save(out);
        DiskFaults.save(disk, out);
        queue.save(out);
        out.put("pending", pending.ordinal());
        out.put("pending-bytes", pendingBytes);
        for (DiskRequest r : queue.underWay()) {
            out.put("due", queue.due(r));
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("ata-drive", STATE_VERSION);
        System.arraycopy(in.takeBytes(), 0, buffer, 0, buffer.length);
        long[] v = new long[REGISTERS.length];
        in.take(v);
        status = (int) v[0];
        error = (int) v[1];
        transfer = Transfer.values()[(int) v[2]];
        at = v[3];
        left = (int) v[4];
        block = (int) v[5];
        bufferAt = (int) v[6];
        bufferEnd = (int) v[7];
        ext = v[8] != 0;
        settings.restore(in);
        DiskFaults.restore(disk, in);
        queue.restore(in);
        pending = Pending.values()[(int) in.take()];
        pendingBytes = (int) in.take();
        if (busy()) {
            queue.resubmit(request(), in.take());
        }
        in.end();
    }
}
