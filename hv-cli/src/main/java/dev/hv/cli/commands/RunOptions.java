package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.config.Attributes;
import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.EngineOption;
import dev.hv.cli.config.FileName;
import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.LabFile;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.ProcessorOption;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.config.VmSettings;
import dev.hv.cli.guest.AgentScript;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.trace.TraceConfig;
import dev.hv.core.tlfs.HvLimits;
import dev.hv.cpu.state.Entropy;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code hv run} (docs/cli.md), and what they make of a machine. */
public final class RunOptions {

    /** Bytes of machine code to keep when nobody says how many. */
    static final long DEFAULT_CODE = 64 << 20;

    private static final long LEAST_CODE = 1 << 20;
    private static final long MOST_CODE = 1 << 30;
    private static final String TRACE_BUS = "vmbus=";
    /** A file's name that stands for it. */
    private static final String STANDARD_ERROR = "-";
    private static final long MOST_SCRIPT = 1 << 20;

    enum TimeBase { VIRTUAL, REAL }

    enum LogLevel { ERROR, WARN, INFO, DEBUG, TRACE }

    @Parameters(arity = "0..1", paramLabel = "LAB", description = "A YAML file that describes several machines (docs/cli.md), instead of the boot, machine and device options.")
    Path labFile;

    @Option(names = "--kernel", paramLabel = "FILE", description = "Linux kernel: bzImage or vmlinux.")
    Path kernel;
    @Option(names = "--initrd", paramLabel = "FILE", description = "Initial RAM disk.")
    Path initrd;
    @Option(names = "--append", paramLabel = "TEXT", description = "Kernel command line (default console=ttyS0: the kernel prints where hv shows it).")
    String append;
    @Option(names = "--guest-script", paramLabel = "FILE", description = "Script the guest's init runs: appended to the initrd as /etc/hv/run.sh.")
    Path guestScript;
    @Option(names = "--multiboot", paramLabel = "FILE", description = "Multiboot-1 image: an ELF file, or any whose header says where it goes.")
    Path multiboot;
    @Option(names = "--module", paramLabel = "FILE", description = "Module of a multiboot image; may be repeated.")
    List<Path> modules = List.of();

