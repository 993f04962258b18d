package dev.hv.cli.commands;

import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.run.GuestJob;
import dev.hv.cli.run.RunInputs;
import java.nio.file.Path;

/** The files of a run: none that is written has another use in it. */
final class RunFiles {

    private static final String FILE = "file:";

    private RunFiles() {}

    /**
     * Checks those that machines and options name.
     *
     * @param job what the agent does; null for nothing
     * @throws dev.hv.cli.config.UsageException when a file would be written that is read, or written for something else
     */
    static void check(LabConfig lab, RunOptions options, RecordOptions record, GuestJob job, DebugOptions debug, CoverageOptions coverage) {
        var roles = new FileRoles();
        RunInputs.boot(lab).forEach(f -> roles.read("what a guest is given", f));
        RunInputs.disks(lab).forEach(f -> roles.read("a disk", f));
        options.files(roles);
        debug.files(roles);
        coverage.files(roles);
        record.files(roles);
        if (job != null) {
            job.puts().forEach(p -> roles.read("--put", p.from()));
            job.gets().forEach(g -> roles.write("--get " + g.from() + ":", g.to()));
        }
        for (VmConfig vm : lab.machines()) {
            if (vm.serial().startsWith(FILE)) {
                roles.write("--serial " + FILE, Path.of(vm.serial().substring(FILE.length())));
            }
            vm.networks().stream().map(NetworkConfig::capture).forEach(f -> roles.write("capture=", f));
            vm.actions().stream().map(ScheduledAction::action).forEach(a -> action(roles, a));
        }
    }

    private static void action(FileRoles roles, Action action) {
        switch (action) {
            case Action.Dump(Path file) -> roles.write("dump=", file);
            case Action.Screenshot(Path file) -> roles.write("screenshot=", file);
            case Action.AddNet(NetworkConfig network) -> roles.write("capture=", network.capture());
            default -> { }
        }
    }
}
