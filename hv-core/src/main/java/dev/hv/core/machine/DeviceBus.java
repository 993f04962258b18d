package dev.hv.core.machine;

import dev.hv.cpu.state.PortBus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The device side of a bus: who answers at which port and at which physical address. Serves a machine or a partition. */
public final class DeviceBus implements IoBus, PortBus {

    private static final long PAGE_MASK = 0xFFF;

    /** A claim of physical addresses. */
    private record Mmio(MemoryRange range, MmioHandler handler) {}

    /** Handlers by high and low byte of the port number. */
    private final PortHandler[][] ports = new PortHandler[256][];
    private Mmio[] mmio = {};

    @Override
    public void claimPorts(int first, int count, PortHandler handler) {
        if (first < 0 || count <= 0 || first + count > 0x10000) {
            throw new IllegalArgumentException("no ports 0x%x, count %d".formatted(first, count));
        }
        for (int p = first; p < first + count; p++) {
            if (port(p) != null) {
                throw new IllegalArgumentException("port 0x%x is taken".formatted(p));
            }
        }
        for (int p = first; p < first + count; p++) {
            if (ports[p >>> 8] == null) {
                ports[p >>> 8] = new PortHandler[256];
            }
            ports[p >>> 8][p & 0xFF] = handler;
        }
    }

    @Override
    public boolean portsFree(int first, int count) {
        boolean free = first >= 0 && count > 0 && first + count <= 0x10000;
        for (int p = first; free && p < first + count; p++) {
            free = port(p) == null;
        }
        return free;
    }

    @Override
    public void releasePorts(int first, int count) {
        for (int p = first; p < first + count; p++) {
            ports[p >>> 8][p & 0xFF] = null;
        }
    }

    @Override
    public void claimMmio(long base, long length, MmioHandler handler) {
        MemoryRange range = new MemoryRange(base, length);
        if ((base & PAGE_MASK) != 0 || (length & PAGE_MASK) != 0) {
            throw new IllegalArgumentException("device range must be page-aligned: 0x%x, length 0x%x".formatted(base, length));
        }
        List<Mmio> all = new ArrayList<>(List.of(mmio));
        for (Mmio m : all) {
            if (m.range.overlaps(range)) {
                throw new IllegalArgumentException("device range 0x%x, length 0x%x is taken".formatted(base, length));
            }
        }
        all.add(new Mmio(range, handler));
        all.sort(Comparator.comparingLong(m -> m.range.base()));
        mmio = all.toArray(Mmio[]::new);
    }

    @Override
    public boolean mmioFree(long base, long length) {
        if (length <= 0 || (base & PAGE_MASK) != 0 || (length & PAGE_MASK) != 0 || base < 0 || base + length < 0) {
            return false;
        }
        MemoryRange range = new MemoryRange(base, length);
        for (Mmio m : mmio) {
            if (m.range.overlaps(range)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void releaseMmio(long base, long length) {
        List<Mmio> all = new ArrayList<>(List.of(mmio));
        all.removeIf(m -> m.range.base() == base && m.range.length() == length);
        mmio = all.toArray(Mmio[]::new);
    }

    /** Reads 1, 2 or 4 bytes; an access over the ports of several devices is done byte by byte. Ports past 0xFFFF read as ones. */
    @Override
    public int in(int port, int size) {
        PortHandler h = port(port);
        if (size == 1 || single(h, port, size)) {
            return h == null ? -1 >>> 32 - 8 * size : h.readPort(port, size) & -1 >>> 32 - 8 * size;
        }
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= (port + i > 0xFFFF ? 0xFF : in(port + i, 1)) << 8 * i;
        }
        return value;
    }

    @Override
    public void out(int port, int size, int value) {
        PortHandler h = port(port);
        if (size == 1 || single(h, port, size)) {
            if (h != null) {
                h.writePort(port, size, value & -1 >>> 32 - 8 * size);
            }
            return;
        }
        for (int i = 0; i < size && port + i <= 0xFFFF; i++) {
            out(port + i, 1, value >>> 8 * i);
        }
    }

    /** Whether a device answers at an address. */
    public boolean claimed(long physical) {
        return find(physical) != null;
    }

    /** Reads device registers: 1, 2, 4 or 8 bytes, not crossing a page; all ones where nobody answers. */
    public long readMmio(long physical, int size) {
        Mmio m = find(physical);
        long ones = -1L >>> 64 - 8 * size;
        return m == null ? ones : m.handler.readMmio(physical - m.range.base(), size) & ones;
    }

    /** Writes device registers: 1, 2, 4 or 8 bytes, not crossing a page. */
    public void writeMmio(long physical, int size, long value) {
        Mmio m = find(physical);
        if (m != null) {
            m.handler.writeMmio(physical - m.range.base(), size, value & -1L >>> 64 - 8 * size);
        }
    }

    private PortHandler port(int port) {
        PortHandler[] row = ports[port >>> 8 & 0xFF];
        return row == null ? null : row[port & 0xFF];
    }

    private boolean single(PortHandler h, int port, int size) {
        if (port + size > 0x10000) {
            return false;
        }
        for (int i = 1; i < size; i++) {
            if (port(port + i) != h) {
                return false;
            }
        }
        return true;
    }

    private Mmio find(long physical) {
        int low = 0;
        int high = mmio.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            Mmio m = mmio[middle];
            if (physical < m.range.base()) {
                high = middle - 1;
            } else if (physical >= m.range.end()) {
                low = middle + 1;
            } else {
                return m;
            }
        }
        return null;
    }
}
