package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.NestedPaging;
import java.util.List;

/** What a debugger sees of a machine, bare or virtual. All but {@link #debugs} and {@link #kill} is called while everything stands ({@link #standStill}). */
public interface DebugTarget {

    /** Processors: threads, to the debugger. */
    int processors();

    /** A processor's registers as they are now, by its number. */
    Cpu processor(int number);

    /**
     * Changes a processor's registers.
     *
     * @param change what is done to {@link #processor}; it may throw, and then registers are as they were
     */
    void change(int number, Runnable change);

    /** Whether a processor waits: for an interrupt, or to be started up. */
    boolean waits(int number);

    /**
     * Puts a debugger that stops at nothing at every processor.
     *
     * @param listener told of stops by processors' numbers
     */
    List<HostDebug> debugs(HostDebug.GuestListener listener);

    /** Does something while no processor runs, and none can tell. On the thread that was told of a stop, or on the machine's between turns. */
    void standStill(Runnable action);

    /** Reads physical memory; false, and nothing read, where not all of it is memory. */
    boolean read(long physical, byte[] to);

    /** Writes physical memory; false, and nothing written, where not all of it is memory. */
    boolean write(long physical, byte[] from);

    /** Where memory is: pairs of address and length. */
    long[] memory();

    /** The hypervisor's tables that physical addresses of this machine go through, in the memory of {@link #readSystem}; null for a machine of its own. */
    NestedPaging.Tables second();

    /** Reads memory of the computer that the machine is on, as {@link #read}. */
    boolean readSystem(long physical, byte[] to);

    /** Ends the run. */
    void kill();
}
