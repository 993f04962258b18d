package dev.hv.devices.vpci;

/** Makes the interrupts of an assigned function: messages that it is to send, which the machine leads to the child's processors. */
public interface FunctionInterrupts {

    /** What {@link #make} answers when there is no room. */
    long NONE = -1;

    /**
     * Makes interrupts in a row.
     *
     * @param vector of the first one
     * @param count 1 to 32
     * @param processors mask of virtual processors; where they go later the child says by hypercall
     * @return the message of the first one, address 31:0 and data 63:32; those of the others have higher data
     */
    long make(int vector, int count, long processors);

    /** The interrupts of a message are no more. */
    void delete(long message);
}
