package dev.hv.cpu.apic;

/** Takes what a local APIC sends: interrupt commands to local APICs, end-of-interrupt broadcasts to I/O APICs. */
public interface ApicBus {

    /**
     * Carries out an interrupt command (SDM vol. 3A, 12.6.1).
     *
     * @param from the sender
     * @param shorthand 0 none, 1 self, 2 all including self, 3 all excluding self
     * @param destination destination field: 8 bits in xAPIC mode (0xFF is broadcast, given as all ones), 32 bits in x2APIC mode
     * @param logical destination mode
     * @param deliveryMode one of {@link DeliveryMode}'s
     * @param vector interrupt vector, or page number of a start-up IPI
     */
    void command(LocalApic from, int shorthand, int destination, boolean logical, int deliveryMode, int vector);

    /** Rings the doorbell of the processor with this APIC ID, if there is one (APM vol. 2, 15.29.8). */
    default void ring(int id) {}

    /** A level-triggered interrupt of this vector has been ended. */
    void endOfInterrupt(int vector);
}
