package dev.hv.cpu.execute;

/** What executes a processor's code, as machines and virtual processors see it. Used by one thread at a time. */
public interface Engine {

    /** Bytes of machine code that the processors of a machine keep together unless told otherwise. */
    long CODE_CACHE = 64 << 20;

    /**
     * Says how code is to be executed from now on. Code that was made of another kind is dropped.
     *
     * @param codeCache bytes of machine code that all processors of the machine keep together
     */
    void use(EngineKind kind, long codeCache);

    /** How code is executed: what was asked for, or what the host allows instead once that is known. */
    EngineKind kind();

    /** Runs until {@code budget} is used up: an instruction counts one, and so does every step that retires none. */
    RunResult run(long budget);

    /** Drops all decoded code. */
    void clearCode();

    /** Counters, of which those of machine code are 0 where there is none. */
    EngineStatistics statistics();
}
