package dev.hv.devices.chipset;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A type 0 configuration space of plain bytes, each with the bits a guest may write (PCI Local Bus 3.0, 6.1). */
public final class PciConfigSpace implements PciFunction, Saveable {

    private static final int COMMAND = 0x04;
    private static final int INTERRUPT_LINE = 0x3C;

    private final byte[] bytes = new byte[256];
    private final byte[] writable = new byte[256];

    /**
     * A function without base address registers.
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
        for (int i = 0; i < size; i++) {
            bytes[offset + i] = (byte) (value >>> (i << 3));
        }
    }

    /** Lets the guest write these bits. */
    public void allow(int offset, int size, int mask) {
        for (int i = 0; i < size; i++) {
            writable[offset + i] = (byte) (mask >>> (i << 3));
        }
    }

    @Override
    public int readConfig(int offset, int size) {
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= (bytes[offset + i] & 0xFF) << (i << 3);
        }
        return value;
    }

    @Override
    public void writeConfig(int offset, int size, int value) {
        for (int i = 0; i < size; i++) {
            int mask = writable[offset + i];
            bytes[offset + i] = (byte) (bytes[offset + i] & ~mask | value >>> (i << 3) & mask);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pci-config", 1);
        out.put(bytes, 0, bytes.length);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pci-config");
        System.arraycopy(in.takeBytes(), 0, bytes, 0, bytes.length);
        in.end();
    }
}
