package dev.hv.core.hypervisor.hardware;

/** What a hypervisor that is a guest says in the VP assist page of the processor. */
public interface NestedAssist {

    /** Whether there can be one. */
    boolean enlightened();

    /** Reads 1 to 8 bytes; 0 while there is no such page. */
    long assist(int offset, int size);
}
