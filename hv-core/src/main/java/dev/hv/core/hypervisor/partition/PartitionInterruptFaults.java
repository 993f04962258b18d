package dev.hv.core.hypervisor.partition;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptFaults;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** Interrupts of a partition's processors that are lost or late: of the sources of their synthetic interrupt controllers, and of the vectors of their local APICs. */
public final class PartitionInterruptFaults implements Saveable {

    private final InterruptFaults sources;
    private final InterruptFaults vectors;

    /** Nothing is lost. */
    PartitionInterruptFaults(Partition partition, Clock clock) {
        sources = new InterruptFaults(clock, "sources of partition " + partition.id(), (sint, vp, level) -> {
            VirtualProcessor to = partition.processors().get(vp);
            if (to != null && to.synthetic() != null) {
                to.synic().raise(sint);
            }
        });
        vectors = new InterruptFaults(clock, "vectors of partition " + partition.id(), (vector, vp, level) -> {
            VirtualProcessor to = partition.processors().get(vp);
            if (to != null) {
                to.apic().take(vector, level);
            }
        });
    }

    /** Those of synthetic interrupt sources, by their numbers. */
    public InterruptFaults sources() {
        return sources;
    }

    /** Those of vectors, whoever sends them. */
    public InterruptFaults vectors() {
        return vectors;
    }

    boolean sourcePasses(int sint, int vp) {
        return sources.passes(sint, vp, false);
    }

    boolean vectorPasses(int vector, int vp, boolean level) {
        return vectors.passes(vector, vp, level);
    }

    void forgetLate() {
        sources.forgetLate();
        vectors.forgetLate();
    }

    @Override
    public void save(StateWriter out) {
        sources.save(out);
        vectors.save(out);
    }

    @Override
    public void restore(StateReader in) {
        sources.restore(in);
        vectors.restore(in);
    }
}
