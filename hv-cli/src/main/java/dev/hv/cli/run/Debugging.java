package dev.hv.cli.run;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.cli.debug.GdbListener;
import dev.hv.cli.debug.GdbServer;
import dev.hv.cli.debug.GuestTarget;
import dev.hv.cli.debug.MachineTarget;
import dev.hv.cli.debug.Standstill;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The debuggers' places in a run. */
final class Debugging implements AutoCloseable {

    private final List<GdbListener> listeners = new ArrayList<>();
    private final List<GdbServer> servers = new ArrayList<>();
    private final List<RunMonitor> monitors = new ArrayList<>();

    private Debugging() {}

    /**
     * Serves debuggers, and waits until one has come for each machine that has a place for one, and lets it run. On the machine's thread.
     *
     * @param where of the only machine, as {@code --gdb} says it; null: where its configuration says
     * @param over whether the run is to end, whatever a debugger wants
     * @return null for nowhere
     * @throws UsageException when a place is taken, or none
     */
    static Debugging of(String where, LabMachine computer, BooleanSupplier over) {
        List<RunningVm> vms = computer.vms().stream().filter(vm -> place(where, vm) != null).toList();
        if (vms.isEmpty()) {
            return null;
        }
        Hypervisor hypervisor = computer.hypervisor();
        Consumer<Runnable> alone = hypervisor == null ? Runnable::run : hypervisor::standStill;
        var still = new Standstill(computer.clock(), alone, over);
        var debugging = new Debugging();
        try {
            for (RunningVm vm : vms) {
                debugging.serve(place(where, vm), computer, vm, still);
            }
        } catch (UsageException e) {
            debugging.close();
            throw e;
        }
        still.hold();
        return debugging;
    }

    private static String place(String where, RunningVm vm) {
        return where == null ? vm.config.gdb() : where;
    }

    private void serve(String where, LabMachine computer, RunningVm vm, Standstill still) {
        GdbListener listener = GdbListener.open(where);
        listeners.add(listener);
        try {
            String whose = computer.vms().size() > 1 ? " of " + vm.config.name() : "";
            Messages.say("waiting for a debugger" + whose + ": target remote " + listener.address());
        } catch (IOException e) {
            throw new UsageException("--gdb " + where + ": " + e.getMessage());
        }
        var monitor = new RunMonitor(computer, vm);
        monitors.add(monitor);
        servers.add(new GdbServer(listener, computer.machine(), still, target(computer, vm), null, monitor));
    }

    /** The machine of a run that its witness wants to debug, to a debugger. */
    static DebugTarget target(LabMachine computer, RunWitness witness) {
        return target(computer, computer.vms().stream().filter(vm -> vm.config.name().equals(witness.debugged())).findFirst().orElse(computer.vms().getFirst()));
    }

    /** A machine of a run to a debugger. */
    static DebugTarget target(LabMachine computer, RunningVm vm) {
        Machine machine = computer.machine();
        return vm.worker == null ? new MachineTarget(machine, machine.processors())
                : new GuestTarget(machine, computer.hypervisor(), vm.worker.partition(), vm.config.cpus(), vm.worker.memory());
    }

    @Override
    public void close() {
        servers.forEach(GdbServer::close);
        monitors.forEach(RunMonitor::close);
        listeners.forEach(GdbListener::close);
    }
}
