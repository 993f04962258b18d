package dev.hv.cli.config;

import dev.hv.cli.root.machine.PartitionedMachine;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Feature;

/** What can be said by {@code --cpu NAME[,+feature][,-feature]}. */
public final class ProcessorOption {

    /** Without the option. */
    public static final String DEFAULT = "intel";

    private ProcessorOption() {}

    /**
     * Checks the option's value.
     *
     * @param option how it is called in messages: {@code --cpu}
     * @param virtualized whether a hypervisor is to run on these processors
     * @throws UsageException with what is wrong
     */
    public static void check(String option, String text, boolean virtualized) {
        CpuModel model;
        try {
            model = CpuModels.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + text + ": " + e.getMessage());
        }
        if (!model.has(Feature.LM)) {
            throw new UsageException(option + " " + text + ": systems are started on 64-bit processors alone; leave -lm out");
        }
        String missing = virtualized ? PartitionedMachine.missing(model) : null;
        if (missing != null) {
            throw new UsageException(option + " " + text + ": the hypervisor needs hardware virtualisation, and this model is without " + missing
                    + "; take another model, or add --bare");
        }
    }
}
