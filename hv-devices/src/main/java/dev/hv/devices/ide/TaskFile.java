package dev.hv.devices.ide;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The registers that a command's parameters and results stand in; each holds the last two bytes written, for 48-bit commands. */
final class TaskFile implements Saveable {

    private static final int HIGH_HEAD = AtaFormat.HEAD;

    int features;
    int count;
    int low;
    int mid;
    int high;
    int device;

    private static int push(int before, int value) {
        return (before << 8 | value) & 0xFFFF;
    }

    /** Writes a register of the command block other than data and command. */
    void write(int register, int value) {
        switch (register) {
            case AtaFormat.FEATURES -> features = push(features, value);
            case AtaFormat.COUNT -> count = push(count, value);
            case AtaFormat.LBA_LOW -> low = push(low, value);
            case AtaFormat.LBA_MID -> mid = push(mid, value);
            case AtaFormat.LBA_HIGH -> high = push(high, value);
            default -> device = value;
        }
    }

    /** Reads count and address registers; with {@code previous} what was in them before the last write. */
    int read(int register, boolean previous) {
        int value = switch (register) {
            case AtaFormat.COUNT -> count;
            case AtaFormat.LBA_LOW -> low;
            case AtaFormat.LBA_MID -> mid;
            case AtaFormat.LBA_HIGH -> high;
            default -> device | device << 8;
        };
        return (previous ? value >>> 8 : value) & 0xFF;
    }

    /** The registers after power-on; {@link #signature} follows. */
    void powerOn() {
        features = 0;
    }

    /** What a disk leaves here after a reset. */
    void signature() {
        count = 1;
        low = 1;
        mid = 0;
        high = 0;
        device = 0;
    }

    /** Whether the address is a block number, not cylinder, head and sector. */
    boolean lba() {
        return (device & AtaFormat.DEVICE_LBA) != 0;
    }

    /** Sectors that a command moves: 0 means all that the field can say. */
    int sectors(boolean ext) {
        int n = ext ? count : count & 0xFF;
        return n != 0 ? n : ext ? 1 << 16 : 1 << 8;
    }

    /** The address of 48 bits. */
    long lba48() {
        return low & 0xFF | (mid & 0xFFL) << 8 | (high & 0xFFL) << 16 | (low & 0xFF00L) << 16 | (mid & 0xFF00L) << 24 | (high & 0xFF00L) << 32;
    }

    /** The address of 28 bits. */
    long lba28() {
        return low & 0xFF | (mid & 0xFFL) << 8 | (high & 0xFFL) << 16 | (long) (device & HIGH_HEAD) << 24;
    }

    /** Cylinder of an old address. */
    int cylinder() {
        return mid & 0xFF | (high & 0xFF) << 8;
    }

    /** Sets the address registers to a block number. */
    void setAddress(long lba, boolean ext) {
        low = (int) (lba & 0xFF | (ext ? lba >>> 16 & 0xFF00 : 0));
        mid = (int) (lba >>> 8 & 0xFF | (ext ? lba >>> 24 & 0xFF00 : 0));
        high = (int) (lba >>> 16 & 0xFF | (ext ? lba >>> 32 & 0xFF00 : 0));
        if (!ext) {
            device = device & ~HIGH_HEAD | (int) (lba >>> 24) & HIGH_HEAD;
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("features", features);
        out.put("count", count);
        out.put("low", low);
        out.put("mid", mid);
        out.put("high", high);
        out.put("device", device);
    }

    @Override
    public void restore(StateReader in) {
        features = (int) in.take();
        count = (int) in.take();
        low = (int) in.take();
        mid = (int) in.take();
        high = (int) in.take();
        device = (int) in.take();
    }
}
