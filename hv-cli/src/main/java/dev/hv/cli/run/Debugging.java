package dev.hv.cli.run;

import dev.hv.cli.console.Messages;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.GdbListener;
import dev.hv.cli.debug.GdbServer;
import dev.hv.cli.debug.MachineTarget;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/** A debugger's place in a run. */
final class Debugging implements AutoCloseable {

    private final GdbListener listener;
    private final GdbServer server;

    private Debugging(GdbListener listener, GdbServer server) {
        this.listener = listener;
        this.server = server;
    }

    /**
     * Serves a debugger, and waits until one has come and lets the machine run. On the machine's thread.
     *
     * @param where as {@code --gdb} says it; null for nowhere
     * @param over whether the run is to end, whatever a debugger wants
     * @return null for nowhere
     * @throws UsageException when the place is taken, or none
     */
    static Debugging of(String where, Machine machine, BooleanSupplier over) {
        if (where == null) {
            return null;
        }
        GdbListener listener = GdbListener.open(where);
        try {
            Messages.say("waiting for a debugger: target remote " + listener.address());
        } catch (IOException e) {
            listener.close();
            throw new UsageException("--gdb " + where + ": " + e.getMessage());
        }
        var server = new GdbServer(listener, machine, new MachineTarget(machine, machine.processors()), over, null);
        server.waitForDebugger();
        return new Debugging(listener, server);
    }

    @Override
    public void close() {
        server.close();
        listener.close();
    }
}
