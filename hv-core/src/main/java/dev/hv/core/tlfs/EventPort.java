package dev.hv.core.tlfs;

/** An event port of the root partition: receives a child's signals on the connection (TLFS, inter-partition communication). */
@FunctionalInterface
public interface EventPort {

    /**
     * An event was signalled. Called by the logical processor that executes the hypercall, with the machine's lock.
     *
     * @return SUCCESS, or what the child's hypercall answers
     */
    HvStatus signalled();
}
