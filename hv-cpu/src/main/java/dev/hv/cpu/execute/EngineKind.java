package dev.hv.cpu.execute;

/** How a processor's code is executed. Results are equal, to the instruction. */
public enum EngineKind {
    /** Operations one by one. */
    INTERPRETER,
    /** Hot blocks become classes of the JVM. */
    COMPILED,
    /** Warm blocks become machine code of the host; where the host allows none, as {@link #COMPILED}. */
    MACHINE_CODE
}
