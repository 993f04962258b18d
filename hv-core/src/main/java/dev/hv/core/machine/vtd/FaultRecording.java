package dev.hv.core.machine.vtd;

import static dev.hv.core.machine.vtd.VtdRegisters.FIRST_RECORD_SHIFT;
import static dev.hv.core.machine.vtd.VtdRegisters.OVERFLOW;
import static dev.hv.core.machine.vtd.VtdRegisters.PENDING;
import static dev.hv.core.machine.vtd.VtdRegisters.QUEUE_ERROR;
import static dev.hv.core.machine.vtd.VtdRegisters.RECORDS;

import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.core.machine.iommu.UnitWatch;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * Primary fault logging (VT-d specification, 7.3): the fault recording registers, written round and round, the status that says what waits, and the
 * interrupt when something does. A record is 128 bits: address 63:12 (of an interrupt its index, 63:48), requester 79:64, reason 103:96, read 126, valid 127.
 */
final class FaultRecording implements Saveable {

    private static final int VERSION = 1;
    private static final long VALID = 1L << 63;
    private static final long OF_READ = 1L << 62;
    private static final int INDEX_SHIFT = 48;
    private static final long PAGE_MASK = 0xFFF;

    private final EventMessage event;
    private final UnitWatch watch;
    private final long[] low = new long[RECORDS];
    private final long[] high = new long[RECORDS];
    private int next;
    private int first;
    /** OVERFLOW and QUEUE_ERROR. */
    private int errors;
    private long refused;

    FaultRecording(EventMessage event, UnitWatch watch) {
        this.event = event;
        this.watch = watch;
    }

    /** A memory request is refused. */
    void memory(FaultReason reason, int requester, long address, boolean write, boolean silent) {
        tell(reason, requester, DeviceRequest.of(write), address);
        if (!silent) {
            record(reason, requester, address & ~PAGE_MASK, write ? 0 : OF_READ);
        }
    }

    /** An interrupt request is refused. */
    void interrupt(FaultReason reason, int requester, int index, boolean silent) {
        tell(reason, requester, DeviceRequest.INTERRUPT, index);
        if (!silent) {
            record(reason, requester, (long) index << INDEX_SHIFT, 0);
        }
    }

    private void tell(FaultReason reason, int requester, DeviceRequest wanted, long address) {
        refused++;
        watch.refused(requester, wanted, address, reason.text());
    }

    private void record(FaultReason reason, int requester, long information, long type) {
        if ((errors & OVERFLOW) != 0) {
            return;
        }
        int before = status();
        if (high[next] < 0) {
            errors |= OVERFLOW;
        } else {
            low[next] = information;
            high[next] = VALID | type | (long) reason.code() << 32 | requester;
            if ((before & PENDING) == 0) {
                first = next;
            }
            next = (next + 1) % RECORDS;
        }
        if ((before & (OVERFLOW | PENDING | QUEUE_ERROR)) == 0) {
            event.raise();
        }
    }

    /** The invalidation queue met something that it cannot carry out. */
    void queueError() {
        boolean quiet = (status() & (OVERFLOW | PENDING | QUEUE_ERROR)) != 0;
        errors |= QUEUE_ERROR;
        if (!quiet) {
            event.raise();
        }
    }

    boolean queueFailed() {
        return (errors & QUEUE_ERROR) != 0;
    }

    /** FSTS. */
    int status() {
        boolean pending = false;
        for (long h : high) {
            pending |= h < 0;
        }
        return errors | (pending ? PENDING | first << FIRST_RECORD_SHIFT : 0);
    }

    /** Writes FSTS: ones clear. */
    void clearStatus(int value) {
        errors &= ~(value & (OVERFLOW | QUEUE_ERROR));
        settle();
    }

    /** Reads 32 bits of the records. */
    int read(int offset) {
        long half = (offset & 8) == 0 ? low[offset >> 4] : high[offset >> 4];
        return (int) ((offset & 4) == 0 ? half : half >>> 32);
    }

    /** Writes 32 bits of the records: a one clears the valid bit, all else stays. */
    void write(int offset, int value) {
        if ((offset & 0xC) == 0xC && value < 0) {
            high[offset >> 4] &= ~VALID;
            settle();
        }
    }

    private void settle() {
        if ((status() & (OVERFLOW | PENDING | QUEUE_ERROR)) == 0) {
            event.settle();
        }
    }

    void reset() {
        Arrays.fill(low, 0);
        Arrays.fill(high, 0);
        next = 0;
        first = 0;
        errors = 0;
        refused = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("faults", VERSION);
        out.put("records-low", low);
        out.put("records-high", high);
        out.put("next", next);
        out.put("first", first);
        out.put("errors", errors);
        out.put("refused", refused);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("faults", VERSION);
        in.take(low);
        in.take(high);
        next = (int) in.take();
        first = (int) in.take();
        errors = (int) in.take();
        refused = in.take();
        in.end();
    }
}
