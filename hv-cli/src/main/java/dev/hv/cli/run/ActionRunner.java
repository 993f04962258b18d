package dev.hv.cli.run;

import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.worker.IntegrationServices;
import dev.hv.cli.worker.SyntheticDevices;
import dev.hv.cli.worker.Worker;
import dev.hv.core.machine.Clock;
import dev.hv.devices.integration.KeyValuePairs;
import dev.hv.devices.integration.Shutdown;

/** Does to a virtual machine what one of its actions says, at its time of the machine's clock. */
final class ActionRunner {

    private final RunningVm vm;
    private final SyntheticDevices devices;
    private final IntegrationServices integration;
    /** The action as it was given: what comes of it may come much later, among what comes of others. */
    private final String given;

    private ActionRunner(RunningVm vm, Worker worker, String given) {
        this.vm = vm;
        devices = worker.devices();
        integration = worker.integration();
        this.given = given;
    }

    /** Arms the clock for all actions of a machine. */
    static void schedule(RunningVm vm, Worker worker, Clock clock) {
        int i = 0;
        for (ScheduledAction a : vm.config.actions()) {
            var runner = new ActionRunner(vm, worker, a.text());
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
            case Action.Shutdown() -> listening(integration.shutdown().request(Shutdown.Kind.POWER_OFF, true, "hv", status ->
                    say(status == 0 ? "the guest shuts down" : "the guest refused to shut down: 0x%08x".formatted(status))));
            case Action.SyncTime() -> integration.timeSync().synchronize();
            case Action.KvpGet(var key) -> listening(integration.lookUp(key, a ->
                    say(a.ok() ? "kvp %s=%s".formatted(key, a.value()) : "kvp %s is not there: 0x%08x".formatted(key, a.status()))));
            case Action.KvpSet(var key, var value) -> listening(integration.keyValuePairs().set(KeyValuePairs.Pool.EXTERNAL, key, value, a ->
                    say(a.ok() ? "kvp %s set".formatted(key) : "kvp %s was not set: 0x%08x".formatted(key, a.status()))));
        }
    }

    private void listening(boolean asked) {
        if (!asked) {
            say("the guest's integration driver does not listen (not loaded, or not yet)");
        }
    }

    private void say(String what) {
        Messages.say(vm.config.name() + ": --at " + given + ": " + what);
    }
}
