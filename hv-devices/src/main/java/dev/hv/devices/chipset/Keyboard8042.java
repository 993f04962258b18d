package dev.hv.devices.chipset;

import dev.hv.core.machine.PowerControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * An 8042 keyboard controller with nothing plugged in, at ports 0x60 and 0x64: it passes its self-test, keeps its command byte and
 * resets the machine. Bytes sent to the keyboard are not answered.
 */
public final class Keyboard8042 implements BytePorts, Saveable {

    static final int DATA = 0x60;
    static final int COMMAND = 0x64;

    private static final int OUTPUT_FULL = 1;
    private static final int SYSTEM_FLAG = 1 << 2;
    private static final int COMMAND_LAST = 1 << 3;
    private static final int NOT_LOCKED = 1 << 4;
    private static final int COMMAND_SYSTEM = 1 << 2;
    private static final int OUTPUT_PORT = 0xDF;

    private final PowerControl power;
    /** Byte in the output buffer, or -1. */
    private int output = -1;
    /** Command whose data byte is awaited, or 0. */
    private int awaiting;
    private int commandByte = 0x30;
    private boolean commandLast;

    /** A controller after reset. */
    public Keyboard8042(PowerControl power) {
        this.power = power;
    }

    /** Hardware reset. */
    public void reset() {
        output = -1;
        awaiting = 0;
        commandByte = 0x30;
        commandLast = false;
    }

    @Override
    public int readByte(int port) {
        if (port == COMMAND) {
            return NOT_LOCKED | (output >= 0 ? OUTPUT_FULL : 0) | ((commandByte & COMMAND_SYSTEM) != 0 ? SYSTEM_FLAG : 0)
                    | (commandLast ? COMMAND_LAST : 0);
        }
        int value = Math.max(output, 0);
        output = -1;
        return value;
    }

    @Override
    public void writeByte(int port, int value) {
        commandLast = port == COMMAND;
        if (port == COMMAND) {
            command(value);
            return;
        }
        switch (awaiting) {
            case 0x60 -> commandByte = value;
            case 0xD1 -> resetIfLow(value);
            // Write output buffer: what a keyboard would have sent.
            case 0xD2 -> output = value;
            default -> { }
        }
        awaiting = 0;
    }

    private void command(int value) {
        awaiting = 0;
        switch (value) {
            case 0x20 -> output = commandByte;
            case 0xAA -> {
                commandByte |= COMMAND_SYSTEM;
                output = 0x55;
            }
            // Interface test: the clock line is stuck low when nothing is there.
            case 0xAB -> output = 0x01;
            case 0xAD -> commandByte |= 0x10;
            case 0xAE -> commandByte &= ~0x10;
            case 0xD0 -> output = OUTPUT_PORT;
            case 0x60, 0xD1, 0xD2 -> awaiting = value;
            default -> {
                if (value >= 0xF0) {
                    // Pulse output lines: a zero bit pulses its line, and line 0 is the processor's reset.
                    resetIfLow(value);
                }
            }
        }
    }

    private void resetIfLow(int lines) {
        if ((lines & 1) == 0) {
            power.reset();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("i8042", 1);
        out.put("output", output);
        out.put("awaiting", awaiting);
        out.put("command-byte", commandByte);
        out.put("command-last", commandLast);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("i8042", 1);
        output = (int) in.take();
        awaiting = (int) in.take();
        commandByte = (int) in.take();
        commandLast = in.takeBoolean();
        in.end();
    }
}
