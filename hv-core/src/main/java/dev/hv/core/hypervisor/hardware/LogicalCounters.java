package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** What a logical processor has done so far for virtual ones: a root sees it in a page of statistics. */
public final class LogicalCounters implements Saveable {

    private static final int VERSION = 1;

    private long runtimeNanos;
    private long switches;
    private long halts;
    private long interrupts;
    /** Who ran here last: partition, 0 for nobody, and processor. Turns that end between have nothing to do with that. */
    private long partition;
    private int vp;

    /** A virtual processor has run for so long. */
    public void ran(long nanos) {
        runtimeNanos += nanos;
    }

    /** A virtual processor is to run now; whether another one ran before, or none. */
    public boolean runs(long itsPartition, int itsIndex) {
        if (partition == itsPartition && vp == itsIndex) {
            return false;
        }
        partition = itsPartition;
        vp = itsIndex;
        switches++;
        return true;
    }

    /** There is nothing to run. */
    public void idle() {
        halts += partition == 0 ? 0 : 1;
        partition = 0;
    }

    /** An interrupt of a device has come. */
    public void interrupt() {
        interrupts++;
    }

    /** Nanoseconds for which virtual processors have run. */
    public long runtimeNanos() {
        return runtimeNanos;
    }

    /** How often another virtual processor came to run than before. */
    public long switches() {
        return switches;
    }

    /** How often there was nothing to run any more. */
    public long halts() {
        return halts;
    }

    /** Interrupts of devices. */
    public long interrupts() {
        return interrupts;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("logical-counters", VERSION);
        out.put("runtime-nanos", runtimeNanos);
        out.put("switches", switches);
        out.put("halts", halts);
        out.put("interrupts", interrupts);
        out.put("last-partition", partition);
        out.put("last-vp", vp);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("logical-counters", VERSION);
        runtimeNanos = in.take();
        switches = in.take();
        halts = in.take();
        interrupts = in.take();
        partition = in.take();
        vp = (int) in.take();
        in.end();
    }
}
