package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.LocalApics;

/** The unit's own interrupt: by the register for x2APIC systems (XT IOMMU General Interrupt Control), else by the message that its PCI function holds. It is not remapped. */
final class OwnInterrupt {

    private static final int LOGICAL = 1 << 2;

    private final LocalApics apics;
    private Runnable message = () -> { };

    OwnInterrupt(LocalApics apics) {
        this.apics = apics;
    }

    /** Has the PCI function send its message. */
    void message(Runnable sends) {
        message = sends;
    }

    /**
     * Interrupts.
     *
     * @param wide whether the register says where: logical destination 2, destination 31:8 and 63:56, vector 39:32, delivery mode 40 (lowest priority)
     */
    void raise(boolean wide, long register) {
        if (wide) {
            int destination = (int) (register >>> 8) & 0xFF_FFFF | (int) (register >>> 56) << 24;
            apics.x2apic().deliver(destination, (register & LOGICAL) != 0, (int) (register >>> 40) & 1, (int) (register >>> 32) & 0xFF, false);
        } else {
            message.run();
        }
    }
}
