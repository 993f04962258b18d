package dev.hv.devices.ide;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.devices.disk.DiskStatus;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What a drive has its disk do for a command: read or write sectors, or make durable what was written. */
final class AtaRequest implements DiskRequest {

    /** What is to be done. */
    enum Kind { READ, WRITE, WRITE_THROUGH, FLUSH }

    private final Disk disk;
    private final Kind kind;
    private final long offset;
    private final int length;
    private final byte[] buffer;
    private final Predicate<AtaRequest> fill;
    private final Consumer<AtaRequest> done;
    private DiskStatus status = DiskStatus.OK;
    private boolean refused;

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

    @Override
    public boolean begin() {
        refused = !fill.test(this);
        return !refused;
    }

    @Override
    public void carryOut() {
        status = switch (kind) {
            case READ -> disk.read(offset, buffer, 0, length);
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
