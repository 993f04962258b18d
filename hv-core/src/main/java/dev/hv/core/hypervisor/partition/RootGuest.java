package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.PagePool;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * What a partition has whose guest is in the root's place, beside others: the hypervisor's own pages in its memory, what it deposited for itself, the interrupts
 * of devices that it has mapped, and what it has said of sleep states.
 */
public final class RootGuest implements Saveable {

    /** Pages of a partition as a whole, and of each of its processors. */
    private static final int SHARED_PAGES = 2;
    private static final int PROCESSOR_PAGES = 4;
    private static final int VERSION = 2;
    private static final int NO_SLEEP = -1;

    private final PagePool deposited;
    private final StatisticsPages statistics;
    private final DeviceInterrupts interrupts = new DeviceInterrupts();
    private long pages;
    private int sleepType = NO_SLEEP;

    /**
     * Nothing of it yet.
     *
     * @param statistics pages with the machine's counters
     */
    RootGuest(SystemMemory memory, StatisticsPages statistics) {
        deposited = new PagePool(memory);
        this.statistics = statistics;
    }

    /** How many pages the hypervisor has in the memory of a root with so many processors. */
    public static int pageCount(int processors) {
        return SHARED_PAGES + processors * PROCESSOR_PAGES;
    }

    /** Says where the hypervisor's pages are: they lie there until the guest moves them. Firmware has told it that this memory is not its own. */
    public void setPages(long gpn) {
        pages = gpn;
    }

    long hypercallPage() {
        return pages;
    }

    long referenceTscPage() {
        return pages + 1;
    }

    /** The first of a processor's pages: messages, events, rings of port ids, VP assist. */
    long processorPages(int vp) {
        return pages + SHARED_PAGES + (long) vp * PROCESSOR_PAGES;
    }

    /** Pages that it deposited for its own partition: the hypervisor shows statistics in them. */
    public PagePool deposited() {
        return deposited;
    }

    /** Where it sees the counters of the hypervisor and of logical processors. */
    public StatisticsPages statistics() {
        return statistics;
    }

    /** The interrupts of devices that it has mapped. */
    public DeviceInterrupts interrupts() {
        return interrupts;
    }

    /** What turns the machine off: the type of sleep state S5; negative until the guest has said it. */
    public int sleepType() {
        return sleepType;
    }

    public void setSleepType(int type) {
        sleepType = type;
    }

    /** The machine was reset. */
    void reset() {
        interrupts.clear();
        sleepType = NO_SLEEP;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("root-guest", VERSION);
        out.put("pages", pages);
        out.put("sleep-type", sleepType);
        deposited.save(out);
        interrupts.save(out);
        statistics.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("root-guest", VERSION);
        pages = in.take();
        sleepType = (int) in.take();
        deposited.restore(in);
        interrupts.restore(in);
        statistics.restore(in);
        in.end();
    }
}
