package dev.hv.core.tlfs;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * The intercept message page of a virtual processor, HV_MESSAGE: made with the processor and filled anew for each intercept. What is where is in
 * {@link HvMessage} and {@link HvInterceptMessage}.
 */
public final class InterceptMessage implements Saveable {

    private static final int VERSION = 1;

    private final byte[] bytes = new byte[HvMessage.SIZE];

    /** Begins a message: type, sender, processor and access; the rest is 0. */
    public void begin(int type, int payloadSize, long partition, int vp, int access) {
        Arrays.fill(bytes, (byte) 0);
        put(HvMessage.TYPE, 4, type);
        put(HvMessage.PAYLOAD_SIZE, 1, payloadSize);
        put(HvMessage.SENDER, 8, partition);
        put(HvInterceptMessage.VP_INDEX, 4, vp);
        put(HvInterceptMessage.ACCESS, 1, access);
    }

    /** There is no message. */
    public void clear() {
        put(HvMessage.TYPE, 4, HvMessage.NONE);
    }

    /** Type, of {@link HvMessage}. */
    public int type() {
        return LittleEndian.u32(bytes, HvMessage.TYPE);
    }

    /** Id of the partition whose virtual processor was intercepted. */
    public long partition() {
        return LittleEndian.u64(bytes, HvMessage.SENDER);
    }

    /** Index of the virtual processor. */
    public int vpIndex() {
        return LittleEndian.u32(bytes, HvInterceptMessage.VP_INDEX);
    }

    /** Whether the access was a write. */
    public boolean write() {
        return bytes[HvInterceptMessage.ACCESS] == HvInterceptMessage.WRITE;
    }

    /** A field, zero-extended. */
    public long get(int at, int size) {
        return LittleEndian.get(bytes, at, size);
    }

    /** Sets a field. */
    public void put(int at, int size, long value) {
        LittleEndian.put(bytes, at, size, value);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("intercept-message", VERSION);
        // what an earlier message has left behind is nothing that anybody can see
        out.put("bytes", bytes, 0, type() == HvMessage.NONE ? 0 : bytes.length);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("intercept-message", VERSION);
        byte[] message = in.takeBytes();
        if (message.length != 0 && message.length != bytes.length) {
            throw new StateFormatException("an intercept message of " + message.length + " bytes");
        }
        Arrays.fill(bytes, (byte) 0);
        System.arraycopy(message, 0, bytes, 0, message.length);
        in.end();
    }
}