    @Option(names = "--bare", description = "The image owns the machine: no hypervisor.")
    boolean bare;
    @Option(names = "--no-enlightenments", description = "The guest is not told about the hypervisor.")
    boolean noEnlightenments;
    @Option(names = "--nested", description = "The guest has VT-x or AMD-V itself, for a hypervisor in it.")
    boolean nested;
    @Option(names = "--parent", paramLabel = "KIND", completionCandidates = Candidates.Parents.class,
            description = "The guest makes partitions of its own, as a Linux with /dev/mshv does: l1vh as a child, root in the root's place, with the machine's processors and devices.")
    String parent;
    @Option(names = "--scheduler", paramLabel = "KIND", completionCandidates = Candidates.Schedulers.class,
            description = "Who runs the processors of partitions that the guest makes: core, the hypervisor (default of --parent l1vh), or root, the guest (default of --parent root).")
    String scheduler;
    @Option(names = "--cpu", paramLabel = "MODEL", completionCandidates = Candidates.CpuModels.class,
            description = "Processor model: ${COMPLETION-CANDIDATES} (default intel); ,+FEATURE and ,-FEATURE after it add and take away.")
    String cpu;
    @Option(names = "--cpus", paramLabel = "N", description = "Processors of the guest: 1 to 64.")
    String cpus;
    @Option(names = "--processors", paramLabel = "N", description = "Logical processors of the machine under the hypervisor: 1 to 64. Default: 1, "
            + "with --parallel as many as the host has.")
    String processors;
    @Option(names = "--parallel", description = "Logical processors run at the same time, a host thread each; needs real time.")
    boolean parallel;
    @Option(names = "--memory", paramLabel = "SIZE", description = "Memory, such as 512M or 2G (default 256M); with bounds where it changes: SIZE[,minimum=SIZE][,maximum=SIZE][,buffer=PERCENT][,weight=N].")
    String memory;
    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = EngineOption.DEFAULT, completionCandidates = Candidates.Engines.class,
            description = "Execution engine: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}: machine code where the host allows it, else compiled). Results are equal.")
    String engine;
    @Option(names = "--code-cache", paramLabel = "SIZE", defaultValue = "64M", description = "Machine code to keep, from 1M to 1G (default ${DEFAULT-VALUE}).")
    String codeCache;
    @Option(names = "--time", paramLabel = "virtual|real", completionCandidates = Candidates.TimeBases.class, description = "virtual (counts instructions, skips idle time, repeatable) or real (follows the host). Default: real on a terminal or when the host's "
            + "networks are reached, else virtual.")
    TimeBase time;
    @Option(names = "--instruction-time", paramLabel = "PS", description = "Virtual picoseconds per instruction (default ${DEFAULT-VALUE}).", defaultValue = "10000")
    long picosPerInstruction;
    @Option(names = "--seed", paramLabel = "N", description = "Seed of the random numbers that RDRAND, RDSEED and the table of entropy at boot give: equal seeds give equal numbers. Default: 0 in virtual time, "
            + "one of the host's random numbers in real time.")
    String seed;

    @Option(names = "--serial", paramLabel = "WHERE", completionCandidates = Candidates.Serials.class, description = "Serial console: stdio (the default), file:F, socket:F or none.")
    String serial;
    @Option(names = "--disk", paramLabel = "FILE[,ro][,snapshot][,dvd][,bus=scsi|ide|nvme|ahci][,format=raw|vhd|vhdx]",
            description = "A disk: an image or a block device; may be repeated. With snapshot, what is written is kept apart and forgotten at the end.")
    List<Path> disks = List.of();
    @Option(names = "--hvsock", paramLabel = "PATH", description = "Bridge the guest's Hyper-V sockets (AF_VSOCK) to the host: connect to this Unix socket and write CONNECT PORT to reach "
            + "a port of the guest; a guest that connects to a port of the host reaches who listens on PATH_PORT.")
    String hvsock;
    @Option(names = "--net", paramLabel = "none|switch:NAME|user|socket:PATH[,mac=M][,mac-spoofing=off][,forward=tcp:HOST:GUEST][,capture=FILE.pcapng]",
            completionCandidates = Candidates.Networks.class,
            description = "A network adapter on a named switch, on the host's network (through passt), or on a socket in QEMU's stream protocol; may be repeated. "
            + "forward leads a port of the host's loopback to the guest; on a switch vlan=N, trunk=N;N-N and mirror=source|destination say what its port is. limit=RATE: bits per second each way, as in 100M. model=e1000e: Intel's adapter on PCI Express instead of one on VMBus.")
    List<String> nets = List.of();
    @Option(names = "--video", arity = "0..1", fallbackValue = "", paramLabel = "WxH", description = "A screen with keyboard and mouse, of so many pixels, the most that the guest can have (default 1024x768).")
    String video;
    @Option(names = "--at", paramLabel = "TIME:ACTION", description = "Something done to the guest at a time of its own: shutdown, reset, pause, resume, nmi, mce=corrected|uncorrected|fatal[,cpu=N][,bank=N][,code=N][,address=N][,misc=N], sysrq=KEY, "
            + "add-disk=F, remove-disk=N, eject=N, insert=N,FILE, add-net=NET, remove-net=N, link=up|down, sync-time, kvp-get=KEY, kvp-set=KEY=VALUE, kvp-delete=KEY, copy=FILE:PATH, integration=NAME,on|off or checkpoint=DIR[,stop][,compress][,production]; TIME may be console=TEXT: when the guest has printed that. "
            + "May be repeated.")
    List<String> actions = List.of();
    @Option(names = "--restore", paramLabel = "DIR", description = "Go on from a checkpoint instead of booting; it says what the machines are. Any number of runs can start from one.")
    Path restore;
    @Option(names = "--keep-disk", description = "Write what the run changed on disks after a checkpoint, or after --restore, into their files at the end.")
    boolean keepDisks;
    @Option(names = "--firmware", paramLabel = "FILE", hidden = true, description = "Not in this version.")
    Path firmware;
    @Option(names = "--test-devices", description = "Debug exit port 0xf4, pc-testdev, fw_cfg.")
    boolean testDevices;
    @Option(names = "--iommu", description = "With --bare: an IOMMU, VT-d or AMD-Vi as the processor model is. It stays off until the image turns it on. "
            + "With --parent root: the guest's devices are behind the hypervisor's.")
    boolean iommu;

    @Option(names = "--no-reboot", description = "A guest that resets its machine is over. Without this it boots again, from the same images.")
    boolean noReboot;
    @Option(names = "--triple-fault", paramLabel = "WHAT", defaultValue = Candidates.TripleFaults.CRASH, completionCandidates = Candidates.TripleFaults.class,
            description = "What a triple fault is: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}: exit status 3, registers on standard error; reset: as on a PC).")
    String tripleFault;
    @Option(names = "--timeout", paramLabel = "TIME", description = "Wall time after which the run ends, such as 120s; exit status 4.")
    String timeoutText;
    @Option(names = "--max-instructions", paramLabel = "N", description = "Instructions after which the run ends, such as 5M; exit status 4.")
    String maxInstructionsText;
    @Option(names = "--stats", paramLabel = "FILE", description = "Write counters as JSON.")
    Path stats;
    @Option(names = "--log", paramLabel = "LEVEL", defaultValue = "warn", completionCandidates = Candidates.LogLevels.class,
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
    LogLevel log;
    @Option(names = "--trace", paramLabel = "WHAT=FILE", description = "Write what happens, decoded: vmbus (a capture when FILE ends in .pcapng), exits, hypercalls, msrs, interrupts, instructions or iommu. "
            + "Behind FILE, all but vmbus take, with commas between: vm=NAME, vp=N, address=A-B, from=TIME, until=TIME, size=SIZE, full=stop or full=ring.")
    List<String> traces = List.of();
    @Option(names = "--digest", description = "Print a digest of all machine state at the end, on standard error.")
    boolean digest;
    @Option(names = "--digest-at", paramLabel = "N[,N...]", description = "Print such digests on the way, too, when so many instructions have been run: numbers such as 500M, with commas between.")
    List<String> digestsAt = List.of();

    private List<TraceConfig> asked = List.of();

    /** Asks for a trace, as {@code --trace} does. */
    void trace(TraceConfig wanted) {
        asked = List.of(wanted);
    }

    /** Traces beside VMBus's. */
    List<TraceConfig> otherTraces() {
        return Stream.concat(asked.stream(), traces.stream().filter(t -> !t.startsWith(TRACE_BUS)).map(t -> TraceConfig.parse("--trace", t))).toList();
    }

    /** Those of VMBus. */
    private List<String> busTraces() {
        return traces.stream().filter(t -> t.startsWith(TRACE_BUS)).toList();
    }

    /** Asks for a trace of VMBus, as {@code --trace vmbus=FILE} does. */
    void traceBus(String file) {
        if (!busTraces().isEmpty()) {
            throw new UsageException("--trace: hv trace vmbus writes one already; say -o FILE");
        }
        traces = Stream.concat(traces.stream(), Stream.of(TRACE_BUS + file)).toList();
    }

    /** The option that needs the agent in the guest; null when none does. */
    private String agentFor;

    /** Says which option needs the agent in the guest; null for none. */
    void agentFor(String option) {
        agentFor = option;
        if (option != null && labFile != null) {
            throw new UsageException(option + ": is one machine's; give the machine by options, and not as " + labFile);
        }
        if (option != null && restore == null && (kernel == null || initrd == null)) {
            throw new UsageException(option + ": needs --kernel and --initrd, of hv guest for example: the agent is appended to it");
        }
    }

    /** What the run goes on from; null when it boots. */
    Restart restart() {
        if (restore == null) {
            return null;
        }
        String given = labFile != null ? labFile.toString() : given();
        if (given != null) {
            throw new UsageException(given + ": --restore takes the machines from the checkpoint; leave it out");
        }
        try {
            byte[] script = guestScript == null ? null : InputFiles.read("--guest-script", guestScript, MOST_SCRIPT);
            Checkpoint checkpoint = Checkpoint.open(restore);
            return new Restart(restore, checkpoint, agentFor == null ? script : agentScript(checkpoint, script));
        } catch (CheckpointException e) {
            throw new UsageException("--restore " + restore + ": " + e.getMessage());
        }
    }

    /** What a guest of a checkpoint is sent, so that the agent comes to listen: nothing where it does already. */
    private byte[] agentScript(Checkpoint checkpoint, byte[] script) {
        List<VmConfig> machines = checkpoint.manifest().lab().machines();
        if (machines.size() > 1) {
            throw new UsageException(agentFor + ": is one machine's, and " + restore + " has " + machines.size());
        }
        String append = machines.getFirst().boot() instanceof BootConfig.Linux linux ? linux.append() : "";
        if (AgentScript.wanted(append)) {
            if (script != null) {
                throw new UsageException("--guest-script " + guestScript + ": the agent listens in this guest already; say --put and --exec");
            }
            return null;
        }
        if (!(" " + append + " ").contains(" hv.hold ")) {
            throw new UsageException(agentFor + ": no agent listens in the guest of " + restore + "; boot it with " + AgentScript.WORD + " or hv.hold on the kernel's command line");
        }
        return AgentScript.bytes(script);
    }

    /** The machines of a checkpoint, as this run has them. */
    LabConfig lab(Restart restart) {
        check();
        LabConfig saved = restart.checkpoint().manifest().lab();
        VmConfig only = saved.machines().getFirst();
        boolean one = saved.machines().size() == 1;
        if (!one && (serial != null || hvsock != null || guestScript != null || !actions.isEmpty())) {
            throw new UsageException((serial != null ? "--serial" : hvsock != null ? "--hvsock" : guestScript != null ? "--guest-script" : "--at") + ": is one machine's, and "
                    + restore + " has " + saved.machines().size());
        }
        if (!one) {
            return saved;
        }
        var more = new VmSettings(Path.of(""));
        more.serial("--serial", console());
        give(hvsock, p -> more.sockets("--hvsock", p));
        actions.forEach(a -> more.action("--at", a));
        return new LabConfig(List.of(more.addTo(only)));
    }

    /** The machines that are to run. */
    LabConfig lab() {
        check();
        LabConfig lab = labFile != null ? fromFile() : new LabConfig(List.of(machine())).checked();
        if (bare) {
            checkBare(lab);
        } else if (lab.machines().stream().anyMatch(m -> m.iommu() && !m.root())) {
            throw new UsageException("--iommu: the hypervisor has the computer's IOMMU; leave it out, or add --bare or --parent root");
        }
        return lab;
    }

    private LabConfig fromFile() {
        String given = given();
        if (given != null) {
            throw new UsageException(given + ": belongs to the machines in " + labFile + "; write it there");
        }
        return LabFile.read(labFile);
    }

    /** An option that describes a machine and was given, or null. */
    private String given() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("--kernel", kernel);
        options.put("--initrd", initrd);
        options.put("--append", append);
        options.put("--guest-script", restore == null ? guestScript : null);
        options.put("--multiboot", multiboot);
        options.put("--module", modules.isEmpty() ? null : modules);
        options.put("--no-enlightenments", noEnlightenments ? true : null);
        options.put("--nested", nested ? true : null);
        options.put("--parent", parent);
        options.put("--cpus", cpus);
        options.put("--memory", memory);
        options.put("--serial", restore == null ? serial : null);
        options.put("--hvsock", restore == null ? hvsock : null);
        options.put("--video", video);
        options.put("--disk", disks.isEmpty() ? null : disks);
        options.put("--net", nets.isEmpty() ? null : nets);
        options.put("--at", restore != null || actions.isEmpty() ? null : actions);
        options.put("--test-devices", testDevices ? true : null);
        options.put("--iommu", iommu ? true : null);
        return options.entrySet().stream().filter(e -> e.getValue() != null).map(Map.Entry::getKey).findFirst().orElse(null);
    }

    private VmConfig machine() {
        var vm = new VmSettings(Path.of(""));
        give(kernel, k -> vm.kernel(k.toString()));
        give(initrd, i -> vm.initrd(i.toString()));
        give(agentFor == null ? append : agentAsked(), vm::append);
        give(guestScript, s -> vm.guestScript(s.toString()));
        give(multiboot, m -> vm.multiboot(m.toString()));
        modules.forEach(m -> vm.module(m.toString()));
        give(memory, m -> vm.memory("--memory", m));
        give(cpus, n -> vm.cpus("--cpus", n));
        vm.serial("--serial", console());
        give(hvsock, p -> vm.sockets("--hvsock", p));
        vm.enlightened(!noEnlightenments);
        vm.nested(nested);
        give(parent, p -> vm.parent("--parent", p));
        give(scheduler, s -> vm.scheduler("--scheduler", s));
        vm.testDevices(testDevices);
        vm.iommu(iommu);
        give(video, v -> vm.video("--video", v));
        disks.forEach(d -> vm.disk("--disk", d.toString()));
        nets.forEach(n -> vm.network("--net", n));
        actions.forEach(a -> vm.action("--at", a));
        return vm.build("", "--");
    }

    private String agentAsked() {
        String words = append == null ? VmSettings.DEFAULT_APPEND : append;
        return AgentScript.asking(words, GuestRights.Parent.ROOT.text().equals(parent));
    }

    /** Where the console goes: with a command of which the output is wanted, nowhere unless somebody says so. */
    private String console() {
        return serial != null ? serial : agentFor == null ? "stdio" : "none";
    }

    private static <T> void give(T value, Consumer<T> to) {
        if (value != null) {
            to.accept(value);
        }
    }

    private static void checkBare(LabConfig lab) {
        VmConfig only = lab.machines().getFirst();
        if (lab.machines().size() > 1) {
            throw new UsageException("--bare: one image owns the machine; this lab has " + lab.machines().size() + " machines");
        }
        if (only.rights().parent() != GuestRights.Parent.NONE) {
            throw new UsageException("--parent: a bare machine has no hypervisor to make partitions; leave it out, or --bare");
        }
        if (only.rights().nested()) {
            throw new UsageException("--nested: a bare machine has hardware virtualisation anyway; leave it out, or --bare");
        }
        if (only.disks().stream().anyMatch(d -> !d.bus().emulated()) || !only.networks().stream().allMatch(NetworkConfig::onPci) || only.sockets() != null || only.screen() != null
                || !only.actions().stream().allMatch(a -> a.action().suitsBare())) {
            throw new UsageException("--bare: disks on SCSI, adapters on VMBus, sockets, screens and actions other than checkpoint, link and mce need a hypervisor; leave --bare out, or give disks bus=ide, bus=nvme or bus=ahci and adapters model=e1000e");
        }
    }

    /** Checks everything that needs no files and is no machine's own. */
    private void check() {
        ProcessorOption.check("--cpu", processorModel(), !bare && restore == null);
        Candidates.require("--engine", engine, new Candidates.Engines());
        Candidates.require("--triple-fault", tripleFault, new Candidates.TripleFaults());
        if (noReboot && resetAtTripleFault()) {
            throw new UsageException("--no-reboot: with --triple-fault reset a triple fault would boot again; leave one of them out");
        }
        if (picosPerInstruction < 1 || picosPerInstruction > 1_000_000_000L) {
            throw new UsageException("--instruction-time " + picosPerInstruction + ": from 1 to 1000000000 picoseconds");
        }
        if (firmware != null) {
            throw new UsageException("--firmware " + firmware + ": booting through firmware is not in this version; use --kernel or --multiboot");
        }
        List<String> bus = busTraces();
        if (bus.size() > 1) {
            throw new UsageException("--trace " + bus.get(1) + ": one trace of VMBus a run");
        }
        if (bus.contains(TRACE_BUS)) {
            throw new UsageException("--trace " + TRACE_BUS + ": a file is needed, as in --trace vmbus=FILE");
        }
        if (!bus.isEmpty() && bare) {
            throw new UsageException("--trace " + bus.getFirst() + ": the bare machine has no VMBus; leave --bare out");
        }
        otherTraces();
        if (bare && (parallel || processors != null)) {
            throw new UsageException((parallel ? "--parallel" : "--processors " + processors) + ": only the hypervisor has logical processors to share; leave --bare out");
        }
        if (parallel && time == TimeBase.VIRTUAL) {
            throw new UsageException("--parallel: processors that run at the same time cannot share virtual time; say --time real");
        }
        if (stats != null) {
            OutputFiles.require("--stats ", stats);
        }
        if (!bus.isEmpty() && !traceFile().equals(STANDARD_ERROR)) {
            OutputFiles.require("--trace " + TRACE_BUS, FileName.of(traceFile()));
        }
    }

    /** Says which files these options name that no machine does. */
    void files(FileRoles roles) {
        if (labFile != null) {
            roles.read("the lab", labFile);
        }
        roles.write("--stats ", stats);
        if (!busTraces().isEmpty() && !traceFile().equals(STANDARD_ERROR)) {
            roles.write("--trace " + TRACE_BUS, Path.of(traceFile()));
        }
        otherTraces().stream().filter(t -> !t.file().equals(STANDARD_ERROR)).forEach(t -> roles.write("--trace " + t.kind().word() + "=", Path.of(t.file())));
    }

    /** What holds for a run that goes on from a checkpoint. */
    RunSettings settings(Restart restart, boolean terminal) {
        if (bare || time != null || parallel || processors != null || cpu != null || seed != null) {
            throw new UsageException((bare ? "--bare" : time != null ? "--time" : parallel ? "--parallel" : processors != null ? "--processors" : cpu != null ? "--cpu" : "--seed") + ": --restore takes the machine from the checkpoint; leave it out");
        }
        Conditions c = restart.checkpoint().manifest().conditions();
        return new RunSettings(c.bare(), c.realTime(), c.cpu(), c.processors(), c.parallel(), c.picosPerInstruction(), c.seed(), Sizes.timeout("--timeout", timeoutText), mostInstructions(), terminal, stats, tracedTo(),
                digest, digestsAt(), !noReboot, resetAtTripleFault(), EngineOption.kind(engine), codeCache(), keepDisks);
    }

    private boolean resetAtTripleFault() {
        return tripleFault.equals(Candidates.TripleFaults.RESET);
    }

    private long mostInstructions() {
        return maxInstructionsText == null ? Long.MAX_VALUE : Sizes.count("--max-instructions", maxInstructionsText);
    }

    private List<Long> digestsAt() {
        return digestsAt.stream().flatMap(all -> Attributes.list("--digest-at", all, "a number is needed, as in 1M,500M").stream()).map(n -> Sizes.count("--digest-at", n)).sorted().distinct().toList();
    }

    private String tracedTo() {
        return busTraces().isEmpty() ? null : traceFile();
    }

    /** What holds for the run as a whole. */
    RunSettings settings(LabConfig lab, boolean terminal) {
        if (processors != null && lab.machines().stream().anyMatch(VmConfig::root)) {
            throw new UsageException("--processors " + processors + ": a guest in the root's place has as many logical processors as --cpus says; leave it out");
        }
        boolean real = time == null ? terminal || lab.reachesHost() || parallel : time == TimeBase.REAL;
        return new RunSettings(bare, real, processorModel(), processors(), parallel, picosPerInstruction, seed(real), Sizes.timeout("--timeout", timeoutText), mostInstructions(), terminal, stats, tracedTo(), digest,
                digestsAt(), !noReboot, resetAtTripleFault(), EngineOption.kind(engine), codeCache(), keepDisks);
    }

    private long codeCache() {
        long size = Sizes.bytes("--code-cache", codeCache);
        if (size < LEAST_CODE || size > MOST_CODE) {
            throw new UsageException("--code-cache " + codeCache + ": from 1M to 1G");
        }
        return size;
    }

    /** Seed of the processors' random numbers. */
    private long seed(boolean real) {
        if (seed == null) {
            return real ? new SecureRandom().nextLong() : Entropy.DEFAULT_SEED;
        }
        return SeedOption.parse("--seed", seed);
    }

    private String traceFile() {
        return busTraces().getFirst().substring(TRACE_BUS.length());
    }

    private String processorModel() {
        return cpu == null ? ProcessorOption.DEFAULT : cpu;
    }

    /** Logical processors of the machine. */
    private int processors() {
        if (processors == null) {
            return parallel ? Math.min(HvLimits.LOGICAL_PROCESSORS, Runtime.getRuntime().availableProcessors()) : 1;
        }
        int n = processors.matches("\\d{1,4}") ? Integer.parseInt(processors) : 0;
        if (n < 1 || n > HvLimits.LOGICAL_PROCESSORS) {
            throw new UsageException("--processors " + processors + ": from 1 to " + HvLimits.LOGICAL_PROCESSORS + " logical processors can be given");
        }
        return n;
    }

    /** The log level's name. */
    String logLevel() {
        return log.name().toLowerCase(Locale.ROOT);
    }
}
