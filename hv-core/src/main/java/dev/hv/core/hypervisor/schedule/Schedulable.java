package dev.hv.core.hypervisor.schedule;

/**
 * A virtual processor as scheduling sees it.
 *
 * @param <V> itself
 */
public interface Schedulable<V extends Schedulable<V>> {

    /** Id of its partition. */
    long partitionId();

    /** Its index in its partition. */
    int index();

    /** It goes to another logical processor. */
    void setQueue(RunQueue<V> queue);
}
