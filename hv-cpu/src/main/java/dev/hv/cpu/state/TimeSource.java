package dev.hv.cpu.state;

/** Where the processor reads time. Implemented by the machine's one clock. */
public interface TimeSource {

    /** The time-stamp counter of this machine now, before TSC_ADJUST and VMX offsets. */
    long tsc();

    /** Picoseconds that an instruction takes in virtual time; in real time what it would take there. */
    default long picosPerStep() {
        return 10_000;
    }
}
