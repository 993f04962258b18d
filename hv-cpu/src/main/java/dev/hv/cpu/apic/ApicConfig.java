package dev.hv.cpu.apic;

/**
 * What a local APIC is born with.
 *
 * @param id initial APIC ID; its low 8 bits are the xAPIC ID
 * @param bootstrap whether its processor is the bootstrap processor
 * @param physicalBits MAXPHYADDR, for reserved bits of IA32_APIC_BASE
 * @param x2apic whether x2APIC mode exists
 * @param tscDeadline whether TSC-deadline mode exists
 * @param correctedErrors whether the local vector table has an entry for corrected machine checks (CMCI)
 * @param nanosPerTick period of the timer's undivided clock in nanoseconds (1 is 1 GHz)
 */
public record ApicConfig(int id, boolean bootstrap, int physicalBits, boolean x2apic, boolean tscDeadline, boolean correctedErrors, long nanosPerTick) {

    /** Checks the clock's period. */
    public ApicConfig {
        if (nanosPerTick < 1 || nanosPerTick > 1_000_000) {
            throw new IllegalArgumentException("nanosPerTick " + nanosPerTick + " is not between 1 and 1000000");
        }
    }
}
