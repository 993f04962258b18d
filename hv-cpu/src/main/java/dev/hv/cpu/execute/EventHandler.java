package dev.hv.cpu.execute;

import dev.hv.cpu.events.Events;
import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;

/** What the engine asks between instructions: events to take, exceptions to deliver. */
public interface EventHandler {

    /** The processor's own way: events in the manual's order, exceptions through the IDT. */
    EventHandler ARCHITECTURAL = new EventHandler() {
        @Override
        public boolean take(Cpu c) {
            return Events.take(c);
        }

        @Override
        public void raise(Cpu c, GuestFault fault) {
            ExceptionDelivery.raise(c, fault);
        }
    };

    /** Takes the event of highest priority that can be taken now; false when there is none. */
    boolean take(Cpu c);

    /** Delivers an exception; {@code c.rip} is at the instruction at fault. */
    void raise(Cpu c, GuestFault fault);
}
