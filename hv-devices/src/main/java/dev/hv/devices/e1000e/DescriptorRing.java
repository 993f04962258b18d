package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Where a queue's descriptors are in memory, and which of them are the hardware's: from head to tail (datasheet, 7.1.9 and 7.2.3). Positions count units of 16 bytes. */
final class DescriptorRing implements Saveable {

    private static final long BASE_MASK = ~0xFL;
    private static final int LENGTH_BITS = 0xF_FF80;
    private static final int POSITION = 0xFFFF;

    private final String name;
    private long base;
    private int length;
    private int head;
    private int tail;

    DescriptorRing(String name) {
        this.name = name;
    }

    void reset() {
        base = 0;
        length = 0;
        head = 0;
        tail = 0;
    }

    int read(int register) {
        return switch (register) {
            case BASE_LOW -> (int) base;
            case BASE_HIGH -> (int) (base >>> 32);
            case LENGTH -> length;
            case HEAD -> head;
            case TAIL -> tail;
            default -> 0;
        };
    }

    /** Whether it is one of the registers that this has. */
    boolean write(int register, int value) {
        switch (register) {
            case BASE_LOW -> base = base & ~0xFFFF_FFFFL | value & 0xFFFF_FFFFL & BASE_MASK;
            case BASE_HIGH -> base = base & 0xFFFF_FFFFL | (long) value << 32;
            case LENGTH -> length = value & LENGTH_BITS;
            case HEAD -> head = value & POSITION;
            case TAIL -> tail = value & POSITION;
            default -> {
                return false;
            }
        }
        return true;
    }

    int units() {
        return length / DESCRIPTOR;
    }

    /** Units that are the hardware's; none while what the system says makes no sense. */
    int available() {
        int units = units();
        if (head >= units || tail >= units) {
            return 0;
        }
        return tail >= head ? tail - head : units - head + tail;
    }

    /** Where the descriptor is that is so many units from the first of the hardware's. */
    long address(int ahead) {
        return base + (long) DESCRIPTOR * ((head + ahead) % units());
    }

    /** Gives so many units to the system. */
    void advance(int by) {
        head = (head + by) % units();
    }

    @Override
    public void save(StateWriter out) {
        out.begin(name, 1);
        out.put("base", base);
        out.put("length", length);
        out.put("head", head);
        out.put("tail", tail);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin(name, 1);
        base = in.take();
        length = (int) in.take();
        head = (int) in.take();
        tail = (int) in.take();
        in.end();
    }
}
