package dev.hv.core.machine;

/** Where I/O APICs and devices send interrupt messages: the local APICs of the machine or of the partition. */
@FunctionalInterface
public interface InterruptMessageSink {

    /**
     * Delivers an interrupt message.
     *
     * @param destination APIC ID, or logical destination
     * @param logical destination mode
     * @param deliveryMode 0 fixed, 1 lowest priority, 2 SMI, 4 NMI, 5 INIT, 7 ExtINT
     * @param vector interrupt vector
     * @param level level-triggered: its EOI is broadcast back
     */
    void deliver(int destination, boolean logical, int deliveryMode, int vector, boolean level);
}
