package dev.hv.cli.suite.read;

import dev.hv.cli.config.ScheduledAction.Action;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.config.Fault;
import dev.hv.cli.suite.CaseSpec;
import dev.hv.cli.suite.CaseTrace;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.cli.yaml.Nearest;
import dev.hv.cli.yaml.Problems;
import java.util.List;

/** Checks that machines have what steps ask of them, in each cell of the matrix. */
final class StepsFit {

    private final Problems problems;
    private final List<Testbed> testbeds;

    StepsFit(Problems problems, List<Testbed> testbeds) {
        this.problems = problems;
        this.testbeds = testbeds;
    }

    void check(List<Step> steps) {
        boolean grows = steps.stream().anyMatch(s -> s instanceof Step.Do d && (d.action() instanceof Action.AddDisk || d.action() instanceof Action.AddNet));
        for (Testbed bed : testbeds) {
            List<String> names = bed.machines().stream().map(MachineSpec::name).toList();
            for (Step s : steps) {
                String name = s.head().machine();
                if (name != null && !names.contains(name)) {
                    problems.add(s.head().place(), "machine: there is no machine " + name + Nearest.hint(name, names));
                } else {
                    String wrong = wrong(s, bed.machine(name), grows);
                    if (wrong != null) {
                        problems.add(s.head().place(), wrong);
                    }
                }
            }
        }
    }

    /** Checks the traces of a case. */
    void check(CaseSpec c) {
        for (Testbed bed : testbeds) {
            List<String> names = bed.machines().stream().map(MachineSpec::name).toList();
            for (CaseTrace t : c.traces()) {
                String of = t.config() == null ? null : t.config().machine();
                if (of != null && !names.contains(of)) {
                    problems.add(c.place(), "trace: there is no machine " + of + Nearest.hint(of, names));
                }
                TraceConfig.Kind kind = t.config() == null ? null : t.config().kind();
                if (bed.platform().bare() && kind == TraceConfig.Kind.IOMMU) {
                    if (!bed.machines().getFirst().vm().iommu()) {
                        problems.add(c.place(), "trace: the bare machine has no IOMMU; iommu: true gives it one");
                    }
                } else if (bed.platform().bare() && kind != TraceConfig.Kind.INSTRUCTIONS) {
                    problems.add(c.place(), "trace: the bare machine has no hypervisor; only instructions and the IOMMU can be traced there");
                }
            }
        }
    }

    /** What is wrong with a step at a machine; null when nothing is. */
    private static String wrong(Step step, MachineSpec machine, boolean grows) {
        if (step.needsAgent() && machine.agent() == AgentWay.NONE) {
            return "machine " + machine.name() + " has no agent that could do this; say agent: auto, or use console and send";
        }
        if (!machine.vm().rights().vmbus() && needsBus(step)) {
            return "machine " + machine.name() + " has no VMBus, which this needs; leave enlightenments: false out";
        }
        if (machine.vm().screen() == null && step instanceof Step.Do d && d.action().needsScreen()) {
            return "machine " + machine.name() + " has no screen; say video: 1024x768";
        }
        boolean more = grows || machine.vm().actions().stream().anyMatch(a -> a.action() instanceof Action.AddDisk || a.action() instanceof Action.AddNet);
        return switch (step) {
            case Step.Inject(var _, Fault f) -> wrong(f, machine, more);
            default -> null;
        };
    }

    private static String wrong(Fault fault, MachineSpec machine, boolean more) {
        return switch (fault) {
            case Fault.DiskError f -> more ? null : missing("disk", f.blocks().disk(), machine.vm().disks().size(), machine);
            case Fault.DiskDelay f -> more ? null : missing("disk", f.blocks().disk(), machine.vm().disks().size(), machine);
            case Fault.Network f -> more ? null : missing("adapter", f.adapter(), machine.vm().networks().size(), machine);
            case Fault.Stall f -> missing("processor", f.processor(), machine.vm().cpus(), machine);
            case Fault.Interrupt f -> missing("processor", f.processor(), machine.vm().cpus(), machine);
            default -> null;
        };
    }

    private static boolean needsBus(Step step) {
        return switch (step) {
            case Step.Copy c -> true;
            case Step.Kvp k -> true;
            case Step.Do d -> d.action().needsBus();
            case Step.Inject i -> i.fault().needsBus();
            default -> false;
        };
    }

    private static String missing(String what, int number, int there, MachineSpec machine) {
        return number < there ? null : "machine %s has no %s %d%s".formatted(machine.name(), what, number, there == 0 ? "" : there == 1 ? "; only 0 is there" : "; from 0 to " + (there - 1) + " are there");
    }
}
