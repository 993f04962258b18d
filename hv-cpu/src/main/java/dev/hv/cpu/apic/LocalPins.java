package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicRegister.LVT_LINT0;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * LINT0 and LINT1 of a local APIC (SDM vol. 3A, 12.5.1): what their levels and edges raise, as the local vector table says. While the
 * APIC is disabled they are the processor's INTR and NMI pins.
 */
final class LocalPins {

    private static final int NMI_PIN = 1;

    private final LocalApic apic;
    private final ApicEvents events;
    /** Their levels belong to whoever drives them: no reset changes them. */
    private final boolean[] high = new boolean[2];

    LocalPins(LocalApic apic, ApicEvents events) {
        this.apic = apic;
        this.events = events;
    }

    /** Drives a pin; false when it had that level already. */
    boolean set(int pin, boolean level) {
        if (high[pin] == level) {
            return false;
        }
        high[pin] = level;
        changed(pin, true);
        return true;
    }

    /** Whether LINT0 asks for an interrupt of the legacy controller. */
    boolean external() {
        LocalVectorTable lvt = apic.lvt();
        return high[0] && (!apic.enabled() || !lvt.masked(LVT_LINT0) && lvt.mode(LVT_LINT0) == DeliveryMode.EXT_INT);
    }

    /** An interrupt ended: a pin that raised it and is still active raises it again. */
    void ended(int vector) {
        LocalVectorTable lvt = apic.lvt();
        for (int pin = 0; pin < 2; pin++) {
            int register = LVT_LINT0 + pin;
            if (lvt.remoteIrr(register) && lvt.vector(register) == vector) {
                lvt.setRemoteIrr(register, false);
                changed(pin, false);
            }
        }
    }

    /**
     * Looks at a pin again.
     *
     * @param edge its level has just changed
     */
    void changed(int pin, boolean edge) {
        int register = LVT_LINT0 + pin;
        LocalVectorTable lvt = apic.lvt();
        if (!apic.enabled()) {
            if (pin == NMI_PIN && edge && high[NMI_PIN]) {
                events.nmi();
            }
            return;
        }
        if (!lvt.active(register, high[pin])) {
            return;
        }
        if (lvt.level(register)) {
            if (!lvt.masked(register) && !lvt.remoteIrr(register)) {
                lvt.setRemoteIrr(register, true);
                apic.raise(register);
            }
        } else if (edge) {
            apic.raise(register);
        }
    }

    void save(StateWriter out) {
        out.put("high", high[0]);
        out.put("high", high[1]);
    }

    void restore(StateReader in) {
        high[0] = in.takeBoolean();
        high[1] = in.takeBoolean();
    }
}
