package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.root.worker.IntegrationServices;
import dev.hv.cli.root.worker.MemoryService;
import dev.hv.cli.root.worker.SyntheticDevices;
import dev.hv.cli.root.worker.Worker;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.events.MachineError;
import dev.hv.cpu.memory.Page;
import dev.hv.devices.chipset.Uart16550;
import dev.hv.devices.disk.ExchangedDisk;
import dev.hv.devices.integration.Shutdown;
import dev.hv.devices.network.EthernetAdapter;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** Does to a virtual machine what one of its actions says, at its time of the machine's clock. */
final class ActionRunner {

    private final RunningVm vm;
    private final Worker worker;
    private final SyntheticDevices devices;
    private final IntegrationServices integration;
    private final HostDisks disks;
    private final Networks networks;
    private final int index;
    /** The action as it was given: what comes of it may come much later, among what comes of others. */
    private final String given;
    private final Consumer<Action.WithRun> withRun;

    /**
     * A runner of one of a machine's actions.
     *
     * @param worker who runs it; null on the bare machine, to which nothing is done but what is done with the whole run
     * @param index number of the machine in this run
     * @param given the action as it was given
     * @param withRun does what is done with the whole run
     */
    private ActionRunner(RunningVm vm, Worker worker, HostDisks disks, Networks networks, int index, String given, Consumer<Action.WithRun> withRun) {
        this.withRun = withRun;
        this.vm = vm;
        this.worker = worker;
        devices = worker == null ? null : worker.devices();
        integration = worker == null ? null : worker.integration();
        this.disks = disks;
        this.networks = networks;
        this.index = index;
        this.given = given;
    }

    /**
     * The actions of a machine, none of them due yet.
     *
     * @param worker who runs it; null on the bare machine
     * @param index number of the machine in this run
     * @param withRun does what is done with the whole run
     */
    static Schedule schedule(RunningVm vm, Worker worker, HostDisks disks, Networks networks, int index, VirtualClock clock, Consumer<Action.WithRun> withRun) {
        var schedule = new Schedule(clock, vm.config.name(), a ->
                new ActionRunner(vm, worker, disks, networks, index, a.text(), withRun).run(a.action()));
        vm.config.actions().forEach(schedule::add);
        if (worker != null && worker.integration() != null) {
            worker.integration().onRestored((key, answer) ->
                    new IntegrationRunner(worker.integration(), worker.devices(), sayer(vm, "kvp-get=" + key)).found(key, answer));
            worker.integration().fileCopy().onRestored((path, status) ->
                    new IntegrationRunner(worker.integration(), worker.devices(), sayer(vm, "copy")).copied(path, status));
        }
        return schedule;
    }

    /** Does an action at once, whatever is scheduled. On the machine's thread. */
    static void act(RunningVm vm, HostDisks disks, Networks networks, int index, ScheduledAction action, Consumer<Action.WithRun> withRun) {
        new ActionRunner(vm, vm.worker, disks, networks, index, action.text(), withRun).run(action.action());
    }

