package dev.hv.core.hypervisor;

import dev.hv.core.hypercall.HypercallDispatcher;
import dev.hv.core.hypervisor.calls.RootCaller;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.RootGuest;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.GpaView;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * The hypercall page of a root partition whose services are no guest: they fill registers and memory as a guest there would, and the
 * same dispatcher takes the call. Used by one thread at a time, in parallel mode under the machine's lock.
 */
public final class RootEntrance {

    private static final GpaView NOTHING = new GpaView() {
        @Override
        public long translate(long gpa, int rights) {
            return -1;
        }

        @Override
        public long run(long gpa) {
            return 0;
        }
    };
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int R8 = 8;

    private final Hypervisor hypervisor;
    private final Partition root;
    private final HypercallDispatcher<Caller> dispatcher;
    /** Registers of the calls that are under way: one that is answered at once may make another. */
    private final List<RootCaller> callers = new ArrayList<>();
    private int depth;

    RootEntrance(Hypervisor hypervisor, Partition root, HypercallDispatcher<Caller> dispatcher) {
        this.hypervisor = hypervisor;
        this.root = root;
        this.dispatcher = dispatcher;
    }

    /**
     * Makes a hypercall (TLFS, "Hypercall interface", 64-bit convention). One that is interrupted is made again until it is done.
     *
     * @param control control word, as in RCX
     * @param rdx input of a fast call, or the address of the input
     * @param r8 second half of a fast call's input, or the address of the output
     * @return the result, as in RAX: status in bits 15:0, completed repetitions in bits 43:32
     */
    public long call(long control, long rdx, long r8) {
        if (depth == callers.size()) {
            callers.add(new RootCaller(root, hypervisor.memory()));
        }
        RootCaller caller = callers.get(depth++);
        try {
            caller.setGpr(RCX, control);
            caller.setGpr(RDX, rdx);
            caller.setGpr(R8, r8);
            while (dispatcher.dispatch(caller) == HypercallDispatcher.Outcome.INTERRUPTED) {
                // the processor would execute the instruction again
            }
            return caller.gpr(RAX);
        } finally {
            depth--;
        }
    }

    /** Calls so far by name. */
    SortedMap<String, Long> counts() {
        return dispatcher.counts();
    }

    /** The root's memory: system memory. */
    public SystemMemory memory() {
        return hypervisor.memory();
    }

    /** What of it the hypervisor has left to the root. */
    public List<MemoryRange> ranges() {
        return hypervisor.rootMemory();
    }

    /** How many pages of its own the hypervisor has in the memory of a guest that is in the root's place. */
    public static int pages(int processors) {
        return RootGuest.pageCount(processors);
    }

    /**
     * Says where the hypervisor's own pages are in the memory of a partition whose guest is in the root's place, as a loader of hypervisors would that leaves them out of the memory map. Before it has
     * processors.
     *
     * @param gpn the first of {@link #pages}
     * @throws IllegalArgumentException when it is no such partition
     */
    public void place(long partition, long gpn) {
        Partition p = hypervisor.partitions().get(partition);
        if (p == null || p.root() == null) {
            throw new IllegalArgumentException("partition " + partition + " is not in the root's place");
        }
        p.root().setPages(gpn);
    }

    /** A child's memory through the tables of its partition: nothing is mapped there before it is initialized and once it is finalized. */
    public GpaView view(long partition) {
        Partition p = hypervisor.partitions().get(partition);
        return p == null ? NOTHING : new ChildView(p);
    }

    /** Tables that come and go with the state of the partition. */
    private record ChildView(Partition partition) implements GpaView {
        @Override
        public long translate(long gpa, int rights) {
            return partition.space() == null ? -1 : partition.space().translate(gpa, rights);
        }

        @Override
        public long run(long gpa) {
            return partition.space().run(gpa);
        }
    }
}
