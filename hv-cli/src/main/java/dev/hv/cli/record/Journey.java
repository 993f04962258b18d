package dev.hv.cli.record;

import dev.hv.cli.debug.ReverseControl.Arrival;
import dev.hv.cli.debug.ReverseControl.Edge;
import dev.hv.cpu.state.HostDebug.Stop;

/** What a machine is built for that the debugger has not asked to run: it goes to an instant, or runs to one and looks for another on the way. */
sealed interface Journey {

    /** Where the machine stops. */
    long to();

    /**
     * The debugger finds the machine there.
     *
     * @param arrival what it is told then
     */
    record Go(long to, Arrival arrival) implements Journey {
        /** Goes to the beginning, where history ends. */
        static Go begin(long first, int processor) {
            return new Go(first, new Arrival(processor, Stop.INSTANT, 0, Edge.BEGIN, null));
        }
    }

    /**
     * Looks for the last stop before an instant, from a waypoint on; then from the one before.
     *
     * @param before the instant at which the debugger was
     */
    record LastStop(long to, long before, int processor) implements Journey {}

    /** Looks for the last instruction of a processor, from a waypoint on; then from the one before. */
    record LastStep(long to, int processor) implements Journey {}
}
