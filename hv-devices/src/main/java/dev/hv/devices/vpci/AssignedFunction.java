package dev.hv.devices.vpci;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.pci.PciEndpoint;

/**
 * A function as the child sees it that has it: base address registers of its own, which lead to where the function is in the machine; the rest of
 * configuration space is the function's. It decodes memory in the machine all the time, and for the child when that says so.
 */
final class AssignedFunction implements Saveable {

    private static final int FIRST_BAR = 0x10;
    private static final int LAST_BAR = 0x27;
    private static final int ROM = 0x30;
    private static final int PIN = 0x3D;
    private static final int MEMORY_ENABLE = 1 << 1;
    private static final int BUS_MASTER = 1 << 2;
    private static final int IO_SPACE = 1;
    private static final int WIDE = 1 << 2;
    private static final int FLAGS = 0xF;
    private static final int PAGE = 0x1000;

    private final PciEndpoint device;
    private final MmioHandler machine;
    private final IoBus child;
    private final FunctionMemory memory;
    private final int[] bars = new int[VpciFormat.BARS];
    /** The child has memory decoding on. */
    private boolean decodes;
    private final Range[] ranges = new Range[VpciFormat.BARS];

    /**
     * A function that nobody has touched.
     *
     * @param machine what is at the machine's physical addresses
     * @param child where its ranges are claimed
     * @param memory maps those of whole pages, so that accesses to them come here no more
     */
    AssignedFunction(PciEndpoint device, MmioHandler machine, IoBus child, FunctionMemory memory) {
        this.device = device;
        this.machine = machine;
        this.child = child;
        this.memory = memory;
    }

    /** A range of the child's that leads to one of the machine's. */
    private final class Range implements MmioHandler {
        private final long base;
        private final long size;
        private final int bar;
        private boolean mapped;

        Range(int bar, long base, long size) {
            this.bar = bar;
            this.base = base;
            this.size = size;
        }

        @Override
        public long readMmio(long offset, int bytes) {
            long where = device.config().where(bar);
            return where == 0 ? -1 : machine.readMmio(where + offset, bytes);
        }

        @Override
        public void writeMmio(long offset, int bytes, long value) {
            long where = device.config().where(bar);
            if (where != 0) {
                machine.writeMmio(where + offset, bytes, value);
            }
        }
    }

    PciEndpoint device() {
        return device;
    }

    /** What base address registers read as when all ones are written. */
    int probed(int bar) {
        return device.config().probe(bar);
    }

    /** As after power-on: nothing of the child's leads here, and it reaches no memory. */
    void reset() {
        java.util.Arrays.fill(bars, 0);
        decodes = false;
        place();
        device.resetFunction();
        decode();
    }

    /** Nothing of the child's leads here any more. */
    void release() {
        decodes = false;
        place();
        device.writeConfig(PciConfigSpace.COMMAND, 2, device.readConfig(PciConfigSpace.COMMAND, 2) & ~BUS_MASTER);
    }

    private void decode() {
        int command = device.readConfig(PciConfigSpace.COMMAND, 2);
        if ((command & MEMORY_ENABLE) == 0) {
            device.writeConfig(PciConfigSpace.COMMAND, 2, command | MEMORY_ENABLE);
        }
    }

    /** Puts ranges where the child's registers say; what somebody else has stays his. */
    private void place() {
        for (int bar = 0; bar < bars.length; bar++) {
            int mask = probed(bar);
            if (mask == 0 || (mask & IO_SPACE) != 0) {
                continue;
            }
            boolean wide = (mask & WIDE) != 0;
            int high = wide && bar + 1 < bars.length ? bars[bar + 1] : 0;
            long base = bars[bar] & ~FLAGS & 0xFFFF_FFFFL | (long) high << 32;
            put(bar, decodes && base > 0 ? base : 0, size(bar));
            if (wide) {
                bar++;
            }
        }
    }

    private long size(int bar) {
        return -(probed(bar) & ~FLAGS) & 0xFFFF_FFFFL;
    }

