package dev.hv.core.machine.vtd;

import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.function.BooleanSupplier;

/**
 * An interrupt of the unit's own, which is not remapped: control, data, address and upper address register (FECTL … FEUADDR, IECTL … IEUADDR; VT-d
 * specification, 11.4.7). A masked one waits.
 */
final class EventMessage implements Saveable {

    static final int MASK = 1 << 31;
    static final int WAITS = 1 << 30;
    private static final int VERSION = 1;
    private static final int LOGICAL = 1 << 2;
    private static final int ADDRESS = 0xFFFF_FFFC;
    private static final int UPPER_DESTINATION = 0xFFFF_FF00;

    private final String name;
    private final LocalApics apics;
    private final BooleanSupplier extended;
    private int control = MASK;
    private int data;
    private int address;
    private int upper;

    /**
     * A message that is masked.
     *
     * @param name of its section
     * @param extended whether destinations have 32 bits
     */
    EventMessage(String name, LocalApics apics, BooleanSupplier extended) {
        this.name = name;
        this.apics = apics;
        this.extended = extended;
    }

    /** The event has come about. */
    void raise() {
        if ((control & MASK) != 0) {
            control |= WAITS;
        } else {
            send();
        }
    }

    /** What it would tell of is settled. */
    void settle() {
        control &= ~WAITS;
    }

    private void send() {
        control &= ~WAITS;
        if (!MsiMessages.isMessage(address & 0xFFFF_FFFFL)) {
            return;
        }
        boolean wide = extended.getAsBoolean();
        int destination = address >>> 12 & 0xFF | (wide ? upper & UPPER_DESTINATION : 0);
        apics.of(wide).deliver(destination, (address & LOGICAL) != 0, data >>> 8 & 7, data & 0xFF, false);
    }

    /** Reads a register by its number among the four. */
    int read(int register) {
        return switch (register) {
            case 0 -> control;
            case 1 -> data;
            case 2 -> address;
            default -> upper;
        };
    }

    /** Writes a register by its number among the four. */
    void write(int register, int value) {
        switch (register) {
            case 0 -> {
                control = control & ~MASK | value & MASK;
                if ((control & (MASK | WAITS)) == WAITS) {
                    send();
                }
            }
            case 1 -> data = value & 0xFFFF;
            case 2 -> address = value & ADDRESS;
            default -> upper = value;
        }
    }

    void reset() {
        control = MASK;
        data = 0;
        address = 0;
        upper = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin(name, VERSION);
        out.put("control", control);
        out.put("data", data);
        out.put("address", address);
        out.put("upper-address", upper);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin(name, VERSION);
        control = (int) in.take();
        data = (int) in.take();
        address = (int) in.take();
        upper = (int) in.take();
        in.end();
    }
}
