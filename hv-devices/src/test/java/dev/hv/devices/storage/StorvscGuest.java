package dev.hv.devices.storage;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.memory.GuestBuffer;
import java.util.Arrays;

/** A guest's storage driver, byte by byte: offsets are written out so that the provider's own constants are not believed. */
final class StorvscGuest {

    static final int WRITE = 0;
    static final int READ = 1;
    static final int NONE = 2;

    /** What came back for a request. */
    record Response(int srbStatus, int scsiStatus, int transferred, int senseLength, byte[] sense, byte[] packet) {

        /** Key, code and qualifier as one number, such as 0x52400; -1 without sense data. */
        int senseCode() {
            return senseLength < 14 ? -1 : (sense[2] & 0xF) << 16 | (sense[12] & 0xFF) << 8 | sense[13] & 0xFF;
        }
    }

    final StorageController controller;
    final FakeChannel channel;
    private long transaction = 100;

    StorvscGuest(StorageController controller) {
        this(controller, new FakeChannel(7, 0));
    }

    private StorvscGuest(StorageController controller, FakeChannel channel) {
        this.controller = controller;
        this.channel = channel;
        controller.offeredOn(channel);
        controller.opened(channel);
    }

    /** A guest whose driver has initialised. */
    static StorvscGuest ready(StorageController controller) {
        return ready(controller, new FakeChannel(7, 0));
    }

    /** The same on a channel that is there. */
    static StorvscGuest ready(StorageController controller, FakeChannel channel) {
        var g = new StorvscGuest(controller, channel);
        g.operation(7, 0);
        g.operation(9, 0x0600);
        g.operation(10, 0);
        g.operation(8, 0);
        return g;
    }

    /** Sends an operation with one u16 and gives the 64 bytes of its completion. */
    byte[] operation(int operation, int argument) {
        byte[] p = new byte[64];
        LittleEndian.put32(p, 0, operation);
        LittleEndian.put32(p, 4, 1);
        LittleEndian.put16(p, 12, argument);
        return exchange(channel, p);
    }

    byte[] exchange(FakeChannel on, byte[] packet, GuestBuffer... buffers) {
        long id = transaction++;
        on.guestSends(id, packet, buffers);
        controller.packetsAvailable(on);
        FakeChannel.Sent last = on.sent.getLast();
        if (!last.completion() || last.transaction() != id) {
            throw new AssertionError("the last packet does not complete transaction " + id);
        }
        return last.bytes();
    }

    /** The status of an operation's completion. */
    static int status(byte[] completion) {
        return LittleEndian.u32(completion, 8);
    }

    static byte[] srb(int target, int lun, int direction, int length, int... cdb) {
        byte[] p = new byte[64];
        LittleEndian.put32(p, 0, 3);
        LittleEndian.put32(p, 4, 1);
        p[12] = 52;
        p[18] = (byte) target;
        p[19] = (byte) lun;
        p[20] = (byte) cdb.length;
        p[21] = 20;
        p[22] = (byte) direction;
        LittleEndian.put32(p, 24, length);
        for (int i = 0; i < cdb.length; i++) {
            p[28 + i] = (byte) cdb[i];
        }
        return p;
    }

    Response execute(byte[] srb, GuestBuffer... buffers) {
        byte[] r = exchange(channel, srb, buffers);
        return new Response(r[14] & 0xFF, r[15] & 0xFF, LittleEndian.u32(r, 24), r[21] & 0xFF, Arrays.copyOfRange(r, 28, 48), r);
    }

    /** A command without data to unit 0:0. */
    Response command(int... cdb) {
        return execute(srb(0, 0, NONE, 0, cdb));
    }

    /** A command that reads {@code length} bytes at most from unit 0:0 into a buffer, of which what came is given. */
    byte[] read(int length, int... cdb) {
        var buffer = new FakeBuffer(length);
        Response r = execute(srb(0, 0, READ, length, cdb), buffer);
        if (r.srbStatus() != 1) {
            throw new AssertionError("request ended with %#x, sense %#x".formatted(r.srbStatus(), r.senseCode()));
        }
        return Arrays.copyOf(buffer.bytes, r.transferred());
    }

    /** A command that writes to unit 0:0. */
    Response write(byte[] data, int... cdb) {
        return execute(srb(0, 0, WRITE, data.length, cdb), new FakeBuffer(data));
    }
}
