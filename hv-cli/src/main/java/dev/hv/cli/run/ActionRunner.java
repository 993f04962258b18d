package dev.hv.cli.run;

import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.worker.SyntheticDevices;
import dev.hv.core.machine.Clock;

/** Does to a virtual machine what its actions say, at their times of the machine's clock. */
final class ActionRunner {

    private final RunningVm vm;
    private final SyntheticDevices devices;

    private ActionRunner(RunningVm vm, SyntheticDevices devices) {
        this.vm = vm;
        this.devices = devices;
    }

    /** Arms the clock for all actions of a machine. */
    static void schedule(RunningVm vm, SyntheticDevices devices, Clock clock) {
        var runner = new ActionRunner(vm, devices);
        int i = 0;
        for (ScheduledAction a : vm.config.actions()) {
            clock.timer("action-" + vm.config.name() + "-" + i++, () -> runner.run(a.action())).arm(a.nanos());
        }
    }

    private void run(Action action) {
        if (vm.end != null) {
            return;
        }
        switch (action) {
            case Action.AddDisk(var disk) -> {
                try {
                    say("disk " + devices.addDisk(HostDisks.open(disk), disk.dvd()) + " added");
                } catch (UsageException e) {
                    say(e.getMessage());
                }
            }
            case Action.RemoveDisk(int number) -> say("disk " + number + (devices.removeDisk(number) ? " removed" : " is not there"));
            default -> say("not in this version");
        }
    }

    private void say(String what) {
        System.err.println("hv: " + vm.config.name() + ": " + what);
    }
}
