package dev.hv.core.machine;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * An I/O APIC with 24 pins (82093AA data sheet; version 0x11: EOI comes by broadcast). A redirection entry is 64 bits: vector
 * 7:0, delivery mode 10:8, logical 11, delivery status 12, active low 13, remote IRR 14, level 15, mask 16, destination 63:56. Before an IOMMU it
 * sends messages as PCI devices do, and bits 55:48 are there, too: address 19:4 are bits 63:48, address 2 is bit 11 (VT-d specification, 5.1.5.1).
 */
public final class IoApic implements MmioHandler, Saveable {

    /** Where PCs have it. */
    public static final long DEFAULT_BASE = 0xFEC0_0000L;
    /** Number of pins. */
    public static final int PINS = 24;

    private static final int SELECT = 0x00;
    private static final int WINDOW = 0x10;
    private static final int REGISTER_ID = 0;
    private static final int REGISTER_VERSION = 1;
    private static final int REGISTER_ARBITRATION = 2;
    private static final int REGISTER_REDIRECTION = 0x10;
    private static final int VERSION = PINS - 1 << 16 | 0x11;

    private static final long LOGICAL = 1 << 11;
    private static final long ACTIVE_LOW = 1 << 13;
    private static final long REMOTE_IRR = 1 << 14;
    private static final long LEVEL = 1 << 15;
    private static final long MASKED = 1 << 16;
    private static final long WRITABLE = 0xFF00_0000_0001_AFFFL;
    private static final long WRITABLE_IN_MESSAGES = 0x00FF_0000_0000_0000L;
    /** Data of a message: level, asserted. */
    private static final int LEVEL_MESSAGE = 1 << 15 | 1 << 14;

    private final InterruptMessageSink sink;
    private final long[] entries = new long[PINS];
    /** Line levels, a bit a pin. */
    private int lines;
    private int select;
    private int id;
    /** Null when there can be none. */
    private InterruptFaults faults;
    /** Where an IOMMU takes its messages; null without one. */
    private MsiPort port;

    /** An I/O APIC after reset: all pins masked. */
    public IoApic(InterruptMessageSink sink) {
        this.sink = sink;
        reset();
    }

    /** Hardware reset; line levels belong to the devices and stay. */
    public void reset() {
        Arrays.fill(entries, MASKED);
        select = 0;
        id = 0;
        if (faults != null) {
            faults.forgetLate();
        }
    }

    /** What of its interrupts is lost or late, by their pins; null before {@link #beFaulty}. */
    public InterruptFaults faults() {
        return faults;
    }

    /** Lets interrupts be lost or late by a clock. */
    public void beFaulty(Clock clock) {
        faults = new InterruptFaults(clock, "the I/O APIC", (pin, processor, level) -> sendLate(pin));
    }

    /** Sends messages through an IOMMU from now on. Before the machine runs. */
    public void remapped(MsiPort iommu) {
        port = iommu;
    }

    /** The line into a pin. */
    public InterruptLine pin(int number) {
        if (number < 0 || number >= PINS) {
            throw new IllegalArgumentException("pin " + number + " is not between 0 and " + (PINS - 1));
        }
        return high -> setLine(number, high);
    }

    private void setLine(int pin, boolean high) {
        int bit = 1 << pin;
        if ((lines & bit) != 0 == high) {
            return;
        }
        lines ^= bit;
        if (active(pin)) {
            assertPin(pin);
        }
    }

    private boolean active(int pin) {
        return (lines >>> pin & 1) != 0 != ((entries[pin] & ACTIVE_LOW) != 0);
    }

    private static boolean level(long entry) {
        // ExtINT must be programmed as edge; NMI, SMI and INIT are edges whatever the bit says.
        int mode = (int) entry >> 8 & 7;
        return (entry & LEVEL) != 0 && mode <= 1;
    }

    /** The pin has become active, or is found active. */
    private void assertPin(int pin) {
        long e = entries[pin];
        if ((e & MASKED) != 0) {
            return;
        }
        boolean level = level(e);
        if (level && (e & REMOTE_IRR) != 0 || faults != null && !faults.passes(pin, InterruptFaults.ANY, level)) {
            return;
        }
        send(pin, level);
    }

