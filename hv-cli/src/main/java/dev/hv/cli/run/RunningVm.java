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
import java.io.IOException;
import java.io.OutputStream;

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

    /** Why its console could not be written any more; null while it can. Set on any thread. */
    private volatile IOException outputLost;

    /**
     * A machine that has not begun.
     *
     * @param output where its console's text goes
     * @param alone whether it is the only one
     */
    RunningVm(VmConfig config, HostConsole host, OutputStream output, Clock clock, boolean alone) {
        this.config = config;
        this.host = host;
        console = new ConsoleOutput(output, clock, alone);
    }

    /** Its console cannot be written any more. */
    void outputLost(IOException why) {
        outputLost = why;
    }

    /**
     * Why it ended: what it did last, even if its last words were lost; else the reason of the run. After a report of a crash any end is one.
     *
     * @param ofTheRun why the machine stopped
     */
    StopReason reason(StopReason ofTheRun) {
        StopReason own = end != null ? end : worker == null || ofTheRun == null ? ofTheRun : worker.afterCrash(ofTheRun);
        IOException lost = outputLost;
        if (lost == null || own != null && (own.kind() == StopReason.Kind.CRASH || own.kind() == StopReason.Kind.INTERNAL_ERROR)) {
            return own;
        }
        String where = config.serial().equals("stdio") ? "standard output" : "serial " + config.serial();
        return new StopReason(StopReason.Kind.OUTPUT_LOST, 0, where + " cannot be written any more (" + lost.getMessage() + ")");
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