    private void put(int bar, long base, long size) {
        Range now = ranges[bar];
        if (now != null && now.base != base) {
            if (now.mapped) {
                memory.unmap(now.base, now.size);
            }
            child.releaseMmio(now.base, now.size);
            ranges[bar] = null;
        }
        if (base != 0 && ranges[bar] == null && child.mmioFree(base, size)) {
            ranges[bar] = new Range(bar, base, size);
            child.claimMmio(base, size, ranges[bar]);
            long where = device.config().where(bar);
            ranges[bar].mapped = where != 0 && (base & PAGE - 1) == 0 && (size & PAGE - 1) == 0 && memory.map(base, where, size);
        }
    }

    /** Reads configuration space: 1, 2 or 4 bytes, aligned. */
    int readConfig(int register, int size) {
        byte[] word = new byte[4];
        LittleEndian.put32(word, 0, read(register & ~3));
        return (int) LittleEndian.get(word, register & 3, size);
    }

    private int read(int register) {
        if (register >= FIRST_BAR && register <= LAST_BAR) {
            int bar = register - FIRST_BAR >> 2;
            return bars[bar] | probed(bar) & (isHigh(bar) ? 0 : FLAGS);
        }
        int value = device.readConfig(register, 4);
        return switch (register) {
            case PciConfigSpace.COMMAND -> decodes ? value | MEMORY_ENABLE : value & ~MEMORY_ENABLE;
            // there is no interrupt but by messages
            case PIN & ~3 -> value & ~0xFFFF;
            case ROM -> 0;
            default -> value;
        };
    }

    private boolean isHigh(int bar) {
        return bar > 0 && (probed(bar - 1) & (WIDE | IO_SPACE)) == WIDE && !isHigh(bar - 1);
    }

    /** Writes configuration space: 1, 2 or 4 bytes, aligned. */
    void writeConfig(int register, int size, int value) {
        if (register >= FIRST_BAR && register <= LAST_BAR) {
            int bar = register - FIRST_BAR >> 2;
            byte[] word = new byte[4];
            LittleEndian.put32(word, 0, bars[bar]);
            LittleEndian.put(word, register & 3, size, value);
            int writable = isHigh(bar) ? probed(bar) : probed(bar) & ~FLAGS;
            bars[bar] = LittleEndian.u32(word, 0) & writable;
            place();
            return;
        }
        if (register == PciConfigSpace.COMMAND) {
            decodes = (value & MEMORY_ENABLE) != 0;
            device.writeConfig(register, size, value | MEMORY_ENABLE);
            place();
            return;
        }
        if ((register & ~3) != ROM) {
            device.writeConfig(register, size, value);
            decode();
        }
    }

    @Override
    public void save(StateWriter out) {
        for (int i = 0; i < bars.length; i++) {
            out.put("bar-" + i, bars[i]);
        }
        out.put("decodes", decodes);
        for (int i = 0; i < ranges.length; i++) {
            out.put("range-" + i, ranges[i] == null ? 0 : ranges[i].base);
            out.put("mapped-" + i, ranges[i] != null && ranges[i].mapped);
        }
    }

    /** {@inheritDoc} What is mapped is the partition's state. */
    @Override
    public void restore(StateReader in) {
        for (int i = 0; i < bars.length; i++) {
            bars[i] = (int) in.take();
        }
        decodes = in.takeBoolean();
        for (int i = 0; i < ranges.length; i++) {
            if (ranges[i] != null) {
                child.releaseMmio(ranges[i].base, ranges[i].size);
                ranges[i] = null;
            }
            long base = in.take();
            boolean mapped = in.takeBoolean();
            if (base != 0) {
                ranges[i] = new Range(i, base, size(i));
                ranges[i].mapped = mapped;
            }
        }
        for (Range r : ranges) {
            if (r != null) {
                child.claimMmio(r.base, r.size, r);
            }
        }
    }
}
