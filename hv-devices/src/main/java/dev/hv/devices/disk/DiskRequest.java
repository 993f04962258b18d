package dev.hv.devices.disk;

/**
 * A request to a disk on its way through a {@link DiskQueue}: begun and finished on the machine's thread, carried out wherever the queue has it
 * done, perhaps while the guest runs on. What is carried out touches the disk and memory of the host that belongs to the request, and the guest's where
 * {@link DiskQueue#immediate that is the same thread}, nothing else.
 */
public interface DiskRequest {

    /** Bytes that are moved, which is also what the request may take of the host's memory; at most {@link DiskQueue#MOST_BYTES}. */
    int bytes();

    /** The disk that it goes to, from {@link #begin} on; null when nobody is to look at what the host makes of it. */
    default Disk disk() {
        return null;
    }

    /** Nanoseconds that it is put off, and those behind it; asked once, when it comes to its queue. */
    default long late() {
        return 0;
    }

    /**
     * On the machine's thread: checks the request and copies what the guest gives.
     *
     * @return false when there is nothing to do with the disk: it is finished next
     */
    boolean begin();

    /** Does what there is to be done with the disk. */
    void carryOut();

    /** On the machine's thread: the guest gets what it asked for. Never called for a request that was discarded. */
    void finish();
}
