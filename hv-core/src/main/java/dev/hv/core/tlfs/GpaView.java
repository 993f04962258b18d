package dev.hv.core.tlfs;

/**
 * A look at a partition's guest-physical addresses through the tables that its processors use, overlay pages included. Used by one thread at a
 * time, in parallel mode under the machine's lock.
 */
public interface GpaView {

    /**
     * System-physical address of a guest-physical one.
     *
     * @param rights required, {@link HvMapFlags}
     * @return -1 when it is not mapped with these rights
     */
    long translate(long gpa, int rights);

    /** Bytes from the address that was translated last to the end of its mapping: the system addresses of these are in a row too. */
    long run(long gpa);
}