    private void run(Action action) {
        if (vm.end != null) {
            return;
        }
        switch (action) {
            case Action.Hardware hardware -> run(hardware);
            case Action.Inject(var fault) -> {
                String why = vm.faults.inject(fault);
                say(why == null ? "injected" : why);
            }
            case Action.Input(var events) -> say(vm.devices.seat().input(events) ? "done" : "not all was done: the guest's driver of keyboard or mouse does not listen (not loaded, or not yet)");
            case Action.Screenshot(var file) -> say(Screens.write(vm, file));
            case Action.AddDisk(var disk) -> {
                try {
                    ExchangedDisk opened = disks.open(disk);
                    int number = devices.addDisk(opened, disk.dvd());
                    if (number < 0) {
                        opened.close();
                        say("not added: the SCSI controller has no place for another disk");
                        return;
                    }
                    vm.disks.add(new RunningVm.RunDisk(number, disk, opened));
                    say("disk " + number + " added");
                } catch (UsageException e) {
                    say(e.getMessage());
                }
            }
            case Action.RemoveDisk(int number) -> {
                vm.disks.removeIf(d -> d.number() == number && d.config().bus() == DiskConfig.Bus.SCSI);
                say("disk " + number + (devices.removeDisk(number) ? " removed" : " is not there"));
            }
            case Action.Eject(int number) -> {
                Boolean open = devices.ejectDisc(number);
                say(open == null ? "there is no DVD drive " + number : open ? "the tray is open" : "the guest has locked the drive and hears of the wish");
            }
            case Action.Insert(int number, var disc) -> insert(number, disc);
            case Action.AddNet(var network) -> {
                try {
                    say("adapter " + vm.adapters.add(network, networks, index, this::say) + " added");
                } catch (UsageException e) {
                    say(e.getMessage());
                }
            }
            case Action.RemoveNet(int number) -> {
                say(vm.adapters.remove(number, networks));
            }
            case Action.Link(boolean up, int number) -> link(up, number);
            case Action.Shutdown() -> listening(integration.shutdown().request(Shutdown.Kind.POWER_OFF, true, "hv", status ->
                    say(status == 0 ? "the guest shuts down" : "the guest refused to shut down: 0x%08x".formatted(status))));
            case Action.Memory(long bytes) -> memory(bytes);
            case Action.SyncTime() -> integration.timeSync().synchronize();
            case Action.Integration(var what) -> new IntegrationRunner(integration, devices, this::say).run(what);
        }
    }

    private void insert(int number, DiskConfig disc) {
        if (!devices.hasDrive(number)) {
            say("there is no DVD drive " + number);
            return;
        }
        try {
            ExchangedDisk opened = disks.open(disc);
            devices.insertDisc(number, opened);
            vm.disks.replaceAll(d -> d.number() == number && d.config().bus() == DiskConfig.Bus.SCSI ? new RunningVm.RunDisk(number, disc, opened) : d);
            say("disc inserted");
        } catch (UsageException e) {
            say(e.getMessage());
        }
    }

    private void memory(long bytes) {
        MemoryService memory = worker.memoryService();
        if (memory == null) {
            say("the machine's memory is always the same: it was given no minimum and no maximum");
        } else if (bytes == Action.Memory.AUTOMATIC) {
            memory.release();
            say("memory is what the guest needs");
        } else {
            memory.fix(bytes / Page.SIZE);
            say("memory is to come to " + Sizes.show(memory.provider().target() * Page.SIZE));
        }
    }

    private void run(Action.Hardware action) {
        switch (action) {
            case Action.Nmi() -> {
                worker.injectNmi();
                say("non-maskable interrupt sent");
            }
            case Action.MachineCheck(MachineError error) -> say(vm.guest.machineCheck(error));
            case Action.SysRq(char key) -> {
                Uart16550 uart = worker.chipset().uart();
                say(uart.receiveBreak() && uart.receive(key) ? "sysrq " + key + " sent" : "sysrq " + key + " was not sent: the guest does not read its serial port");
            }
            case Action.Pause() -> {
                worker.pause();
                say("paused");
            }
            case Action.Resume() -> {
                worker.resume();
                say("resumed");
            }
            case Action.Reset() -> {
                say("reset");
                worker.reset();
            }
            case Action.WithRun whole -> withRun.accept(whole);
        }
    }

    private void link(boolean up, int number) {
        Collection<EthernetAdapter> all = vm.adapters.all();
        EthernetAdapter one = vm.adapters.get(number);
        if (number == Action.Link.ALL ? all.isEmpty() : one == null) {
            say(number == Action.Link.ALL ? "there is no adapter" : "adapter " + number + " is not there");
            return;
        }
        (number == Action.Link.ALL ? all : List.of(one)).forEach(a -> a.setLink(up));
        say("link " + (up ? "up" : "down"));
    }

    private void listening(boolean asked) {
        if (!asked) {
            say(IntegrationRunner.SILENT);
        }
    }

    private void say(String what) {
        sayer(vm, given).accept(what);
    }

    private static Consumer<String> sayer(RunningVm vm, String given) {
        return what -> Messages.say(vm.config.name() + ": --at " + given + ": " + what);
    }
}
