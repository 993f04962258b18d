package dev.hv.cli.run;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.CheckpointWriter;
import dev.hv.cli.checkpoint.DiskImage;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.console.Messages;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.StopReason;
import dev.hv.devices.disk.SnapshotDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Takes checkpoints of a run. */
final class RunCheckpoints implements RunWitness.Checkpoints {

    private final Machine machine;
    private final RunSettings settings;
    private final List<RunningVm> vms;
    private final HostDisks disks;

    private final long hostMemory;

    /**
     * Checkpoints of a run on this machine, with these disks.
     *
     * @param hostMemory what was said of the host's memory; 0 for nothing
     */
    RunCheckpoints(Machine machine, RunSettings settings, List<RunningVm> vms, HostDisks disks, long hostMemory) {
        this.hostMemory = hostMemory;
        this.machine = machine;
        this.settings = settings;
        this.vms = vms;
        this.disks = disks;
    }

    /** Takes a checkpoint as soon as the machine is at rest, and guests have frozen their file systems when it is to be so. A replay rests as the run did, and writes nothing. */
    void take(ScheduledAction.Action.Checkpoint wanted) {
        if (!wanted.production()) {
            machine.whenAtRest(() -> written(wanted));
            return;
        }
        FrozenGuests.freeze(vms, problem -> {
            if (problem == null) {
                machine.whenAtRest(() -> {
                    if (FrozenGuests.thaw(vms)) {
                        written(wanted);
                    } else {
                        refused(wanted, "the guests went on before the machine was at rest");
                    }
                });
            } else {
                refused(wanted, problem);
            }
        });
    }

    private void written(ScheduledAction.Action.Checkpoint wanted) {
        if (!machine.outside().replays()) {
            tell(wanted);
        }
        over(wanted);
    }

    private void refused(ScheduledAction.Action.Checkpoint wanted, String why) {
        Messages.say("checkpoint " + wanted.folder() + " not written: " + why);
        over(wanted);
    }

    private void over(ScheduledAction.Action.Checkpoint wanted) {
        if (wanted.stop()) {
            machine.stop(StopReason.of(StopReason.Kind.REQUESTED));
        }
    }

    private void tell(ScheduledAction.Action.Checkpoint wanted) {
        try {
            boolean layered = write(wanted.folder(), wanted.compress());
            Messages.say("checkpoint " + wanted.folder() + " written"
                    + (layered && !wanted.stop() && !settings.keepDisks() ? "; what the guest writes to disks from now on ends with this run (--keep-disk keeps it)" : ""));
        } catch (CheckpointException | IOException e) {
            vms.getFirst().unwritten.add("the checkpoint " + wanted.folder());
            Messages.say(e.getMessage());
        }
    }

    @Override
    public boolean possible() {
        return vms.stream().allMatch(vm -> vm.guest.diskThreads().saved());
    }

    @Override
    public void write(Path folder) throws CheckpointException, IOException {
        write(folder, false);
    }

    /**
     * Writes a checkpoint. The machine is at rest.
     *
     * @return whether a disk's file was written directly until now
     */
    boolean write(Path folder, boolean compress) throws CheckpointException, IOException {
        boolean layered = freeze();
        CheckpointWriter.write(folder, machine, settings.conditions(), described(), sources(), compress);
        return layered;
    }

    /** The lab as it is now: with the disks that there are, and the addresses that were made up. */
    private LabConfig described() throws CheckpointException {
        List<VmConfig> all = new ArrayList<>();
        for (RunningVm vm : vms) {
            all.add(vm.described());
        }
        return new LabConfig(List.copyOf(all), hostMemory);
    }

    /** Has every disk's file stay as it is from now on; whether any was written directly. */
    private boolean freeze() throws IOException {
        boolean any = false;
        for (RunningVm vm : vms) {
            for (RunningVm.RunDisk d : vm.disks) {
                any |= d.config().written() && !(d.disk().current() instanceof SnapshotDisk);
                disks.freeze(d.config(), d.disk());
            }
        }
        return any;
    }

    private List<DiskImage.Source> sources() {
        List<DiskImage.Source> all = new ArrayList<>();
        for (RunningVm vm : vms) {
            for (RunningVm.RunDisk d : vm.disks) {
                all.add(new DiskImage.Source(d.number(), d.config().file(), d.disk().discards(), d.disk().current() instanceof SnapshotDisk s ? s : null));
            }
        }
        return all;
    }
}
