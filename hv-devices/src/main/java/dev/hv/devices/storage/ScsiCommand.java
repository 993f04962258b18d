package dev.hv.devices.storage;

import dev.hv.core.machine.ScatterList;
import dev.hv.vmbus.memory.GuestBuffer;
import java.util.Arrays;

/**
 * A SCSI command on its way through a unit: what the guest asks, and how it ended. What needs the disk is left for {@link #carryOut}, which may run on
 * another thread than the rest and sees nothing of the guest.
 */
final class ScsiCommand {

    /** Which way data goes, as the request says. */
    enum Direction { TO_DEVICE, FROM_DEVICE, NONE }

    /** Longest CDB. */
    static final int CDB = 16;

    private static final Runnable NOTHING = () -> { };
    private static final byte[] NO_BYTES = new byte[0];

    static final int GOOD = 0x00;
    static final int CHECK_CONDITION = 0x02;
    static final int BUSY = 0x08;

    private final byte[] cdb = new byte[CDB];
    private int cdbLength;
    private Direction direction = Direction.NONE;
    private GuestBuffer data;
    private int length;
    private int srbStatus;
    private int scsiStatus;
    private int transferred;
    private final byte[] sense = new byte[Sense.SIZE];
    private boolean senseValid;
    private Runnable work = NOTHING;
    private Runnable after = NOTHING;
    private byte[] buffer = NO_BYTES;
    /** Null for memory of its own. */
    private TransferBuffers lender;
    private boolean immediate;
    private boolean placed;

    /**
     * Starts a command; it has ended well until something else is said.
     *
     * @param newData the guest's memory, at least {@code newLength} bytes of it; null when that is 0
     */
    void begin(byte[] from, int at, int newCdbLength, Direction newDirection, GuestBuffer newData, int newLength) {
        Arrays.fill(cdb, (byte) 0);
        System.arraycopy(from, at, cdb, 0, newCdbLength);
        cdbLength = newCdbLength;
        direction = newDirection;
        data = newData;
        length = newDirection == Direction.NONE ? 0 : newLength;
        srbStatus = SrbStatus.SUCCESS;
        scsiStatus = GOOD;
        transferred = 0;
        senseValid = false;
        work = NOTHING;
        after = NOTHING;
        placed = false;
    }

    // ---- work for the host --------------------------------------------------------------------------------------------

    /**
     * Leaves work to be done with the disk. It may end the command with sense data, and has {@link #buffer} for data.
     *
     * @param then on the machine's thread, when the work is done: whether it went well the command knows
     */
    void leave(Runnable workToDo, Runnable then) {
        work = workToDo;
        after = then;
    }

    /** Work of which nothing more is to be told than how it ended. */
    void leave(Runnable workToDo) {
        leave(workToDo, NOTHING);
    }

    /** Whether there is work left. */
    boolean left() {
        return work != NOTHING;
    }

    /** Does the work that was left, if any. */
    void carryOut() {
        work.run();
    }

    /** On the machine's thread, after that: the guest gets its data. */
    void finish() {
        after.run();
        work = NOTHING;
        after = NOTHING;
        if (lender != null) {
            lender.give(buffer);
            buffer = NO_BYTES;
        }
    }

    /**
     * Says where it has {@link #buffer} from; one that is given up does not give it back, for who carries it out may be at it still.
     *
     * @param now it is carried out on the machine's thread, and may touch the guest's memory then
     */
    void borrow(TransferBuffers from, boolean now) {
        lender = from;
        immediate = now;
    }

    /** Where a part of the guest's memory is, which is about to be written over; null where that cannot be said or must not be done. */
    ScatterList pieces(int offset, int bytes) {
        if (!immediate) {
            return null;
        }
        ScatterList pieces = lender.pieces();
        return data.scatter(offset, bytes, pieces) ? pieces : null;
    }

    /** The guest has its data already. */
    void placed() {
        placed = true;
    }

    /** Whether the guest has its data already. */
    boolean isPlaced() {
        return placed;
    }

    /** Memory of the host for at least so many bytes, the same until the command ends; what is in it at first may be anything. */
    byte[] buffer(int bytes) {
        if (buffer.length < bytes) {
            buffer = lender == null ? new byte[bytes] : lender.take(bytes);
        }
        return buffer;
    }

    /** Whether nothing has gone wrong so far. */
    boolean good() {
        return srbStatus == SrbStatus.SUCCESS;
    }

    int opcode() {
        return cdb[0] & 0xFF;
    }

    byte[] cdb() {
        return cdb;
    }

    /** Whether the CDB is as long as its operation code wants. */
    boolean complete() {
        return cdbLength >= ScsiOpcode.cdbLength(opcode());
    }

    /** Byte of the CDB, unsigned. */
    int field(int at) {
        return cdb[at] & 0xFF;
    }

    boolean bit(int at, int mask) {
        return (cdb[at] & mask) != 0;
    }

    /** The guest's memory; only as much of it may be touched as the room says. */
    GuestBuffer data() {
        return data;
    }

    /** Bytes that the guest takes. */
    int roomIn() {
        return direction == Direction.FROM_DEVICE ? length : 0;
    }

    /** Bytes that the guest gives. */
    int givenOut() {
        return direction == Direction.TO_DEVICE ? length : 0;
    }

    int srbStatus() {
        return srbStatus;
    }

    int scsiStatus() {
        return scsiStatus;
    }

    int transferred() {
        return transferred;
    }

    /** Sense data in fixed format; null when there is none. */
    byte[] sense() {
        return senseValid ? sense : null;
    }

    /** Bytes that crossed. */
    void transferred(int bytes) {
        transferred = bytes;
    }

    /** Ends with CHECK CONDITION. */
    void check(Sense s) {
        s.put(sense);
        checkCondition();
    }

    /** Ends with CHECK CONDITION at a block. */
    void check(Sense s, long lba) {
        s.put(sense, lba);
        checkCondition();
    }

    private void checkCondition() {
        senseValid = true;
        scsiStatus = CHECK_CONDITION;
        srbStatus = SrbStatus.ERROR | SrbStatus.AUTOSENSE_VALID;
        transferred = 0;
    }

    /** Ends with status BUSY: the unit takes no command now (SAM-3 section 5.3.1). */
    void busy() {
        fail(SrbStatus.BUSY);
        scsiStatus = BUSY;
    }

    /** Ends without a word from the unit. */
    void fail(int status) {
        srbStatus = status;
        scsiStatus = GOOD;
        senseValid = false;
        transferred = 0;
    }

    /** Gives the guest as much of an answer as it has room for and allocated in the CDB. */
    void reply(byte[] answer, int answerLength, int allocated) {
        int n = Math.min(Math.min(answerLength, allocated), roomIn());
        if (n > 0 && !data.write(0, answer, 0, n)) {
            fail(SrbStatus.INVALID_REQUEST);
        } else {
            transferred = n;
        }
    }

    /** Takes a parameter list of {@code wanted} bytes; null when it did not come, and the command has ended then. */
    byte[] parameters(int wanted) {
        if (wanted > givenOut()) {
            fail(SrbStatus.DATA_OVERRUN);
            return null;
        }
        byte[] list = new byte[wanted];
        if (wanted > 0 && !data.read(0, list, 0, wanted)) {
            fail(SrbStatus.INVALID_REQUEST);
            return null;
        }
        transferred = wanted;
        return list;
    }
}
