package dev.hv.devices.video;

/** The memory of a screen, which its guest has put somewhere in its address space. */
public interface VideoMemory {

    /** Bytes of it. */
    int size();

    /**
     * Puts it somewhere, zeroed, and takes it away from where it was; at the same place it stays what it is.
     *
     * @param address guest-physical, of a page
     * @return false when it cannot be there; it is where it was then
     */
    boolean place(long address);

    /** Takes it away. */
    void remove();

    /**
     * Reads some of it.
     *
     * @param offset from its beginning
     * @return false when it is nowhere, or not all of that is in it; nothing of {@code to} means anything then
     */
    boolean read(long offset, byte[] to, int at, int length);
}
