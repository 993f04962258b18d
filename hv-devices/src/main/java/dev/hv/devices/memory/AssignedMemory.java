package dev.hv.devices.memory;

import dev.hv.core.machine.MemoryRange;
import java.util.List;

/** The memory of a virtual machine, as far as the host gives and takes it in pages while the guest runs. */
public interface AssignedMemory {

    /** Pages that the guest has now. */
    long pages();

    /**
     * Takes pages that the guest gave up.
     *
     * @param first number of the first one
     * @return false when not all of them were the guest's; none is taken then
     */
    boolean take(long first, long count);

    /**
     * Gives pages back, zeroed, where some were taken; as many as the host has left.
     *
     * @param most how many pages at most
     * @param ranges how many ranges at most
     * @return which ones: page-aligned ranges of guest-physical addresses
     */
    List<MemoryRange> giveBack(long most, int ranges);

    /**
     * Adds zeroed memory behind all that the guest has ever had.
     *
     * @param pages how many, a multiple of {@code alignment}
     * @param alignment of the first one's number, in pages
     * @return number of the first page; -1 when the host has not so many left, or the machine no room for them
     */
    long add(long pages, long alignment);

    /** Takes the last pages of what was added last, of which the guest makes no use: they are not its own any more. */
    void withdraw(long first, long count);

    /** Makes it what it was at power-on, as far as the host has the pages: what was taken comes back, and what was added goes. */
    void restore();

    /** The guest has let go of the protocol: what was taken comes back, as far as the host has the pages, and what was added stays. */
    void settle();
}
