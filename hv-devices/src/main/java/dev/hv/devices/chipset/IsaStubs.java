package dev.hv.devices.chipset;

import dev.hv.core.machine.IoBus;

/** Ports that software writes for the time it takes: POST codes (0x80) and the I/O delay port (0xED). */
final class IsaStubs implements BytePorts {

    private static final int POST = 0x80;
    private static final int DELAY = 0xED;

    void claim(IoBus bus) {
        bus.claimPorts(POST, 1, this);
        bus.claimPorts(DELAY, 1, this);
    }

    @Override
    public int readByte(int port) {
        return 0xFF;
    }

    @Override
    public void writeByte(int port, int value) {
        // The write itself is all that was wanted.
    }
}
