package dev.hv.core.machine.iommu;

import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.MsiPort;

/**
 * The local APICs behind an IOMMU.
 *
 * @param xapic takes messages with destinations of 8 bits, of which 0xFF is everybody
 * @param x2apic takes messages with destinations of 32 bits, of which all ones are everybody
 */
public record LocalApics(InterruptMessageSink xapic, InterruptMessageSink x2apic) {

    /** Where messages go that are not remapped. */
    public MsiPort compatible() {
        return new MsiMessages(xapic);
    }

    /** The way of destinations of 32 bits, or of 8. */
    public InterruptMessageSink of(boolean wide) {
        return wide ? x2apic : xapic;
    }
}
