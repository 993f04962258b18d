package dev.hv.cpu.state;

/** Sees what code a processor executes, and changes nothing of it. Set before the processor runs; on the processor's thread. */
public interface CodeWitness {

    /** Whether every execution is to be seen, which keeps code from becoming machine code; else one of each instruction at least. */
    boolean everyTime();

    /**
     * Instructions in a row have been executed, the last of them perhaps without coming to its end.
     *
     * @param linear address of the code that offsets count from
     * @param physical where that is in memory
     * @param offsets of instructions from there; one more behind the last
     * @param rows of the instruction table, in step with them
     * @param from the first
     * @param to behind the last
     */
    void executed(Cpu c, long linear, long physical, short[] offsets, short[] rows, int from, int to);
}
