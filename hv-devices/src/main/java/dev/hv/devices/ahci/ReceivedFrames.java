package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;
import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;

/** Where the system receives a device's frames (AHCI 1.3.1, 4.2.1): written while that is enabled. */
final class ReceivedFrames {

    private final DmaView memory;
    private long address;
    private boolean enabled;

    ReceivedFrames(DmaView memory) {
        this.memory = memory;
    }

    /** PxFB. */
    long address() {
        return address;
    }

    void address(long value) {
        address = value;
    }

    /** PxCMD.FRE. */
    void enable(boolean on) {
        enabled = on;
    }

    void reset() {
        address = 0;
        enabled = false;
    }

    /**
     * The device's registers.
     *
     * @param task status 7:0 and error 15:8
     * @param rest of the frame, from byte 4 on
     */
    void registers(int task, int flags, byte... rest) {
        frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, flags, task, rest);
    }

    /** What a disk says after a reset. */
    void signature(int task) {
        registers(task, 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 1);
    }

    /**
     * Data of a PIO command are about to come.
     *
     * @param after status behind them
     */
    void pioSetup(int task, byte[] rest, int after) {
        byte[] setup = new byte[16];
        System.arraycopy(rest, 0, setup, 0, rest.length);
        setup[11] = (byte) after;
        LittleEndian.put16(setup, 12, SECTOR);
        frame(PIO_SETUP, RECEIVED_PIO, FIS_INTERRUPT | FIS_TO_HOST, task, setup);
    }

    /** Set Device Bits: queued commands that are done. */
    void bits(int state, int error, int done) {
        byte[] frame = {(byte) SET_BITS, FIS_INTERRUPT, (byte) state, (byte) error, 0, 0, 0, 0};
        LittleEndian.put32(frame, 4, done);
        write(RECEIVED_BITS, frame);
    }

    private void frame(int type, int at, int flags, int task, byte... rest) {
        byte[] frame = new byte[FIS_BYTES];
        frame[0] = (byte) type;
        frame[1] = (byte) flags;
        frame[2] = (byte) task;
        frame[3] = (byte) (task >> 8);
        System.arraycopy(rest, 0, frame, 4, Math.min(rest.length, FIS_BYTES - 4));
        write(at, frame);
    }

    private void write(int at, byte... frame) {
        if (enabled) {
            memory.write(address + at, frame, 0, frame.length);
        }
    }
}
