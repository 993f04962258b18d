package dev.hv.cpu.apic;

/** Stands before a local APIC and may keep interrupts from it, for tests of what a system makes of that. */
@FunctionalInterface
public interface InterruptGate {

    /** Whether an interrupt comes to the APIC; if not, it is lost unless {@link LocalApic#take} is called later. */
    boolean passes(int vector, boolean level);
}
