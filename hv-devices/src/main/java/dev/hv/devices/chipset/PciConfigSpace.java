package dev.hv.devices.chipset;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.PortHandler;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * A configuration space of plain bytes, each with the bits a guest may write (PCI Local Bus 3.0, 6.1; of 4096 bytes: PCI Express Base 4.0, 7.2), with
 * the ports and addresses that its base address registers claim, and a list of capabilities.
 */
public final class PciConfigSpace implements PciFunction, Saveable {

    /** Command register, and its bits. */
    public static final int COMMAND = 0x04;
    private static final int IO_ENABLE = 1;
    private static final int MEMORY_ENABLE = 1 << 1;
    private static final int BUS_MASTER_ENABLE = 1 << 2;
    private static final int STATUS = 0x06;
    private static final int HAS_CAPABILITIES = 1 << 4;
    private static final int HEADER_TYPE = 0x0E;
    private static final int FIRST_BAR = 0x10;
    private static final int WIDE_MEMORY = 1 << 2;
    private static final int PREFETCHABLE = 1 << 3;
    private static final int ROM = 0x30;
    private static final int ROM_OF_BRIDGE = 0x38;
    private static final int ROM_ENABLE = 1;
    private static final int CAPABILITIES = 0x34;
    private static final int FIRST_CAPABILITY = 0x40;
    private static final int INTERRUPT_LINE = 0x3C;
    private static final int PAGE = 0x1000;

    private final byte[] bytes;
    /** What hardware and firmware set: where a reset leads back to. */
    private final byte[] initial;
    private final byte[] writable;
    private final List<PciPortRange> portRanges = new ArrayList<>();
    private final List<PciMemoryRange> memoryRanges = new ArrayList<>();
    private Runnable mastering = () -> { };
    private Runnable written = () -> { };
    /** Whether what is in front of the function lets accesses to an address through. */
    private LongPredicate passes = address -> true;
    private int nextCapability = FIRST_CAPABILITY;
    private int lastCapability;

    /**
     * A conventional function without base address registers yet.
     *
     * @param classCode base class, subclass and interface, 24 bits
     */
    public PciConfigSpace(int vendor, int device, int classCode, int revision) {
        this(256, vendor, device, classCode, revision);
    }

    private PciConfigSpace(int size, int vendor, int device, int classCode, int revision) {
        bytes = new byte[size];
        initial = new byte[size];
        writable = new byte[size];
        set(0x00, 2, vendor);
        set(0x02, 2, device);
        set(0x08, 4, classCode << 8 | revision);
        allow(COMMAND, 2, 0x0547);
        allow(INTERRUPT_LINE, 1, 0xFF);
    }

    /** A function of PCI Express, with an extended configuration space that is empty. */
    public static PciConfigSpace express(int vendor, int device, int classCode, int revision) {
        return new PciConfigSpace(PAGE, vendor, device, classCode, revision);
    }

    /** Sets a value as hardware does, whatever a guest may write. */
    public void set(int offset, int size, int value) {
        LittleEndian.put(bytes, offset, size, value);
        LittleEndian.put(initial, offset, size, value);
    }

