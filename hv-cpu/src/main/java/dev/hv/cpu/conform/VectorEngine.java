package dev.hv.cpu.conform;

/** What executes the instructions of vectors. */
public enum VectorEngine {
    /** The interpreter. */
    INTERPRETER,
    /** The single-stepper, which keeps what it has decoded from vector to vector. */
    SINGLE_STEPPER,
    /** Machine code that finds no translation cached: every access to memory is the interpreter's. */
    MACHINE_CODE,
    /** Machine code that finds all pages cached. */
    MACHINE_CODE_WARM,
    /** As {@link #MACHINE_CODE_WARM}, in a block that begins one instruction before. */
    MACHINE_CODE_MIDDLE
}
