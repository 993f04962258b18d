package dev.hv.cpu.state;

/** Where the processor reads time. Implemented by the machine's one clock. */
public interface TimeSource {

    /** The time-stamp counter of this machine now, before TSC_ADJUST and VMX offsets. */
    long tsc();
}
