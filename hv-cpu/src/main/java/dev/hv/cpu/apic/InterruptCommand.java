package dev.hv.cpu.apic;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The interrupt command register of a local APIC: a write of its low half, or of the whole in x2APIC mode, sends (SDM vol. 3A, 12.6.1). */
final class InterruptCommand {

    private static final long DELIVERY_STATUS = 1 << 12;
    private static final int LOGICAL = 1 << 11;
    private static final int ASSERT = 1 << 14;
    private static final int LEVEL = 1 << 15;
    /** The destination of everybody in xAPIC mode. */
    private static final int ALL_XAPIC = 0xFF;

    private final LocalApic apic;
    private final ApicBus bus;
    private long value;

    InterruptCommand(LocalApic apic, ApicBus bus) {
        this.apic = apic;
        this.bus = bus;
    }

    void reset() {
        value = 0;
    }

    /** The register; in xAPIC mode the destination is in bits 63:56. */
    long value() {
        return value;
    }

    void setHigh(int high) {
        value = value & 0xFFFF_FFFFL | (long) high << 32;
    }

    /** Takes a command and sends it. */
    void send(long command) {
        value = command & ~DELIVERY_STATUS;
        int low = (int) command;
        int mode = low >> 8 & 7;
        int vector = low & 0xFF;
        if (mode == DeliveryMode.INIT && (low & LEVEL) != 0 && (low & ASSERT) == 0) {
            // INIT level de-assert synchronised arbitration IDs on old buses; there is nothing to do.
            return;
        }
        if (mode <= DeliveryMode.LOWEST_PRIORITY && LocalApic.illegal(vector)) {
            apic.errors().add(ErrorStatus.SEND_ILLEGAL_VECTOR);
            return;
        }
        int destination = (int) (command >>> 32);
        if (!apic.x2apicMode()) {
            destination >>>= 24;
            destination = destination == ALL_XAPIC ? -1 : destination;
        }
        bus.command(apic, low >> 18 & 3, destination, (low & LOGICAL) != 0, mode, vector);
    }

    /** SELF IPI. */
    void sendToSelf(int vector) {
        if (LocalApic.illegal(vector)) {
            apic.errors().add(ErrorStatus.SEND_ILLEGAL_VECTOR);
        } else {
            apic.accept(vector, false);
        }
    }

    /** Takes a value without sending it. */
    void restore(long high, long low) {
        value = high << 32 | low & ~DELIVERY_STATUS;
    }

    void save(StateWriter out) {
        out.put("icr", value);
    }

    void restore(StateReader in) {
        value = in.take();
    }
}
