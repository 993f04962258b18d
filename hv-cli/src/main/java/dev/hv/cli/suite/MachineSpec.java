package dev.hv.cli.suite;

import dev.hv.cli.config.VmConfig;

/**
 * A machine of a suite, with the matrix cell's values in it.
 *
 * @param vm the machine as {@code hv run} would have it; of a {@link Testbed} with a checkpoint, as the checkpoint has it. Its serial port is {@code none}: the runner takes what is printed
 * @param agent how its agent is reached
 */
public record MachineSpec(VmConfig vm, AgentWay agent) {

    /** Name of the machine, which steps call it by. */
    public String name() {
        return vm.name();
    }
}
