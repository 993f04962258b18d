package dev.hv.cli.debug;

import dev.hv.core.machine.MemoryRange;
import java.util.List;

/** A machine's memory by physical addresses, to somebody who only reads. */
public interface PhysicalMemory {

    /** Where memory is. */
    List<MemoryRange> memory();

    /** Reads physical memory; false where not all of it can be read. */
    boolean read(long physical, byte[] to);
}
