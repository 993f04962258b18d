package dev.hv.devices.ide;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.disk.DiskStatus;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What a drive has its disk do for a command: read or write sectors, read them for its own sake, or make durable what was written. */
final class AtaRequest implements DiskRequest {

    /** What is to be done. */
    enum Kind { READ, VERIFY, WRITE, WRITE_THROUGH, FLUSH }

    private final Disk disk;
    private final Kind kind;
    private final long offset;
    private final int length;
    private final byte[] buffer;
    private final Predicate<AtaRequest> fill;
    private final Consumer<AtaRequest> done;
    private DiskStatus status = DiskStatus.OK;
    private boolean refused;
    private DiskFaults.Met met;

    /**
     * A request.
     *
     * @param fill puts what is written into the buffer; false when that cannot be had, and nothing is written
     * @param done told when it is done; not when it was discarded
     */
    AtaRequest(Disk disk, Kind kind, long offset, int length, Predicate<AtaRequest> fill, Consumer<AtaRequest> done) {
        this.disk = disk;
        this.kind = kind;
        this.offset = offset;
        this.length = length;
        this.fill = fill;
        this.done = done;
        // a buffer of its own: the host may still use it when the drive has been reset and does something else
        buffer = new byte[length];
    }

    byte[] buffer() {
        return buffer;
    }

    int length() {
        return length;
    }

    /** Whether what is to be written could not be had: then nothing was done. */
    boolean refused() {
        return refused;
    }

    DiskStatus status() {
        return status;
    }

    @Override
    public int bytes() {
        return length;
    }

    /** The failure that it meets instead of being done; null for none. */
    DiskFaults.Met met() {
        return met;
    }

    /** What the error register says of its end (bits of {@link AtaFormat}); 0 when it went well. What is no failure of the medium has one word only. */
    int error() {
        boolean good = met == null && status == DiskStatus.OK;
        boolean medium = met == null ? status != DiskStatus.READ_ONLY : met.failure() == DiskFaults.Failure.MEDIUM;
        return good ? 0 : medium ? AtaFormat.UNCORRECTABLE : AtaFormat.ABORTED;
    }

    /** Whether the drive itself has failed. */
    boolean deviceFault() {
        return met != null && met.failure() == DiskFaults.Failure.HARDWARE;
    }

    private boolean moves() {
        return kind != Kind.FLUSH && disk.faults() != null;
    }

    private boolean writes() {
        return kind == Kind.WRITE || kind == Kind.WRITE_THROUGH;
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Override
    public long late() {
        return moves() ? disk.faults().late(writes(), offset, length) : 0;
    }

    @Override
    public boolean begin() {
        met = moves() ? disk.faults().failing(writes(), offset, length) : null;
        if (met != null) {
            return false;
        }
        refused = !fill.test(this);
        return !refused;
    }

    @Override
    public void carryOut() {
        status = switch (kind) {
            case READ, VERIFY -> disk.read(offset, buffer, 0, length);
            case WRITE, WRITE_THROUGH -> disk.write(offset, buffer, 0, length);
            case FLUSH -> DiskStatus.OK;
        };
        if (status == DiskStatus.OK && (kind == Kind.FLUSH || kind == Kind.WRITE_THROUGH)) {
            status = disk.flush();
        }
    }

    @Override
    public void finish() {
        done.accept(this);
    }
}
