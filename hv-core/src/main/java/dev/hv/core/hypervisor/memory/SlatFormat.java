package dev.hv.core.hypervisor.memory;

/**
 * Entries of second-level paging structures: EPT or NPT. Both have four levels of 512 entries of 64 bits with the address in
 * bits 51:12; level 1 maps 4 KiB, level 2 may map 2 MiB.
 */
public interface SlatFormat {

    /** Address bits of an entry. */
    long ADDRESS = 0x000F_FFFF_FFFF_F000L;

    /**
     * An entry that refers to a lower table.
     *
     * @param level of the table that the entry is in, 2 to 4
     */
    long table(long address, int level);

    /**
     * An entry that maps memory, cached write-back, or with {@link dev.hv.core.tlfs.HvMapFlags#NOT_CACHED} a device's registers.
     *
     * @param level 1 or 2
     * @param rights bits of {@link dev.hv.core.tlfs.HvMapFlags}
     */
    long leaf(long address, int level, int rights);

    /** Whether a leaf maps a device's registers. */
    boolean device(long entry);

    /** Whether an entry is in use. */
    boolean present(long entry);

    /** Whether an entry of level 2 maps memory. */
    boolean large(long entry);

    /** Flags of a leaf that processors set: {@link #dirtyFlag} too when they write (EPT and NPT have them at different places). */
    long accessedFlag();

    /** The flag of a leaf that the memory was written to. */
    long dirtyFlag();

    /** Rights of a leaf, as in {@link dev.hv.core.tlfs.HvMapFlags}. */
    int rights(long entry);
}
