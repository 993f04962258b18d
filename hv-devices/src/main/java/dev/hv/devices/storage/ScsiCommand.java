package dev.hv.devices.storage;

import dev.hv.vmbus.GuestBuffer;

/** A SCSI command on its way: CDB, data buffer, and what became of it. */
final class ScsiCommand {

    static final int GOOD = 0;
    static final int CHECK_CONDITION = 2;

    final byte[] cdb = new byte[StorvscFormat.CDB_LIMIT];
    int cdbLength;
    /** Null when the command has no data. */
    GuestBuffer data;
    /** Bytes that the initiator is ready to send or take. */
    long allocation;
    boolean fromDevice;

    int status;
    Sense sense;
    /** Bytes transferred. */
    long transferred;

    /** Makes it ready for execution. */
    void begin() {
        status = GOOD;
        sense = Sense.NONE;
        transferred = 0;
    }

    /** Ends it with CHECK CONDITION. */
    void fail(Sense why) {
        status = CHECK_CONDITION;
        sense = why;
        transferred = 0;
    }

    int u8(int at) {
        return cdb[at] & 0xFF;
    }

    int u16(int at) {
        return u8(at) << 8 | u8(at + 1);
    }

    long u32(int at) {
        return (long) u16(at) << 16 | u16(at + 2);
    }

    long u64(int at) {
        return u32(at) << 32 | u32(at + 4);
    }

    /** Answers with data: as much as the CDB allows and the initiator takes. */
    void reply(byte[] bytes, long cdbAllocation) {
        int n = (int) Math.min(Math.min(bytes.length, cdbAllocation), allocation);
        if (n > 0 && (!fromDevice || data == null || !data.write(0, bytes, 0, n))) {
            fail(Sense.HARDWARE_ERROR);
            return;
        }
        transferred = n;
    }
}
