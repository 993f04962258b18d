package dev.hv.cli.trace;

import dev.hv.cli.config.UsageException;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.machine.Clock;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.iommu.DeviceRequest;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.IommuWatch;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The traces of a run beside VMBus's: opened before it begins, closed when it has ended. What is traced is not changed by that. */
public final class Traces implements AutoCloseable {

    private final List<TraceFile> files = new ArrayList<>();

    private Traces() {}

    /**
     * Opens traces and has them see what happens.
     *
     * @param hypervisor null on the bare machine
     * @param iommu null where there is none
     * @param machines names of machines by their partitions; on the bare machine the only one's by 0
     * @throws UsageException when a file cannot be written, a machine is not there, or the bare machine has no such thing
     */
    public static Traces open(List<TraceConfig> wanted, Machine machine, Clock clock, Hypervisor hypervisor, Iommu iommu, Map<Long, String> machines) {
        var traces = new Traces();
        List<GuestWatch> watches = new ArrayList<>();
        List<IommuWatch> units = new ArrayList<>();
        try {
            for (TraceConfig config : wanted) {
                String option = "--trace " + config.kind().word();
                if (config.machine() != null && !machines.containsValue(config.machine())) {
                    throw new UsageException("%s: there is no machine %s; there is %s".formatted(option, config.machine(), String.join(", ", machines.values())));
                }
                boolean unit = config.kind() == TraceConfig.Kind.IOMMU;
                if (unit && iommu == null) {
                    throw new UsageException(option + ": the bare machine has no IOMMU; --iommu gives it one");
                }
                if (hypervisor == null && !unit && config.kind() != TraceConfig.Kind.INSTRUCTIONS) {
                    throw new UsageException(option + ": the bare machine has no hypervisor; leave --bare out");
                }
                var file = new TraceFile(config);
                traces.files.add(file);
                if (unit) {
                    units.add(new IommuTrace(config, file, clock));
                } else if (config.kind() == TraceConfig.Kind.INSTRUCTIONS) {
                    var instructions = new InstructionTrace(config, file, clock, machines, machine.processors().size(), machines.values().iterator().next());
                    machine.processors().forEach(c -> join(c, option, instructions));
                    watches.add(instructions);
                } else {
                    watches.add(new GuestTrace(config, file, clock, machines, hypervisor::callName));
                }
            }
        } catch (RuntimeException e) {
            traces.close();
            throw e;
        }
        if (hypervisor != null && !watches.isEmpty()) {
            hypervisor.watch(watches.size() == 1 ? watches.getFirst() : new All(watches));
        }
        if (!units.isEmpty()) {
            iommu.watch(new AllOfUnit(units));
        }
        return traces;
    }

    private static void join(Cpu c, String option, InstructionTrace trace) {
        if (c.witness != null) {
            throw new UsageException(option + ": coverage or another trace of instructions sees them already; leave one of them out");
        }
        c.witness = trace;
    }

    /** What is to be said of traces that could not be written to their end. */
    public List<String> lost() {
        return files.stream().map(TraceFile::lost).filter(Objects::nonNull).toList();
    }

    /** Ends them; again, nothing. */
    @Override
    public void close() {
        files.forEach(TraceFile::close);
    }

    /** All that see the IOMMU. */
    private record AllOfUnit(List<IommuWatch> each) implements IommuWatch {
        @Override
        public void refused(int requester, DeviceRequest wanted, long address, String why) {
            each.forEach(w -> w.refused(requester, wanted, address, why));
        }

        @Override
        public void command(String text) {
            each.forEach(w -> w.command(text));
        }
    }

    /** Several at once. */
    private record All(List<GuestWatch> each) implements GuestWatch {
        @Override
        public void running(int processor, long partition, int vp) {
            each.forEach(w -> w.running(processor, partition, vp));
        }

        @Override
        public void exited(long partition, int vp, Exit exit) {
            each.forEach(w -> w.exited(partition, vp, exit));
        }

        @Override
        public void handled(long partition, int vp, Exit exit) {
            each.forEach(w -> w.handled(partition, vp, exit));
        }

        @Override
        public void interrupted(long partition, int vp, EventKind kind, int vector) {
            each.forEach(w -> w.interrupted(partition, vp, kind, vector));
        }
    }
}
