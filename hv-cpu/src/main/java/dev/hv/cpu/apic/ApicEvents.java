package dev.hv.cpu.apic;

/** What a local APIC tells its processor. Called on the thread that drives the APIC. */
public interface ApicEvents {

    /** {@link LocalApic#pending} or {@link LocalApic#externalPending} has a new answer. */
    void interruptsChanged();

    /** A non-maskable interrupt arrived. */
    void nmi();

    /** An INIT arrived. Whoever takes it calls {@link LocalApic#initReset}. */
    void init();

    /** Another processor rings the doorbell. */
    default void doorbell() {}

    /** A start-up IPI arrived: start at {@code vector << 12} if waiting for it. */
    void startup(int vector);
}