    /** Sets a value that follows from what happens, and that a reset takes back. */
    public void change(int offset, int size, int value) {
        LittleEndian.put(bytes, offset, size, value);
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

    /**
     * Gives the function a base address register in memory space.
     *
     * @param bar 0 … 5; a wide one takes two
     * @param wide whether it takes addresses of 64 bits
     * @param prefetchable whether reads have no side effects
     * @param size a power of two, whole pages
     * @param handler gets offsets in the range
     */
    public void memory(int bar, boolean wide, boolean prefetchable, long size, IoBus bus, MmioHandler handler) {
        checkSize(size);
        int offset = FIRST_BAR + 4 * bar;
        set(offset, 4, (wide ? WIDE_MEMORY : 0) | (prefetchable ? PREFETCHABLE : 0));
        allow(offset, 4, (int) -size);
        if (wide) {
            allow(offset + 4, 4, (int) (-size >> 32));
        }
        memoryRanges.add(new PciMemoryRange(offset, wide, size, bus, handler));
    }

    /** Gives the function an expansion ROM (PCI Local Bus 3.0, 6.2.5.2); its size is the image's, which is a power of two and whole pages. */
    public void rom(byte[] image, IoBus bus) {
        checkSize(image.length);
        int offset = bridge() ? ROM_OF_BRIDGE : ROM;
        allow(offset, 4, -image.length | ROM_ENABLE);
        memoryRanges.add(new PciMemoryRange(offset, false, image.length, bus, new MmioHandler() {
            @Override
            public long readMmio(long at, int size) {
                return at + size <= image.length ? LittleEndian.get(image, (int) at, size) : -1;
            }

            @Override
            public void writeMmio(long at, int size, long value) {}
        }));
    }

    private static void checkSize(long size) {
        if (size < PAGE || Long.bitCount(size) != 1) {
            throw new IllegalArgumentException("a base address register for %#x bytes".formatted(size));
        }
    }

    private boolean bridge() {
        return (bytes[HEADER_TYPE] & 0x7F) == 1;
    }

    /**
     * Puts the range of a memory register where firmware has room for it.
     *
     * @param base a multiple of its size
     */
    public void put(int bar, long base) {
        int offset = FIRST_BAR + 4 * bar;
        set(offset, 4, (int) base | readConfig(offset, 4) & 0xF);
        if ((readConfig(offset, 4) & WIDE_MEMORY) != 0) {
            set(offset + 4, 4, (int) (base >>> 32));
        }
        set(COMMAND, 2, readConfig(COMMAND, 2) | MEMORY_ENABLE);
        place();
    }

    /**
     * Adds a capability to the list (PCI Local Bus 3.0, 6.7).
     *
     * @param length bytes, the two of identity and link included
     * @return where it is
     */
    public int capability(int id, int length) {
        int at = nextCapability;
        set(at, 1, id);
        set(lastCapability == 0 ? CAPABILITIES : lastCapability + 1, 1, at);
        set(STATUS, 2, readConfig(STATUS, 2) | HAS_CAPABILITIES);
        lastCapability = at;
        nextCapability = at + length + 3 & ~3;
        return at;
    }

    /** What a base address register reads as when all ones were written to it; 0 when it has none. */
    public int probe(int bar) {
        int offset = FIRST_BAR + 4 * bar;
        int mask = (int) LittleEndian.get(writable, offset, 4);
        return mask == 0 ? 0 : mask | readConfig(offset, 4) & ~mask;
    }

    /** Where the range of a memory register is decoded; 0 while it is not. */
    public long where(int bar) {
        return memoryRanges.stream().filter(r -> r.offset() == FIRST_BAR + 4 * bar).mapToLong(PciMemoryRange::at).findFirst().orElse(0);
    }

    /** Whether the function may access memory by itself (PCI Local Bus 3.0, 6.2.2: bus master enable). */
    public boolean busMaster() {
        return (bytes[COMMAND] & BUS_MASTER_ENABLE) != 0;
    }

    /** Has an action run when the guest lets the function access memory: what waited for that can go on. */
    public void onBusMaster(Runnable action) {
        mastering = action;
    }

    /** Has an action run after each write of the guest's. */
    public void onWritten(Runnable action) {
        written = action;
    }

    /** Says which addresses what is in front of the function lets through; {@link #place} follows when that changes. */
    public void behind(LongPredicate bridge) {
        passes = bridge;
        place();
    }

    /** Moves the ranges to where the registers say. */
    public void place() {
        boolean enabled = (bytes[COMMAND] & IO_ENABLE) != 0;
        for (PciPortRange r : portRanges) {
            r.place(enabled ? readConfig(r.offset(), 4) & -r.size() : PciPortRange.NOWHERE);
        }
        boolean decoded = (bytes[COMMAND] & MEMORY_ENABLE) != 0;
        for (PciMemoryRange r : memoryRanges) {
            r.place(decoded ? base(r) : PciMemoryRange.NOWHERE);
        }
    }

    private long base(PciMemoryRange r) {
        int low = readConfig(r.offset(), 4);
        boolean rom = r.offset() == ROM || r.offset() == ROM_OF_BRIDGE;
        if (rom && (low & ROM_ENABLE) == 0) {
            return PciMemoryRange.NOWHERE;
        }
        long base = (low & 0xFFFF_FFFFL | (r.wide() ? (long) readConfig(r.offset() + 4, 4) << 32 : 0)) & -r.size();
        return base > 0 && passes.test(base) ? base : PciMemoryRange.NOWHERE;
    }

    @Override
    public int lastRegister() {
        return bytes.length - 1;
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
        written.run();
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
