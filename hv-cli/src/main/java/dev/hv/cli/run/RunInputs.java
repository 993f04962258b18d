package dev.hv.cli.run;

import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.VmConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The files of the host that a run reads. */
public final class RunInputs {

    private RunInputs() {}

    /** Those that guests boot from, and those that are copied into them, read whole. */
    public static List<Path> boot(LabConfig lab) {
        return lab.machines().stream().flatMap(vm -> Stream.concat(BootImages.files(vm.boot()).stream(), copies(vm))).distinct().toList();
    }

    private static Stream<Path> copies(VmConfig vm) {
        return vm.actions().stream().map(ScheduledAction::action).map(a -> a instanceof ScheduledAction.Action.Integration(IntegrationAction.Copy c) ? c.file() : null).filter(Objects::nonNull);
    }

    /** Those of disks, later ones too. */
    public static List<Path> disks(LabConfig lab) {
        return lab.machines().stream().flatMap(RunInputs::disks).map(DiskConfig::file).distinct().toList();
    }

    private static Stream<DiskConfig> disks(VmConfig vm) {
        return Stream.concat(vm.disks().stream(), vm.actions().stream().map(ScheduledAction::action).map(a -> switch (a) {
            case ScheduledAction.Action.AddDisk(var disk) -> disk;
            case ScheduledAction.Action.Insert(int _, var disc) -> disc;
            default -> null;
        }).filter(Objects::nonNull));
    }
}
