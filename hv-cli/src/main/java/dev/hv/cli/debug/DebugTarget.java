package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;

/** What a debugger sees of a machine that stands still. Called on the machine's thread. */
public interface DebugTarget {

    /** Processors: threads, to the debugger. */
    int processors();

    /** A processor by its number. */
    Cpu processor(int number);

    /** Reads physical memory; false, and nothing read, where not all of it is memory. */
    boolean read(long physical, byte[] to);

    /** Writes physical memory; false, and nothing written, where not all of it is memory. */
    boolean write(long physical, byte[] from);

    /** Where memory is: pairs of address and length. */
    long[] memory();

    /** Ends the run. */
    void kill();
}
