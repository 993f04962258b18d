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

    /** Its time slice in instructions, from the usual one. */
    default long slice(long usual) {
        return usual;
    }

    /** It goes to another logical processor. */
    void setQueue(RunQueue<V> queue);
}
