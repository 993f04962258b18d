package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.IoApic;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Interrupt pins of PCI on the I/O APIC (PCI Local Bus 3.0, 2.2.6): wires that functions share, high at rest, and low while one of them asks. Systems know from the firmware's tables that PCI's are active low. */
final class PciPins implements Saveable {

    private static final int VERSION = 1;
    private static final int PINS = 24;
    private static final int MOST_FUNCTIONS = Long.SIZE;

    private final IoApic ioApic;
    private final int[] functions = new int[PINS];
    /** Who asks, a bit for each function on the pin. */
    private final long[] asking = new long[PINS];

    PciPins(IoApic ioApic) {
        this.ioApic = ioApic;
    }

    /** Connects another function's pin; its line is high while the function asks. */
    InterruptLine line(int pin) {
        InterruptLine wire = ioApic.pin(pin);
        int number = functions[pin]++;
        if (number >= MOST_FUNCTIONS) {
            throw new IllegalArgumentException("too many functions on interrupt " + pin);
        }
        if (number == 0) {
            wire.set(true);
        }
        long bit = 1L << number;
        return asks -> {
            asking[pin] = asks ? asking[pin] | bit : asking[pin] & ~bit;
            wire.set(asking[pin] == 0);
        };
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pci-pins", VERSION);
        out.put("asking", asking);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pci-pins", VERSION);
        in.take(asking);
        in.end();
    }
}
