package dev.hv.cli.suite;

import dev.hv.cli.config.LabConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * What a case runs on.
 *
 * @param machines at least one, with different names
 * @param platform what they run on; of a checkpoint, what the checkpoint says, but the engine
 * @param checkpoint folder of a checkpoint that everything goes on from; null when machines boot
 */
public record Testbed(List<MachineSpec> machines, Platform platform, Path checkpoint) {

    /** The machines, as a run takes them. */
    public LabConfig lab() {
        return new LabConfig(machines.stream().map(MachineSpec::vm).toList());
    }

    /** The machine that a step means: by name, and the first when it names none. */
    public MachineSpec machine(String name) {
        return name == null ? machines.getFirst() : machines.stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
    }
}
