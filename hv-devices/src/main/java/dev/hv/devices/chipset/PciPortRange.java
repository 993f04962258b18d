package dev.hv.devices.chipset;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.PortHandler;

/** The ports behind a base address register: claimed where the register says, unless somebody else is there. */
final class PciPortRange implements PortHandler {

    /** A place that means the range is not decoded. */
    static final int NOWHERE = 0;

    private final int offset;
    private final int size;
    private final IoBus bus;
    private final PortHandler handler;
    private int at = NOWHERE;

    /**
     * A range that is not claimed yet.
     *
     * @param offset of the register in configuration space
     */
    PciPortRange(int offset, int size, IoBus bus, PortHandler handler) {
        this.offset = offset;
        this.size = size;
        this.bus = bus;
        this.handler = handler;
    }

    int offset() {
        return offset;
    }

    int size() {
        return size;
    }

    /** Moves the range. A guest that moves it onto another device loses it until it moves it elsewhere. */
    void place(int first) {
        if (first == at) {
            return;
        }
        if (at != NOWHERE) {
            bus.releasePorts(at, size);
            at = NOWHERE;
        }
        if (first != NOWHERE && bus.portsFree(first, size)) {
            bus.claimPorts(first, size, this);
            at = first;
        }
    }

    @Override
    public int readPort(int port, int accessSize) {
        return handler.readPort(port - at, accessSize);
    }

    @Override
    public void writePort(int port, int accessSize, int value) {
        handler.writePort(port - at, accessSize, value);
    }
}
