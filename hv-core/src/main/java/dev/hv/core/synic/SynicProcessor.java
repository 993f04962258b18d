package dev.hv.core.synic;

/** What a synthetic interrupt controller needs of its virtual processor. */
public interface SynicProcessor {

    /** Raises an edge interrupt in the local APIC. */
    void interrupt(int vector);

    /** Sets for which vectors the local APIC ends interrupts by itself: bit v of the four words. */
    void autoEndOfInterrupt(long[] vectors);

    /** Whether a source's interrupt comes to the processor; if not, it is lost unless {@link Synic#raise} is called later. */
    default boolean passes(int sint) {
        return true;
    }
}
