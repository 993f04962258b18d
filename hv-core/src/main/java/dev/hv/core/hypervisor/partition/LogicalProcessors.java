package dev.hv.core.hypervisor.partition;

import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine's logical processors: all of them run virtual ones, unless a guest is in the root's place, which starts all but the first itself
 * (HvCallAddLogicalProcessor).
 */
public final class LogicalProcessors {

    private static final long FIRST = 1;
    private static final long ALL = -1;

    private final List<LogicalPlace> places = new ArrayList<>();
    /** By number: those that run virtual processors. */
    private long started = ALL;
    private int next;

    LogicalProcessors() {}

    void add(LogicalPlace place) {
        places.add(place);
    }

    /** How many the machine has. */
    public int count() {
        return places.size();
    }

    /** Whether one runs virtual processors. */
    public boolean started(int number) {
        return number >= 0 && number < places.size() && (started >>> number & 1) != 0;
    }

    /** Only the first one runs virtual processors, until the root starts others. */
    void firstAlone() {
        started = FIRST;
    }

    /** All of them run virtual processors. */
    void startAll() {
        started = ALL;
    }

    /**
     * Starts one.
     *
     * @param apicId of its local APIC
     * @return INVALID_LP_INDEX when there is none with this number; INVALID_PARAMETER for another APIC; OBJECT_IN_USE when it runs
     */
    public HvStatus start(int number, int apicId) {
        if (number < 0 || number >= places.size()) {
            return HvStatus.INVALID_LP_INDEX;
        }
        if (places.get(number).processor().processor().apic().id() != apicId) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (started(number)) {
            return HvStatus.OBJECT_IN_USE;
        }
        started |= 1L << number;
        return HvStatus.SUCCESS;
    }

    /** The one with a number. */
    LogicalPlace at(int number) {
        return places.get(number);
    }

    /** Where the next virtual processor goes: to one after another of those that run. */
    LogicalPlace nextPlace() {
        int at = next % places.size();
        while (!started(at)) {
            at = (at + 1) % places.size();
        }
        return places.get(at);
    }

    /** {@link #nextPlace} was taken. */
    void taken() {
        next++;
    }

    void save(StateWriter out) {
        out.put("next-processor", next);
        out.put("started-processors", started);
    }

    void restore(StateReader in) {
        next = (int) in.take();
        started = in.take();
    }
}
