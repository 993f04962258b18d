package dev.hv.core.machine;

/** Where one device sends its message-signalled interrupts: memory writes to addresses that interrupt controllers answer at. */
@FunctionalInterface
public interface MsiPort {

    /**
     * Sends a message. What a remapping unit refuses, or no interrupt controller takes, is lost: the device does not hear of it.
     *
     * @param address as the system wrote it into the device (MSI or MSI-X address register)
     * @param data likewise
     */
    void send(long address, int data);
}
