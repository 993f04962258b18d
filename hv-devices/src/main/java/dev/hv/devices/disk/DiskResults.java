package dev.hv.devices.disk;

import dev.hv.core.machine.Outside;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.cpu.memory.LittleEndian;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * What the host makes of the requests to a disk in a recorded run, and again in its replay, whose host may do better. A request is a row of operations on the
 * disk; those that the host failed are kept as bytes, none for a request that went well. A disk whose host fails in a replay where it did not before ends it.
 *
 * <p>Each failure is 4 bytes of the operation's place in the request, a byte of {@link DiskStatus}, 8 bytes of how much of a change was done, 4 bytes of a length
 * and as many bytes: what is behind that on the disk now, where the host failed. What is behind those bytes is as it was, and so is all when there are none: what
 * cannot be read after a change failed is taken not to have been changed.
 *
 * <p>Changes are made in pieces, so that it is known how far they came. Used by the thread that carries a request out; operations of others pass by.
 */
public final class DiskResults {

    /** Bytes of a piece of a change: from one multiple of it to the next. */
    static final int PIECE = 128 << 10;
    private static final int HEAD = 17;
    private static final byte[] NONE = {};

    private final String name;
    private Thread thread;
    private int operations;
    private final ByteArrayOutputStream failures = new ByteArrayOutputStream();
    /** Null while this is no replay. */
    private ArrayDeque<Failure> recorded;

    private record Failure(int operation, DiskStatus status, long done, byte[] left) {}

    /** Changes a part of the disk. */
    @FunctionalInterface
    private interface Change {
        DiskStatus make(long offset, int length);
    }

    /**
     * Nothing yet.
     *
     * @param name of the disk, for people
     */
    public DiskResults(String name) {
        this.name = name;
    }

    // ---- requests ----------------------------------------------------------------------------------------------------------

    /** Carries a request out on the machine's thread: what the host makes of it enters the machine at once. */
    static void carryOut(DiskRequest request, Outside outside) {
        DiskResults results = of(request);
        if (results == null) {
            request.carryOut();
            return;
        }
        byte[] came = outside.askBytes(() -> results.watch(request));
        if (outside.replays()) {
            results.again(request, came);
        }
    }

    /** Carries a request out on whatever thread; what the host made of it is what comes of this. */
    static byte[] carryOut(DiskRequest request) {
        DiskResults results = of(request);
        if (results == null) {
            request.carryOut();
            return NONE;
        }
        return results.watch(request);
    }

    /** Carries a request out so that the same comes of it. */
    static void repeat(DiskRequest request, byte[] came) {
        DiskResults results = of(request);
        if (results == null) {
            request.carryOut();
        } else {
            results.again(request, came);
        }
    }

    private static DiskResults of(DiskRequest request) {
        Disk disk = request.disk();
        return disk == null ? null : disk.results();
    }

    private byte[] watch(DiskRequest request) {
        failures.reset();
        run(request);
        return failures.size() == 0 ? NONE : failures.toByteArray();
    }

    private void again(DiskRequest request, byte[] came) {
        recorded = parse(came);
        try {
            run(request);
            if (!recorded.isEmpty()) {
                throw new ReplayDivergence("disk %s: %d operations were carried out where %d were recorded".formatted(name, operations, recorded.peek().operation() + 1));
            }
        } finally {
            recorded = null;
        }
    }

    private void run(DiskRequest request) {
        operations = 0;
        thread = Thread.currentThread();
        try {
            request.carryOut();
        } finally {
            thread = null;
        }
    }

    private ArrayDeque<Failure> parse(byte[] came) {
        var all = new ArrayDeque<Failure>();
        int before = -1;
        for (int at = 0; at < came.length; ) {
            if (came.length - at < HEAD) {
                throw senseless();
            }
            int operation = LittleEndian.u32(came, at);
            int status = came[at + 4];
            long done = LittleEndian.u64(came, at + 5);
            int length = LittleEndian.u32(came, at + 13);
            at += HEAD;
            boolean failed = status == DiskStatus.IO_ERROR.ordinal() || status == DiskStatus.NO_SPACE.ordinal();
            if (operation <= before || !failed || done < 0 || length < 0 || length > PIECE || length > came.length - at) {
                throw senseless();
            }
            before = operation;
            all.add(new Failure(operation, DiskStatus.values()[status], done, Arrays.copyOfRange(came, at, at + length)));
            at += length;
        }
        return all;
    }

