package dev.hv.cli.run;

import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.machine.ConsoleOutput;
import dev.hv.cli.machine.GuestMachine;
import dev.hv.cli.worker.SyntheticDevices;
import dev.hv.cli.worker.Worker;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.StopReason;
import dev.hv.vmbus.Vmbus;

/** A virtual machine while it runs, and why it ended. */
final class RunningVm {

    final VmConfig config;
    final HostConsole host;
    final ConsoleOutput console;
    /** What it boots on; set once that is built. */
    GuestMachine guest;
    /** Who runs it; null on the bare machine. */
    Worker worker;
    /** Its providers; null when it has none. */
    SyntheticDevices devices;
    /** Its bus; null when it has none. */
    Vmbus bus;
    /** Why it ended; null while it runs. */
    StopReason end;

    /**
     * A machine that has not begun.
     *
     * @param alone whether it is the only one
     */
    RunningVm(VmConfig config, HostConsole host, Clock clock, boolean alone) {
        this.config = config;
        this.host = host;
        console = new ConsoleOutput(host.output(), clock, alone);
    }

    /** Lets go of everything of the host. */
    void close() {
        closeConsole(0);
        if (devices != null) {
            devices.close();
        }
        if (guest != null) {
            guest.ideDisks().close();
        }
    }

    /**
     * Hands on what has been printed and lets go of the host's end.
     *
     * @param nanos how long the host's end may take at most, in its time
     */
    void closeConsole(long nanos) {
        console.finish(nanos);
        host.close();
    }
}
