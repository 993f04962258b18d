package dev.hv.vmbus.ring;

import dev.hv.vmbus.memory.GuestBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * One ring, with the host's end under test and a guest's end that does one access of memory at a time. Before every access of the host
 * the guest does any number of its own, chosen by chance: so all interleavings of the two come up. The model ends when everything has
 * been carried, or when neither side has anything to do: then a wake-up was lost.
 */
final class RingModel implements GuestBuffer {

    /** Data of the ring: a few packets fill it. */
    static final int SIZE = 4096;

    /** A guest's end: a state machine that does one access a step. */
    interface Guest {
        /** Does one access; nothing when it waits for a signal. */
        void step();

        /** Whether it waits for a signal, or has done everything. */
        boolean idle();

        /** The host signals. */
        void signalled();
    }

    private final Random random;
    private final byte[] memory = new byte[RingFormat.DATA + SIZE];
    private Guest guest;
    private byte[] held;
    private long heldAt;
    private int heldFor;
    /** A host that forgets its barriers: what it publishes is seen some accesses later. */
    private final boolean late;

    RingModel(Random random, boolean late) {
        this.random = random;
        this.late = late;
        put(RingFormat.FEATURES, 1);
    }

    void guest(Guest newGuest) {
        guest = newGuest;
    }

    Random random() {
        return random;
    }

    // ---- the guest's accesses ---------------------------------------------------------------------------------------------------

    int get(int offset) {
        return ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }

    void put(int offset, int value) {
        ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    }

    void putData(int index, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            memory[RingFormat.DATA + (index + i) % SIZE] = bytes[i];
        }
    }

    byte[] data(int index, int length) {
        byte[] b = new byte[length];
        for (int i = 0; i < length; i++) {
            b[i] = memory[RingFormat.DATA + (index + i) % SIZE];
        }
        return b;
    }

    static int distance(int from, int to) {
        return (to - from + SIZE) % SIZE;
    }

    // ---- the host's accesses ----------------------------------------------------------------------------------------------------

    @Override
    public long length() {
        return memory.length;
    }

    @Override
    public boolean read(long offset, byte[] to, int at, int length) {
        others();
        System.arraycopy(memory, (int) offset, to, at, length);
        return true;
    }

    @Override
    public boolean write(long offset, byte[] from, int at, int length) {
        others();
        if (late && offset < RingFormat.DATA) {
            show();
            held = Arrays.copyOfRange(from, at, at + length);
            heldAt = offset;
            heldFor = 1 + random.nextInt(4);
        } else {
            System.arraycopy(from, at, memory, (int) offset, length);
        }
        return true;
    }

    /** The host has finished: the guest may go on a little before what was held back becomes visible. */
    void settle() {
        run();
        show();
    }

    private void show() {
        if (held != null) {
            System.arraycopy(held, 0, memory, (int) heldAt, held.length);
            held = null;
        }
    }

    private void others() {
        if (held != null && --heldFor == 0) {
            show();
        }
        run();
    }

    private void run() {
        while (random.nextInt(3) != 0) {
            guest.step();
        }
    }
}