    private ReplayDivergence senseless() {
        return new ReplayDivergence("what is recorded of disk " + name + " makes no sense");
    }

    // ---- operations --------------------------------------------------------------------------------------------------------

    private boolean passes() {
        return Thread.currentThread() != thread;
    }

    private static boolean failed(DiskStatus status) {
        return status == DiskStatus.IO_ERROR || status == DiskStatus.NO_SPACE;
    }

    /** What was recorded of the operation that comes now; null when it went well. */
    private Failure recorded() {
        return !recorded.isEmpty() && recorded.peek().operation() == operations - 1 ? recorded.poll() : null;
    }

    private DiskStatus well(DiskStatus status, long offset) {
        if (failed(status)) {
            throw new ReplayDivergence("disk %s: the host fails at byte %d (%s), as it did not when this was recorded".formatted(name, offset, status));
        }
        return status;
    }

    private void failed(DiskStatus status, long done, byte[] left) {
        byte[] head = new byte[HEAD];
        LittleEndian.put32(head, 0, operations - 1);
        head[4] = (byte) status.ordinal();
        LittleEndian.put64(head, 5, done);
        LittleEndian.put32(head, 13, left.length);
        failures.writeBytes(head);
        failures.writeBytes(left);
    }

    /** {@link Disk#read}. */
    DiskStatus read(Disk disk, long offset, byte[] to, int at, int length) {
        if (passes()) {
            return disk.read(offset, to, at, length);
        }
        operations++;
        if (recorded != null) {
            Failure f = recorded();
            return f != null ? f.status() : well(disk.read(offset, to, at, length), offset);
        }
        DiskStatus status = disk.read(offset, to, at, length);
        if (failed(status)) {
            failed(status, 0, NONE);
        }
        return status;
    }

    /** {@link Disk#write}. */
    DiskStatus write(Disk disk, long offset, byte[] from, int at, int length) {
        return change(disk, offset, length, (o, n) -> disk.write(o, from, at + (int) (o - offset), n));
    }

    /** {@link Disk#zero}. */
    DiskStatus zero(Disk disk, long offset, long length) {
        return change(disk, offset, length, disk::zero);
    }

    /** {@link Disk#discard}. */
    DiskStatus discard(Disk disk, long offset, long length) {
        return change(disk, offset, length, disk::discard);
    }

    /** {@link Disk#flush}. */
    DiskStatus flush(Disk disk) {
        return change(disk, 0, 0, (o, n) -> disk.flush());
    }

    private DiskStatus change(Disk disk, long offset, long length, Change change) {
        if (passes()) {
            return pieces(offset, length, change, null);
        }
        operations++;
        if (recorded != null) {
            Failure f = recorded();
            return f == null ? well(pieces(offset, length, change, null), offset) : changed(disk, offset, length, change, f);
        }
        long[] done = new long[1];
        DiskStatus status = pieces(offset, length, change, done);
        if (failed(status)) {
            byte[] left = new byte[piece(offset + done[0], length - done[0])];
            failed(status, done[0], disk.read(offset + done[0], left, 0, left.length) == DiskStatus.OK ? left : NONE);
        }
        return status;
    }

    /** Leaves the disk as a change left it that failed. */
    private DiskStatus changed(Disk disk, long offset, long length, Change change, Failure f) {
        if (f.done() > length || f.left().length > length - f.done() || f.done() % disk.sectorSize() != 0 || f.left().length % disk.sectorSize() != 0) {
            throw senseless();
        }
        if (f.done() > 0) {
            well(pieces(offset, f.done(), change, null), offset);
        }
        if (f.left().length > 0) {
            well(disk.write(offset + f.done(), f.left(), 0, f.left().length), offset + f.done());
        }
        return f.status();
    }

    /**
     * Makes a change.
     *
     * @param done how much of it went well; may be null
     */
    private static DiskStatus pieces(long offset, long length, Change change, long[] done) {
        long at = 0;
        do {
            int n = piece(offset + at, length - at);
            DiskStatus status = change.make(offset + at, n);
            if (status != DiskStatus.OK) {
                return status;
            }
            at += n;
            if (done != null) {
                done[0] = at;
            }
        } while (at < length);
        return DiskStatus.OK;
    }

    private static int piece(long offset, long left) {
        return (int) Math.min(left, PIECE - offset % PIECE);
    }
}
