package dev.hv.core.hypervisor.partition;

/**
 * What a virtual processor gets of the time that it competes for, in a tree of partitions. At every level partitions count by their virtual processors; a partition does not get more
 * by making others: it and all below it share what its own processors would have.
 */
final class FairShare {

    /** Instructions of a slice at least: a switch is not to cost more than what runs between two. */
    private static final long LEAST = 500;

    private FairShare() {}

    /** A time slice of a processor, from the usual one. */
    static long slice(VirtualProcessor vp, long usual) {
        long slice = usual;
        for (Partition at = vp.partition(); at.owner() != null; at = at.owner()) {
            if (at.hasChildren()) {
                int own = at.processors().size();
                slice = slice * own / Math.max(own, demand(at));
            }
        }
        return Math.max(slice, Math.min(usual, LEAST));
    }

    /** Processors that want to run: a partition's own, and of each child no more than it has itself. */
    private static int demand(Partition p) {
        int wanted = 0;
        for (VirtualProcessor vp : p.processors().values()) {
            wanted += vp.scheduling().ready() ? 1 : 0;
        }
        for (Partition child : p.children()) {
            wanted += Math.min(child.processors().size(), demand(child));
        }
        return wanted;
    }
}
