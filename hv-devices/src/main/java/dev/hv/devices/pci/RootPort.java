package dev.hv.devices.pci;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.chipset.PciFunction;
import java.util.Arrays;

/**
 * A root port of PCI Express (Base 4.0, 7.5.1.3): a type 1 header, and one device on the bus behind it. Memory windows are there, one of 32 bits and a
 * prefetchable one of 64 bits; none for I/O.
 */
public final class RootPort implements PciFunction, PciSlot, Saveable {

    /** An identity without entries in any kernel's list of chipset quirks. */
    private static final int VENDOR = 0x1414;
    private static final int ROOT_PORT = 0x0002;
    private static final int CLASS = 0x060400;
    private static final int HEADER_TYPE = 0x0E;
    private static final int SECONDARY = 0x19;
    private static final int SUBORDINATE = 0x1A;
    private static final int PRIMARY = 0x18;
    private static final int MEMORY_BASE = 0x20;
    private static final int PREFETCHABLE_BASE = 0x24;
    private static final int PREFETCHABLE_UPPER_BASE = 0x28;
    private static final int PREFETCHABLE_UPPER_LIMIT = 0x2C;
    private static final int BRIDGE_CONTROL = 0x3E;
    private static final int SECONDARY_RESET = 1 << 6;
    private static final int MEMORY_ENABLE = 1 << 1;
    private static final int BUS_MASTER = 1 << 2;
    private static final long WINDOW = 1 << 20;
    private static final int STATE_VERSION = 1;
    /** PCI Express capability: registers from its start. */
    private static final int EXPRESS = 0x10;
    private static final int LENGTH = 0x3C;
    private static final int TYPE_ROOT_PORT = 4;

    private final PciConfigSpace config = PciConfigSpace.express(VENDOR, ROOT_PORT, CLASS, 0);
    private final PciSlot place;
    private final long lowWindow;
    private final long highWindow;
    private long nextLow;
    private long nextHigh;
    private final PciFunction[] functions = new PciFunction[8];
    private final Runnable[] moved = new Runnable[8];

    /**
     * A port with its windows of a MiB each.
     *
     * @param place on bus 0
     * @param bus number that firmware gives the bus behind it
     */
    public RootPort(PciSlot place, int bus) {
        this.place = place;
        config.set(HEADER_TYPE, 1, 1);
        config.set(PRIMARY, 1, 0);
        config.set(SECONDARY, 1, bus);
        config.set(SUBORDINATE, 1, bus);
        config.allow(PRIMARY, 3, 0xFF_FFFF);
        lowWindow = place.room(WINDOW, false);
        highWindow = place.room(WINDOW, true);
        nextLow = lowWindow;
        nextHigh = highWindow;
        config.set(MEMORY_BASE, 2, (int) (lowWindow >> 16));
        config.set(MEMORY_BASE + 2, 2, (int) (lowWindow >> 16));
        config.allow(MEMORY_BASE, 4, 0xFFF0_FFF0);
        config.set(PREFETCHABLE_BASE, 4, ((int) (highWindow >> 16) & 0xFFF0 | 1) * 0x1_0001);
        config.allow(PREFETCHABLE_BASE, 4, 0xFFF0_FFF0);
        config.set(PREFETCHABLE_UPPER_BASE, 4, (int) (highWindow >> 32));
        config.set(PREFETCHABLE_UPPER_LIMIT, 4, (int) (highWindow >> 32));
        config.allow(PREFETCHABLE_UPPER_BASE, 4, -1);
        config.allow(PREFETCHABLE_UPPER_LIMIT, 4, -1);
        config.allow(BRIDGE_CONTROL, 2, 0x0043);
        config.set(PciConfigSpace.COMMAND, 2, MEMORY_ENABLE | BUS_MASTER);
        int express = config.capability(EXPRESS, LENGTH);
        ExpressCapability.fill(config, express, TYPE_ROOT_PORT, place.device());
        config.onWritten(this::changed);
        place.plug(0, this, () -> { });
    }

    private void changed() {
        if ((config.readConfig(BRIDGE_CONTROL, 2) & SECONDARY_RESET) != 0) {
            for (PciFunction f : functions) {
                if (f != null) {
                    f.reset();
                }
            }
        }
        tell();
    }

    private void tell() {
        for (Runnable r : moved) {
            if (r != null) {
                r.run();
            }
        }
    }

    @Override
    public int bus() {
        return config.readConfig(SECONDARY, 1);
    }

    @Override
    public int device() {
        return 0;
    }

    @Override
    public boolean upstream() {
        return config.busMaster() && place.upstream();
    }

    @Override
    public boolean passes(long address) {
        if ((config.readConfig(PciConfigSpace.COMMAND, 2) & MEMORY_ENABLE) == 0) {
            return false;
        }
        long base = (config.readConfig(MEMORY_BASE, 2) & 0xFFF0L) << 16;
        long limit = (config.readConfig(MEMORY_BASE + 2, 2) & 0xFFF0L) << 16 | WINDOW - 1;
        long highBase = (config.readConfig(PREFETCHABLE_BASE, 2) & 0xFFF0L) << 16 | (long) config.readConfig(PREFETCHABLE_UPPER_BASE, 4) << 32;
        long highLimit = (config.readConfig(PREFETCHABLE_BASE + 2, 2) & 0xFFF0L) << 16 | WINDOW - 1 | (long) config.readConfig(PREFETCHABLE_UPPER_LIMIT, 4) << 32;
        return address >= base && address <= limit || address >= highBase && address <= highLimit;
    }

    @Override
    public void plug(int function, PciFunction behind, Runnable toldOf) {
        if (functions[function] != null) {
            throw new IllegalArgumentException("function " + function + " behind the port is taken");
        }
        functions[function] = behind;
        moved[function] = toldOf;
    }

    /** Whether there is a device behind it. */
    public boolean occupied() {
        return functions[0] != null;
    }

    /** The device behind it is no more: its places and addresses are free. */
    public void unplug() {
        Arrays.fill(functions, null);
        Arrays.fill(moved, null);
        nextLow = lowWindow;
        nextHigh = highWindow;
    }

    @Override
    public long room(long size, boolean above) {
        long at = (above ? nextHigh : nextLow) + size - 1 & -size;
        if (at + size > (above ? highWindow : lowWindow) + WINDOW) {
            throw new IllegalStateException("no room for %#x bytes of device memory behind the port".formatted(size));
        }
        if (above) {
            nextHigh = at + size;
        } else {
            nextLow = at + size;
        }
        return at;
    }

    /** The one device behind a port is number 0: pins pass through to the port's own. */
    @Override
    public int interrupt(int pin) {
        return place.interrupt(pin);
    }

    @Override
    public PciFunction behind(int bus, int number) {
        // one link, one device: other device numbers have nobody that answers
        return bus == bus() && number < functions.length ? functions[number] : null;
    }

    @Override
    public int lastRegister() {
        return config.lastRegister();
    }

    @Override
    public int readConfig(int offset, int size) {
        return config.readConfig(offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, int value) {
        config.writeConfig(offset, size, value);
    }

    @Override
    public void reset() {
        config.reset();
        for (PciFunction f : functions) {
            if (f != null) {
                f.reset();
            }
        }
        tell();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("root-port", STATE_VERSION);
        config.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("root-port", STATE_VERSION);
        config.restore(in);
        in.end();
        tell();
    }
}
