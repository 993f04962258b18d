package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.IoPortIntercept;
import dev.hv.core.tlfs.MemoryIntercept;
import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.state.NumericErrorPins;
import dev.hv.cpu.state.PortBus;
import dev.hv.cpu.state.Vector;

/**
 * The address spaces of a virtual processor when the hypervisor carries out an instruction for it: guest-physical memory
 * through the partition's mappings, everything else as intercept messages to the partition's handler. No page is ever
 * accessed directly, so nothing read here outlives a change of the mappings.
 */
public final class GuestBus implements PhysicalBus, PortBus, NumericErrorPins {

    private final VirtualProcessor vp;
    private final SystemMemory memory;
    private final IoPortIntercept portMessage = new IoPortIntercept();
    private final MemoryIntercept memoryMessage = new MemoryIntercept();
    private boolean probing;
    private boolean probeMarks;
    private boolean missed;

    public GuestBus(VirtualProcessor vp, SystemMemory memory) {
        this.vp = vp;
        this.memory = memory;
    }

    /**
     * From now on page tables are only looked at: what has no memory reads as 0, and no device hears of it.
     *
     * @param marking whether accessed and dirty bits are set
     */
    public void probe(boolean marking) {
        probing = true;
        probeMarks = marking;
        missed = false;
    }

    /** Accesses are the guest's again. */
    public void endProbe() {
        probing = false;
    }

    /** Whether the walk since {@link #probe} met an address without memory. */
    public boolean missed() {
        return missed;
    }

    @Override
    public long pageAddress(long physical) {
        return 0;
    }

    @Override
    public int pageRights(long physical) {
        return READ | WRITE;
    }

    @Override
    public long read(long physical, int size) {
        long system = vp.partition().space().translate(physical, HvMapFlags.READABLE);
        if (system >= 0) {
            return memory.read(system, size);
        }
        if (probing) {
            missed = true;
            return 0;
        }
        vp.partition().countMemoryIntercept();
        memoryMessage.set(vp.index(), physical, size, false, -1L >>> 64 - 8 * size);
        InterceptHandler handler = vp.partition().handler();
        if (handler != null) {
            handler.memory(memoryMessage);
        }
        return memoryMessage.data() & -1L >>> 64 - 8 * size;
    }

    /** Reads memory alone, without waking a device: 1 to 8 bytes, zero-extended; -1 where there is none. */
    public long readMemory(long physical, int size) {
        long system = vp.partition().space().translate(physical, HvMapFlags.READABLE);
        return system < 0 ? -1 : memory.read(system, size);
    }

    @Override
    public void write(long physical, int size, long value) {
        if (probing && !probeMarks) {
            return;
        }
        long system = vp.partition().space().translate(physical, HvMapFlags.WRITABLE);
        if (system >= 0) {
            memory.write(system, size, value);
            return;
        }
        if (vp.partition().space().overlays().covers(physical >>> 12)) {
            // TLFS, "Establishing the hypercall interface": the page can be read and executed
            throw vp.registers().fault(Vector.GP, 0);
        }
        vp.partition().countMemoryIntercept();
        memoryMessage.set(vp.index(), physical, size, true, value & -1L >>> 64 - 8 * size);
        InterceptHandler handler = vp.partition().handler();
        if (handler != null) {
            handler.memory(memoryMessage);
        }
    }

    @Override
    public boolean replace(long physical, int size, long expected, long value) {
        if (probing && !probeMarks) {
            return true;
        }
        long system = vp.partition().space().translate(physical, HvMapFlags.WRITABLE);
        if (system >= 0) {
            return memory.compareAndSet(system, size, expected, value);
        }
        write(physical, size, value);
        return true;
    }

    /** Nothing decoded from here is kept. */
    @Override
    public void watchCode(long physical, int lines, CodeWatcher watcher) {}

    @Override
    public boolean raise() {
        InterceptHandler handler = vp.partition().handler();
        return handler != null && handler.legacyFpError(vp.index());
    }

    @Override
    public void lower() {
        InterceptHandler handler = vp.partition().handler();
        if (handler != null) {
            handler.legacyFpErrorCleared(vp.index());
        }
    }

    @Override
    public int in(int port, int size) {
        portMessage.set(vp.index(), port, size, false, -1);
        InterceptHandler handler = vp.partition().handler();
        if (handler != null) {
            handler.ioPort(portMessage);
        }
        return portMessage.data() & -1 >>> 32 - 8 * size;
    }

    @Override
    public void out(int port, int size, int value) {
        portMessage.set(vp.index(), port, size, true, value & -1 >>> 32 - 8 * size);
        InterceptHandler handler = vp.partition().handler();
        if (handler != null) {
            handler.ioPort(portMessage);
        }
    }
}
