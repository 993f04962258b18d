package dev.hv.core.synic;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** An overlay page in an array, which knows where it was put. */
final class TestPage implements OverlayPage {

    final byte[] bytes = new byte[4096];
    long at = -1;
    boolean refuses;
    /** Run after each bit that is set: what a guest does on another processor at that time. */
    Runnable onSetBit = () -> {};

    @Override
    public boolean place(long gpn) {
        if (refuses) {
            return false;
        }
        at = gpn;
        return true;
    }

    @Override
    public void remove() {
        at = -1;
    }

    @Override
    public long read(int offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | bytes[offset + i] & 0xFF;
        }
        return value;
    }

    @Override
    public void write(int offset, int size, long value) {
        LittleEndian.put(bytes, offset, size, value);
    }

    @Override
    public boolean setBit(int bit) {
        boolean clear = (bytes[bit / 8] >>> bit % 8 & 1) == 0;
        bytes[bit / 8] |= (byte) (1 << bit % 8);
        onSetBit.run();
        return clear;
    }

    @Override
    public boolean clearBit(int bit) {
        boolean set = (bytes[bit / 8] >>> bit % 8 & 1) != 0;
        bytes[bit / 8] &= (byte) ~(1 << bit % 8);
        return set;
    }

    @Override
    public void clear() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public void save(StateWriter out) {
        out.put(at);
    }

    @Override
    public void restore(StateReader in) {
        at = in.take();
    }
}
