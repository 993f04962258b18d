package dev.hv.cli.suite.read;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.EngineOption;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.MachineKeys;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ProcessorOption;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.coverage.SuiteCoverage;
import dev.hv.cli.guest.AgentScript;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.Matrix;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import dev.hv.cpu.execute.EngineKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads the machines of a suite and what is below them, for each cell of its matrix. What can be wrong with a machine is found by what reads those of {@code hv run}. */
final class TestbedReader {

    private static final List<String> OF_KERNEL = List.of("kernel", "initrd", "append");

    private final Problems problems;
    private final Checker checker;
    private final Path folder;
    private final Values suite;
    private final MatrixReader matrix;

    TestbedReader(Problems problems, Path folder, Values suite, MatrixReader matrix) {
        this.problems = problems;
        this.folder = folder;
        this.suite = suite;
        this.matrix = matrix;
        checker = new Checker(problems);
    }

    /** One for each cell; fewer when something is wrong, which is then told. */
    List<Testbed> testbeds(Matrix cells) {
        long ways = List.of("machine", "machines", "checkpoint").stream().filter(suite::says).count();
        if (ways != 1) {
            problems.add(suite.node(), "a suite has a machine, or machines, or a checkpoint" + (ways == 0 ? "" : ", and this has " + ways + " of them"));
            return List.of();
        }
        if (suite.has("checkpoint")) {
            return fromCheckpoint(cells);
        }
        List<Values> machines = (suite.has("machine") ? List.of(suite.get("machine")) : suite.list("machines")).stream().map(n -> checker.table(n, SuiteKeys.MACHINE)).toList();
        checkAxes(cells, machines);
        return cells.cells().stream().map(c -> testbed(c, machines)).filter(Objects::nonNull).toList();
    }

    /** An axis that changes nothing is a mistake. */
    private void checkAxes(Matrix cells, List<Values> machines) {
        for (String axis : List.of("kernel", "cpus")) {
            if (cells.axes().contains(axis) && machines.stream().allMatch(m -> m.has(axis) || axis.equals("kernel") && m.has("multiboot"))) {
                problems.add(suite.at("matrix"), "the matrix' axis " + axis + " changes nothing: every machine says itself what it has; leave that out, or the axis");
            }
        }
    }

    private Testbed testbed(Map<String, String> cell, List<Values> machines) {
        List<MachineSpec> specs = new ArrayList<>();
        for (Values m : machines) {
            MachineSpec spec = machine(cell, m, machines.size() == 1 ? "guest" : "vm" + (specs.size() + 1));
            if (spec == null) {
                return null;
            }
            specs.add(spec);
        }
        if (specs.isEmpty()) {
            // that has been told
            return null;
        }
        var lab = new LabConfig(specs.stream().map(MachineSpec::vm).toList());
        try {
            lab.checked();
        } catch (UsageException e) {
            problems.add(suite.at(suite.has("machine") ? "machine" : "machines"), e.getMessage());
            return null;
        }
        return new Testbed(List.copyOf(specs), platform(cell, lab, specs), null);
    }

    private MachineSpec machine(Map<String, String> cell, Values own, String name) {
        Map<String, Node> keys = new LinkedHashMap<>(own.all());
        keys.remove("agent");
        Node kernel = matrix.kernel(cell);
        if (kernel != null && !own.has("kernel") && !own.has("multiboot")) {
            Values k = checker.table(kernel, SuiteKeys.KERNEL);
            OF_KERNEL.stream().filter(k::has).forEach(key -> keys.putIfAbsent(key, k.get(key)));
        }
        Node cpus = matrix.node(cell, "cpus");
        if (cpus != null) {
            keys.putIfAbsent("cpus", cpus);
        }
        VmConfig vm = new MachineKeys(problems, folder).quietMachine(keys, own.node(), name);
        if (vm == null) {
            return null;
        }
        checkShared(own, vm);
        AgentWay agent = own.has("agent") ? AgentWay.valueOf(own.text("agent", "").toUpperCase(Locale.ROOT)) : vm.boot() instanceof BootConfig.Linux ? AgentWay.AUTO : AgentWay.NONE;
        if (agent == AgentWay.HVSOCK && !vm.rights().vmbus()) {
            problems.add(own.at("agent"), "agent: hvsock needs enlightenments; say serial");
        }
        return new MachineSpec(agent == AgentWay.NONE ? vm : withAgent(vm, agent), agent);
    }

    /** Has the kernel's command line ask for the agent. */
    private static VmConfig withAgent(VmConfig vm, AgentWay agent) {
        return vm.boot() instanceof BootConfig.Linux(var kernel, var initrd, var append, var script)
                ? vm.with(new BootConfig.Linux(kernel, initrd, AgentScript.asking(append, agent == AgentWay.SERIAL), script)) : vm;
    }

    /** Cases run side by side, and from a common beginning: they can share no file that they write and no port of the host. */
    private void checkShared(Values own, VmConfig vm) {
        if (vm.disks().stream().anyMatch(DiskConfig::written)) {
            problems.add(own.at("disks"), "disks: " + SuiteFile.SHARED_DISK);
        }
        for (NetworkConfig n : vm.networks()) {
            if (n.capture() != null || !n.forwards().isEmpty()) {
                problems.add(own.at("nets"), "nets: cases run side by side and cannot share a capture's file or a port of the host; leave capture and forward out");
            }
        }
    }

