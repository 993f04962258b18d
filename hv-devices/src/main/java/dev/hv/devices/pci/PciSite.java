package dev.hv.devices.pci;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MsiBus;
import dev.hv.devices.chipset.PciFunction;
import dev.hv.devices.chipset.PciHost;
import java.util.function.IntFunction;

/** The machine around its PCI functions: their ways to memory and interrupt controllers, and the address windows that firmware places them in. */
public final class PciSite {

    /** Global interrupts of the pins: those that the firmware's tables name. */
    private static final int FIRST_INTERRUPT = 16;
    private static final int INTERRUPTS = 8;

    private final IoBus bus;
    private final PciHost host;
    private final DmaBus dma;
    private final MsiBus messages;
    private final IntFunction<InterruptLine> lines;
    private final MemoryRange low;
    private final MemoryRange high;
    private long nextLow;
    private long nextHigh;

    /**
     * A site.
     *
     * @param bus where ranges are claimed
     * @param lines interrupt lines by their global numbers
     * @param low window below 4 GiB
     * @param high window above memory
     */
    public PciSite(IoBus bus, PciHost host, DmaBus dma, MsiBus messages, IntFunction<InterruptLine> lines, MemoryRange low, MemoryRange high) {
        this.bus = bus;
        this.host = host;
        this.dma = dma;
        this.messages = messages;
        this.lines = lines;
        this.low = low;
        this.high = high;
        nextLow = low.base();
        nextHigh = high.base();
    }

    IoBus bus() {
        return bus;
    }

    DmaBus dma() {
        return dma;
    }

    MsiBus messages() {
        return messages;
    }

    InterruptLine line(int global) {
        return lines.apply(global);
    }

    /** Room in a window, aligned to its size; the next is behind it. */
    private long room(long size, boolean above) {
        long at = (above ? nextHigh : nextLow) + size - 1 & -size;
        if (at + size > (above ? high : low).end()) {
            throw new IllegalStateException("no room for %#x bytes of device memory".formatted(size));
        }
        if (above) {
            nextHigh = at + size;
        } else {
            nextLow = at + size;
        }
        return at;
    }

    /** A place on bus 0. */
    public PciSlot slot(int device) {
        return new RootSlot(device);
    }

    private final class RootSlot implements PciSlot {
        private final int device;

        RootSlot(int device) {
            this.device = device;
        }

        @Override
        public int bus() {
            return 0;
        }

        @Override
        public int device() {
            return device;
        }

        @Override
        public boolean upstream() {
            return true;
        }

        @Override
        public boolean passes(long address) {
            return true;
        }

        @Override
        public void plug(int function, PciFunction config, Runnable moved) {
            host.add(device, function, config);
        }

        @Override
        public long room(long size, boolean above) {
            return PciSite.this.room(size, above);
        }

        @Override
        public int interrupt(int pin) {
            return FIRST_INTERRUPT + (device + pin - 1) % INTERRUPTS;
        }
    }
}