    /** An interrupt that was late is sent, unless its pin is masked by now, or was a level that is gone. */
    private void sendLate(int pin) {
        long e = entries[pin];
        boolean level = level(e);
        if ((e & MASKED) == 0 && (!level || active(pin) && (e & REMOTE_IRR) == 0)) {
            send(pin, level);
        }
    }

    private void send(int pin, boolean level) {
        long e = entries[pin];
        if (level) {
            entries[pin] = e | REMOTE_IRR;
        }
        if (port != null) {
            port.send(MsiMessages.BASE | e >>> 48 << 4 | (e & LOGICAL) >>> 9, (int) e & 0x7FF | (level ? LEVEL_MESSAGE : 0));
            return;
        }
        sink.deliver((int) (e >>> 56), (e & LOGICAL) != 0, (int) e >> 8 & 7, (int) e & 0xFF, level);
    }

    /** EOI broadcast of a local APIC: level pins with this vector may interrupt again, and do so when still active. */
    public void endOfInterrupt(int vector) {
        for (int pin = 0; pin < PINS; pin++) {
            long e = entries[pin];
            if ((e & REMOTE_IRR) != 0 && (e & 0xFF) == vector) {
                entries[pin] = e & ~REMOTE_IRR;
                if (active(pin)) {
                    assertPin(pin);
                }
            }
        }
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    @Override
    public long readMmio(long offset, int size) {
        int register = (int) offset & 0xFF;
        long value = switch (register & ~3) {
            case SELECT -> select;
            case WINDOW -> read(select) & 0xFFFF_FFFFL;
            default -> 0;
        };
        value >>>= (register & 3) << 3;
        return size < 4 ? value & (1L << (size << 3)) - 1 : value;
    }

    @Override
    public void writeMmio(long offset, int size, long value) {
        switch ((int) offset & 0xFF) {
            case SELECT -> select = (int) value & 0xFF;
            case WINDOW -> {
                if (size >= 4) {
                    write(select, (int) value);
                }
            }
            default -> { }
        }
    }

    private int read(int register) {
        if (register >= REGISTER_REDIRECTION && register < REGISTER_REDIRECTION + 2 * PINS) {
            long e = entries[register - REGISTER_REDIRECTION >> 1];
            return (int) ((register & 1) != 0 ? e >>> 32 : e);
        }
        return switch (register) {
            case REGISTER_ID, REGISTER_ARBITRATION -> id << 24;
            case REGISTER_VERSION -> VERSION;
            default -> -1;
        };
    }

    private void write(int register, int value) {
        if (register == REGISTER_ID) {
            id = value >>> 24 & 0xF;
        } else if (register >= REGISTER_REDIRECTION && register < REGISTER_REDIRECTION + 2 * PINS) {
            writeEntry(register - REGISTER_REDIRECTION >> 1, (register & 1) != 0, value);
        }
    }

    private void writeEntry(int pin, boolean high, int value) {
        long old = entries[pin];
        boolean wasActive = active(pin);
        long e = high ? old & 0xFFFF_FFFFL | (long) value << 32 : old & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL;
        e &= port == null ? WRITABLE : WRITABLE | WRITABLE_IN_MESSAGES;
        // Remote IRR is read-only; switching a pin to edge clears it (kernels use that as a directed EOI on this version).
        if (level(e)) {
            e |= old & REMOTE_IRR;
        }
        entries[pin] = e;
        if (!active(pin)) {
            return;
        }
        // A level pin interrupts whenever it is active and unmasked; an edge pin when a change of polarity makes the edge.
        if (level(e) || !wasActive) {
            assertPin(pin);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("ioapic", 2);
        out.put("entries", entries);
        out.put("lines", lines);
        out.put("select", select);
        out.put("id", id);
        out.put("can-be-faulty", faults != null);
        if (faults != null) {
            faults.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("ioapic", 2);
        in.take(entries);
        lines = (int) in.take();
        select = (int) in.take();
        id = (int) in.take();
        if (in.takeBoolean()) {
            faults.restore(in);
        }
        in.end();
    }
}
