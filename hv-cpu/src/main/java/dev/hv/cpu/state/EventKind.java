package dev.hv.cpu.state;

/** What an event that goes through the IDT is (SDM vol. 3A, 7.3 and 7.4; APM vol. 2, 8.1). */
public enum EventKind {
    /** Maskable interrupt from outside. */
    EXTERNAL_INTERRUPT,
    /** Non-maskable interrupt. */
    NMI,
    /** Exception found by the processor. */
    EXCEPTION,
    /** INT n. */
    SOFTWARE_INTERRUPT,
    /** INT1. */
    PRIVILEGED_SOFTWARE_EXCEPTION,
    /** INT3 and INTO. */
    SOFTWARE_EXCEPTION;

    /** Whether an instruction asked for it: its handler returns behind that. */
    public boolean byInstruction() {
        return this == SOFTWARE_INTERRUPT || this == PRIVILEGED_SOFTWARE_EXCEPTION || this == SOFTWARE_EXCEPTION;
    }

    /** Whether the gate's privilege is checked, and error codes of faults on the way have EXT clear. */
    public boolean checksGate() {
        return this == SOFTWARE_INTERRUPT || this == SOFTWARE_EXCEPTION;
    }
}
