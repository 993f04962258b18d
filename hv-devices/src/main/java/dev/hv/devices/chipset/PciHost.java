package dev.hv.devices.chipset;

import dev.hv.core.machine.PortHandler;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * PCI: bus 0, and what bridges on it have behind them, behind configuration mechanism 1 (PCI Local Bus 3.0, 3.2.2.3.2): the address register at 0xCF8, the data window at
 * 0xCFC. {@link PciEcam} is its other way in. Byte accesses to 0xCF9 belong to {@link ResetControl}.
 */
public final class PciHost implements PortHandler, Saveable {

    /** Devices the bus has places for; the firmware tables route the interrupts of these. */
    public static final int SLOTS = 16;

    /** Buses that can be reached: numbers 0 … 7. */
    public static final int BUSES = 8;

    /** Where the functions' configuration spaces lie in memory as well, below the interrupt controllers. */
    public static final long ECAM = 0xFE00_0000L;
    /** Bytes of all buses there. */
    public static final long ECAM_LENGTH = BUSES << 20;

    static final int ADDRESS = 0xCF8;
    static final int DATA = 0xCFC;
    private static final int ENABLE = 1 << 31;

    private final PciFunction[] functions = new PciFunction[SLOTS * 8];
    private final ResetControl resetControl;
    private final PciConfigSpace bridge;
    private int address;
    /** Bits of the address register: 1:0 are none (PCI Local Bus 3.0, 3.2.2.3.2). */
    private int writable = 0x80FF_FFFC;

    /** Bus 0 with its host bridge at device 0. */
    public PciHost(ResetControl resetControl) {
        this.resetControl = resetControl;
        // An identity without entries in any kernel's list of chipset quirks.
        bridge = new PciConfigSpace(0x1414, 0x0001, 0x060000, 0);
        add(0, 0, bridge);
    }

    /**
     * Plugs a function in.
     *
     * @throws IllegalArgumentException when the place is taken or does not exist
     */
    public void add(int device, int function, PciFunction config) {
        if (device < 0 || device >= SLOTS || function < 0 || function > 7 || functions[device << 3 | function] != null) {
            throw new IllegalArgumentException("device " + device + " function " + function + " is taken or out of range");
        }
        functions[device << 3 | function] = config;
    }

    /** Takes a function out. */
    public void remove(int device, int function) {
        functions[device << 3 | function] = null;
    }

    /** Has the address register keep bits 1:0, which add to the data window's offset: what QEMU does and guests made for it count on, and no silicon. */
    public void addressBytes() {
        writable |= 3;
    }

    /** Hardware reset, of all functions too. */
    public void reset() {
        address = 0;
        for (PciFunction f : functions) {
            if (f != null) {
                f.reset();
            }
        }
    }

    /** The function addressed, or null. */
    private PciFunction selected() {
        return (address & ENABLE) != 0 ? function(address >> 8 & 0xFFFF) : null;
    }

    /**
     * The function at a place, or null.
     *
     * @param number bus, device and function as in the address register: function in bits 2:0, device in 7:3, bus in 15:8
     */
    public PciFunction function(int number) {
        if (number < functions.length) {
            return functions[number];
        }
        int bus = number >> 8;
        for (int i = 0; bus != 0 && i < functions.length; i++) {
            PciFunction found = functions[i] == null ? null : functions[i].behind(bus, number & 0xFF);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    @Override
    public int readPort(int port, int size) {
        if (port == ResetControl.RESET_CONTROL && size == 1) {
            return resetControl.readByte(port);
        }
        if (port < DATA) {
            return port == ADDRESS && size == 4 ? address : -1;
        }
        var function = selected();
        int within = (port | address) & 3;
        return function == null || within + size > 4 ? -1 : function.readConfig(address & 0xFC | within, size);
    }

    @Override
    public void writePort(int port, int size, int value) {
        if (port == ResetControl.RESET_CONTROL && size == 1) {
            resetControl.writeByte(port, value);
        } else if (port < DATA) {
            if (port == ADDRESS && size == 4) {
                address = value & writable;
            }
        } else {
            var function = selected();
            int within = (port | address) & 3;
            if (function != null && within + size <= 4) {
                function.writeConfig(address & 0xFC | within, size, value);
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pci-host", 1);
        out.put("address", address);
        bridge.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pci-host", 1);
        address = (int) in.take();
        bridge.restore(in);
        in.end();
    }
}