    private Platform platform(Map<String, String> cell, LabConfig lab, List<MachineSpec> specs) {
        Values p = suite.has("platform") ? checker.table(suite.get("platform"), SuiteKeys.PLATFORM) : null;
        for (String key : List.of("cpu", "processors", "engine")) {
            if (p != null && p.has(key) && cell.containsKey(key)) {
                problems.add(p.at(key), "platform and matrix both say " + key + "; leave one of them out");
            }
        }
        boolean parallel = p != null && p.flag("parallel", false);
        String time = p == null ? null : p.text("time", null);
        if (parallel && "virtual".equals(time)) {
            problems.add(p.at("parallel"), "parallel: processors that run at the same time cannot share virtual time; say time: real");
        }
        boolean real = time == null ? parallel || lab.reachesHost() : time.equals("real");
        int processors = Integer.parseInt(said(cell, p, "processors", "1"));
        boolean bare = p != null && p.flag("bare", false);
        if (bare) {
            checkBare(p, specs, parallel || processors != 1);
        } else if (specs.stream().anyMatch(s -> s.vm().iommu() && !s.vm().root())) {
            problems.add(p == null ? suite.node() : p.node(), "iommu: the hypervisor has the computer's IOMMU; leave it out, or say bare: true or parent: root");
        }
        return new Platform(bare, said(cell, p, "cpu", ProcessorOption.DEFAULT), processors, engine(cell, p), real, parallel, coverage(p, specs));
    }

    /** The kernel and modules whose lines are noted; null for none. */
    private SuiteCoverage.Wanted coverage(Values p, List<MachineSpec> specs) {
        String key = p == null ? null : Stream.of("coverage", "coverage-modules").filter(p::has).findFirst().orElse(null);
        if (key == null) {
            return null;
        }
        if (specs.size() > 1) {
            problems.add(p.at(key), key + ": is one machine's; there are " + specs.size());
        }
        Path image = p.has("coverage") ? folder.resolve(p.text("coverage", "")) : null;
        if (image != null && !Files.isRegularFile(image)) {
            problems.add(p.at("coverage"), "coverage " + image + ": no such file");
        }
        List<Path> modules = p.texts("coverage-modules").stream().map(folder::resolve).toList();
        modules.stream().filter(m -> !Files.exists(m)).forEach(m -> problems.add(p.at("coverage-modules"), "coverage-modules " + m + ": no such file or folder"));
        return new SuiteCoverage.Wanted(image, modules);
    }

    /** What needs a hypervisor. */
    private void checkBare(Values p, List<MachineSpec> specs, boolean several) {
        VmConfig first = specs.getFirst().vm();
        String wrong = specs.size() > 1 ? "one image owns the computer; there are " + specs.size() + " machines"
                : several ? "only the hypervisor has logical processors to share; leave processors and parallel out"
                : first.rights().nested() ? "the computer has hardware virtualisation anyway; leave nested out"
                : specs.getFirst().agent() == AgentWay.AUTO || specs.getFirst().agent() == AgentWay.HVSOCK ? "an agent is reached by the serial port alone; say agent: serial, or none"
                : !first.networks().stream().allMatch(NetworkConfig::onPci) || first.disks().stream().anyMatch(d -> !d.bus().emulated()) || !first.actions().stream().allMatch(a -> a.action().suitsBare())
                ? "disks on SCSI, adapters on VMBus and actions other than checkpoint, link and mce need a hypervisor; leave bare out, or give disks bus: ide and adapters model: e1000e" : null;
        if (wrong != null) {
            problems.add(p.at("bare"), "bare: " + wrong);
        }
    }

    private EngineKind engine(Map<String, String> cell, Values platform) {
        String name = said(cell, platform, "engine", EngineOption.preferred());
        return EngineKind.named(name).orElseGet(() -> {
            // what the suite itself says has been checked already
            problems.add(suite.node(), EngineKind.VARIABLE + " of the environment: '" + name + "' is not one of " + String.join(", ", EngineOption.NAMES));
            return EngineKind.MACHINE_CODE;
        });
    }

    private static String said(Map<String, String> cell, Values platform, String key, String otherwise) {
        return cell.getOrDefault(key, platform == null ? otherwise : platform.text(key, otherwise));
    }

    private List<Testbed> fromCheckpoint(Matrix cells) {
        if (!List.of("engine").containsAll(cells.axes())) {
            problems.add(suite.at("matrix"), "a checkpoint says itself what its machines are; engine is the only axis that a matrix can have");
        }
        Values p = suite.has("platform") ? checker.table(suite.get("platform"), SuiteKeys.PLATFORM) : null;
        if (p != null && p.all().keySet().stream().anyMatch(k -> !k.equals("engine"))) {
            problems.add(suite.at("platform"), "a checkpoint says itself what its machines run on; engine is all that a platform can say");
        }
        Node node = suite.get("checkpoint");
        Path from = folder.resolve(suite.text("checkpoint", ""));
        try {
            var manifest = Checkpoint.open(from).manifest();
            Conditions c = manifest.conditions();
            if (c.bare()) {
                problems.add(node, "checkpoint: is of a bare machine; cases run under the hypervisor");
            }
            List<MachineSpec> machines = manifest.lab().machines().stream().map(vm -> new MachineSpec(vm, vm.boot() instanceof BootConfig.Linux ? AgentWay.AUTO : AgentWay.NONE)).toList();
            return cells.cells().stream().map(cell -> new Testbed(machines, new Platform(c.bare(), c.cpu(), c.processors(), engine(cell, p), c.realTime(), c.parallel()), from))
                    .toList();
        } catch (CheckpointException e) {
            problems.add(node, "checkpoint " + from + ": " + e.getMessage());
            return List.of();
        }
    }
}
