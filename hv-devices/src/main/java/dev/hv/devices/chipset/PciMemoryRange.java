package dev.hv.devices.chipset;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;

/** The addresses behind a base address register in memory space: claimed where the register says, unless somebody else is there. */
final class PciMemoryRange implements MmioHandler {

    /** A place that means the range is not decoded. */
    static final long NOWHERE = 0;

    private final int offset;
    private final boolean wide;
    private final long size;
    private final IoBus bus;
    private final MmioHandler handler;
    private long at = NOWHERE;

    /**
     * A range that is not claimed yet.
     *
     * @param offset of the register in configuration space
     * @param wide whether the next register holds the address' upper half
     */
    PciMemoryRange(int offset, boolean wide, long size, IoBus bus, MmioHandler handler) {
        this.offset = offset;
        this.wide = wide;
        this.size = size;
        this.bus = bus;
        this.handler = handler;
    }

    int offset() {
        return offset;
    }

    boolean wide() {
        return wide;
    }

    long size() {
        return size;
    }

    /** Where it is decoded; {@link #NOWHERE} while it is not. */
    long at() {
        return at;
    }

    /** Moves the range. A guest that moves it onto another device loses it until it moves it elsewhere. */
    void place(long base) {
        if (base == at) {
            return;
        }
        if (at != NOWHERE) {
            bus.releaseMmio(at, size);
            at = NOWHERE;
        }
        if (base != NOWHERE && bus.mmioFree(base, size)) {
            bus.claimMmio(base, size, this);
            at = base;
        }
    }

    @Override
    public long readMmio(long within, int accessSize) {
        return handler.readMmio(within, accessSize);
    }

    @Override
    public void writeMmio(long within, int accessSize, long value) {
        handler.writeMmio(within, accessSize, value);
    }
}
