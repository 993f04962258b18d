package dev.hv.cpu.state;

/** The local interrupt controller as the processor core sees it. */
public interface LocalInterrupts {

    /** Highest pending interrupt above the processor priority, or -1. */
    int pending();

    /** Whether an external (8259) interrupt is requested through LINT0 in ExtINT mode or through virtual-wire pass-through. */
    boolean externalPending();

    /** Acknowledges what {@link #pending} (first) or {@link #externalPending} announced; returns the vector. */
    int acknowledge();

    /** Ends the highest interrupt in service, as a write to the EOI register does. */
    void endOfInterrupt();

    /** CR8: bits 7:4 of the task priority. */
    int cr8();

    /** Writes CR8. */
    void setCr8(int value);

    /** IA32_APIC_BASE. */
    long apicBase();

    /** Writes IA32_APIC_BASE; false asks for #GP. */
    boolean setApicBase(long value);

    /** Whether the xAPIC register page is enabled (APIC globally enabled and not in x2APIC mode). */
    boolean mmioEnabled();

    /** Reads a register in the xAPIC page. */
    long readMmio(int offset, int size);

    /** Writes a register in the xAPIC page. */
    void writeMmio(int offset, int size, long value);

    /** Whether this x2APIC MSR (0x800 … 0x8FF) can be read now; false asks for #GP. */
    boolean canReadMsr(int msr);

    /** Reads an x2APIC MSR. */
    long readMsr(int msr);

    /** Writes an x2APIC MSR; false asks for #GP. */
    boolean writeMsr(int msr, long value);

    /** IA32_TSC_DEADLINE. */
    long tscDeadline();

    /** Writes IA32_TSC_DEADLINE. */
    void setTscDeadline(long value);

    /** Rings the doorbell of the processor with this APIC ID, if there is one ({@link Virtualization#doorbell}). */
    default void ring(int id) {}

    /**
     * A performance counter has overflowed: raises what the local vector table says for it.
     *
     * @param mask masks that entry, as Intel's processors do (SDM vol. 3A, 12.5.1)
     */
    default void performanceInterrupt(boolean mask) {}

    /** Corrected machine checks have come to their threshold: raises what the local vector table says for them, where it has an entry (SDM vol. 3B, 16.5). */
    default void correctedErrors() {}

    /** Software moved the time-stamp counter: the deadline comes at another time now. */
    void tscChanged();

    /** The processor takes an INIT: all registers but the APIC ID and IA32_APIC_BASE go back to their values after reset. */
    void initReset();
}
