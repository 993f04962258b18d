package dev.hv.devices.chipset;

import dev.hv.core.machine.PortHandler;

/** A device on an 8-bit bus: wider accesses reach it as one access per byte, at consecutive ports, low byte first. */
interface BytePorts extends PortHandler {

    /** Reads the byte at a port. */
    int readByte(int port);

    /** Writes the byte at a port. */
    void writeByte(int port, int value);

    @Override
    default int readPort(int port, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= (readByte(port + i) & 0xFF) << (i << 3);
        }
        return value;
    }

    @Override
    default void writePort(int port, int size, int value) {
        for (int i = 0; i < size; i++) {
            writeByte(port + i, value >>> (i << 3) & 0xFF);
        }
    }
}
