package dev.hv.cpu.execute;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;

/** What the engine asks between instructions: events to take, exceptions to deliver. */
public interface EventHandler {

    /** Takes the event of highest priority that can be taken now; false when there is none. */
    boolean take(Cpu c);

    /** Delivers an exception; {@code c.rip} is at the instruction at fault. */
    void raise(Cpu c, GuestFault fault);
}
