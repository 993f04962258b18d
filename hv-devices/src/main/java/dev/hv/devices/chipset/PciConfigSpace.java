package dev.hv.devices.chipset;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.PortHandler;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** A type 0 configuration space of plain bytes, each with the bits a guest may write (PCI Local Bus 3.0, 6.1). */
public final class PciConfigSpace implements PciFunction, Saveable {

    private static final int COMMAND = 0x04;
    private static final int IO_ENABLE = 1;
    private static final int BUS_MASTER_ENABLE = 1 << 2;
    private static final int FIRST_BAR = 0x10;
    private static final int INTERRUPT_LINE = 0x3C;

    private final byte[] bytes = new byte[256];
    /** What hardware and firmware set: where a reset leads back to. */
    private final byte[] initial = new byte[256];
    private final byte[] writable = new byte[256];
    private final List<PciPortRange> portRanges = new ArrayList<>();
    private Runnable mastering = () -> { };

    /**
     * A function without base address registers yet.
     *
     * @param classCode base class, subclass and interface, 24 bits
     */
    public PciConfigSpace(int vendor, int device, int classCode, int revision) {
        set(0x00, 2, vendor);
        set(0x02, 2, device);
        set(0x08, 4, classCode << 8 | revision);
        allow(COMMAND, 2, 0x0547);
        allow(INTERRUPT_LINE, 1, 0xFF);
    }

    /** Sets a value as hardware does, whatever a guest may write. */
    public void set(int offset, int size, int value) {
        LittleEndian.put(bytes, offset, size, value);
        LittleEndian.put(initial, offset, size, value);
    }

    /** Hardware reset, and what firmware does after it: what the guest wrote is forgotten. */
    @Override
    public void reset() {
        System.arraycopy(initial, 0, bytes, 0, bytes.length);
        place();
    }

    /** Lets the guest write these bits. */
    public void allow(int offset, int size, int mask) {
        LittleEndian.put(writable, offset, size, mask);
    }

    /**
     * Gives the function a base address register in I/O space.
     *
     * @param bar 0 … 5
     * @param first where firmware puts it
     * @param size a power of two, from 4 ports on
     * @param handler gets offsets in the range instead of port numbers
     */
    public void ports(int bar, int first, int size, IoBus bus, PortHandler handler) {
        int offset = FIRST_BAR + 4 * bar;
        set(offset, 4, first | 1);
        allow(offset, 4, -size & 0xFFFF);
        set(COMMAND, 2, readConfig(COMMAND, 2) | IO_ENABLE);
        portRanges.add(new PciPortRange(offset, size, bus, handler));
        place();
    }

    /** Whether the function may access memory by itself (PCI Local Bus 3.0, 6.2.2: bus master enable). */
    public boolean busMaster() {
        return (bytes[COMMAND] & BUS_MASTER_ENABLE) != 0;
    }

    /** Has an action run when the guest lets the function access memory: what waited for that can go on. */
    public void onBusMaster(Runnable action) {
        mastering = action;
    }

    /** Moves the ranges to where the registers say. */
    private void place() {
        boolean enabled = (bytes[COMMAND] & IO_ENABLE) != 0;
        for (PciPortRange r : portRanges) {
            r.place(enabled ? readConfig(r.offset(), 4) & -r.size() : PciPortRange.NOWHERE);
        }
    }

    @Override
    public int readConfig(int offset, int size) {
        return (int) LittleEndian.get(bytes, offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, int value) {
        boolean before = busMaster();
        for (int i = 0; i < size; i++) {
            int mask = writable[offset + i];
            bytes[offset + i] = (byte) (bytes[offset + i] & ~mask | value >>> (i << 3) & mask);
        }
        place();
        if (busMaster() && !before) {
            mastering.run();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pci-config", 1);
        out.put("bytes", bytes, 0, bytes.length);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pci-config", 1);
        System.arraycopy(in.takeBytes(), 0, bytes, 0, bytes.length);
        in.end();
        place();
    }
}
