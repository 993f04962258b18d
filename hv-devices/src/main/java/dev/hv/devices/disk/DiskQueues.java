package dev.hv.devices.disk;

/** How the disk requests of a machine are carried out: makes the queue of each disk. */
@FunctionalInterface
public interface DiskQueues {

    /**
     * A queue for a disk.
     *
     * @param name for traces
     */
    DiskQueue queue(String name);
}
