package dev.hv.devices.disk;

import dev.hv.cpu.snapshot.Saveable;
import java.util.List;
import java.util.function.Predicate;

/**
 * The requests to one disk that are under way. They are carried out one after another in the order in which they came, so a flush comes behind
 * all writes before it, and nothing that was discarded can overtake what comes later. All methods are called on the machine's thread.
 *
 * <p>What is saved is when requests are carried out; the requests themselves are their owner's, who {@link #resubmit brings them back} in their
 * order.
 */
public interface DiskQueue extends Saveable {

    /** Bytes of a request at most. */
    int MOST_BYTES = 1 << 20;

    /** Whether requests are carried out on the machine's thread, too, so that they may touch the guest's memory. */
    default boolean immediate() {
        return false;
    }

    /** Takes a request; it may be finished before this returns. */
    void submit(DiskRequest request);

    /** The requests that are under way, in their order. */
    List<DiskRequest> underWay();

    /** How many they are. */
    int size();

    /** Nanoseconds of the machine's clock at which a request under way is carried out; 0 when that is not known before. */
    long due(DiskRequest request);

    /** Takes a request that was under way in the machine that was saved, after this was restored. It is carried out anew. */
    void resubmit(DiskRequest request, long due);

    /** Forgets requests: they are never finished. One that the host is carrying out ends before any that comes later begins. */
    void discard(Predicate<? super DiskRequest> which);

    /**
     * Forgets all requests and ends the queue.
     *
     * @param disk closes the disk: run at once, or by whoever carries a request out when that is done
     */
    void close(Runnable disk);
}
