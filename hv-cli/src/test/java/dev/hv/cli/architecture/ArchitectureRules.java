package dev.hv.cli.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.devices.AmdViRemapper;
import dev.hv.core.hypervisor.devices.VtdRemapper;
import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.hypervisor.partition.GuestDebug;
import dev.hv.core.hypervisor.svm.SvmBackend;
import dev.hv.core.hypervisor.vmx.VmxBackend;
import dev.hv.core.machine.ScatterList;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.memory.HostLibrary;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.Raw;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.ChannelStatistics;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.channel.SocketRequests;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.PayloadText;
import dev.hv.vmbus.ring.Packet;
import java.util.Set;

/**
 * The rules of docs/architecture.md that a machine can check. What a class does is looked for in all its accesses, method references
 * too: {@code callMethod} would not see those. Each rule is one condition after one {@code should}: {@code andShould} and {@code orShould}
 * bind from left to right, so that a mix of both says something else than it reads.
 */
final class ArchitectureRules {

    private static final String CONSTRUCTOR = "<init>";
    private static final Set<String> RUNNERS = Set.of("Executors", "ExecutorService", "ScheduledExecutorService", "ThreadPoolExecutor",
            "ScheduledThreadPoolExecutor", "ForkJoinPool", "ForkJoinTask", "CompletableFuture", "StructuredTaskScope", "ThreadFactory");

    static final ArchRule FLOORS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("hv-cpu").definedBy("dev.hv.cpu..")
            .layer("hv-core").definedBy("dev.hv.core..")
            .layer("hv-vmbus").definedBy("dev.hv.vmbus..")
            .layer("hv-devices").definedBy("dev.hv.devices..")
            .layer("hv-cli").definedBy("dev.hv.cli..")
            .whereLayer("hv-cli").mayNotBeAccessedByAnyLayer()
            .whereLayer("hv-devices").mayOnlyBeAccessedByLayers("hv-cli")
            .whereLayer("hv-vmbus").mayOnlyBeAccessedByLayers("hv-devices", "hv-cli")
            .whereLayer("hv-core").mayOnlyBeAccessedByLayers("hv-vmbus", "hv-devices", "hv-cli");

    /** Within hv-vmbus: memory and ring below, then what is said, the channels, the bus, and what writes it down. */
    static final ArchRule BUS_FLOORS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("memory").definedBy("dev.hv.vmbus.memory..")
            .layer("ring").definedBy("dev.hv.vmbus.ring..")
            .layer("protocol").definedBy("dev.hv.vmbus.protocol..")
            .layer("channel").definedBy("dev.hv.vmbus.channel..")
            .layer("bus").definedBy("dev.hv.vmbus")
            .layer("trace").definedBy("dev.hv.vmbus.trace..")
            .whereLayer("trace").mayNotBeAccessedByAnyLayer()
            .whereLayer("bus").mayOnlyBeAccessedByLayers("trace")
            .whereLayer("channel").mayOnlyBeAccessedByLayers("bus", "trace")
            .whereLayer("protocol").mayOnlyBeAccessedByLayers("channel", "bus", "trace")
            .whereLayer("ring").mayOnlyBeAccessedByLayers("protocol", "channel", "bus", "trace");

    /**
     * Within the hypervisor: memory, then hardware and schedule, partitions, what guests meet, and the hypervisor itself. The virtualisation of
     * one vendor stands aside.
     */
    static final ArchRule HYPERVISOR_FLOORS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("memory").definedBy("dev.hv.core.hypervisor.memory..")
            .layer("devices").definedBy("dev.hv.core.hypervisor.devices..")
            .layer("hardware").definedBy("dev.hv.core.hypervisor.hardware..")
            .layer("vmx").definedBy("dev.hv.core.hypervisor.vmx..")
            .layer("svm").definedBy("dev.hv.core.hypervisor.svm..")
            .layer("schedule").definedBy("dev.hv.core.hypervisor.schedule..")
            .layer("partition").definedBy("dev.hv.core.hypervisor.partition..")
            .layer("guest").definedBy("dev.hv.core.hypervisor.guest..")
            .layer("calls").definedBy("dev.hv.core.hypervisor.calls..")
            .layer("hypervisor").definedBy("dev.hv.core.hypervisor")
            .whereLayer("hypervisor").mayNotBeAccessedByAnyLayer()
            .whereLayer("vmx").mayNotBeAccessedByAnyLayer()
            .whereLayer("svm").mayNotBeAccessedByAnyLayer()
            .whereLayer("calls").mayOnlyBeAccessedByLayers("hypervisor")
            .whereLayer("guest").mayOnlyBeAccessedByLayers("calls", "hypervisor")
            .whereLayer("partition").mayOnlyBeAccessedByLayers("calls", "guest", "hypervisor")
            .whereLayer("schedule").mayOnlyBeAccessedByLayers("partition", "hypervisor")
            .whereLayer("hardware").mayOnlyBeAccessedByLayers("vmx", "svm", "partition", "calls", "guest", "hypervisor")
            .whereLayer("devices").mayOnlyBeAccessedByLayers("partition", "calls", "hypervisor")
            .whereLayer("memory").mayOnlyBeAccessedByLayers("devices", "hardware", "vmx", "svm", "partition", "calls", "hypervisor");

    /**
     * Within hv-cli: what the root partition's services are made of (boot loaders, a worker a machine, machines), and above it all that a user
     * gives and sees. The services know the console they print to and nothing else of the command line.
     */
    static final ArchRule ROOT_FLOORS = layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("boot").definedBy("dev.hv.cli.root.boot..")
            .layer("worker").definedBy("dev.hv.cli.root.worker..")
            .layer("machine").definedBy("dev.hv.cli.root.machine..")
            .layer("runs").definedBy("dev.hv.cli.run..", "dev.hv.cli.demo..", "dev.hv.cli.checkpoint..", "dev.hv.cli.record..", "dev.hv.cli.debug..", "dev.hv.cli.guest..", "dev.hv.cli.config..", "dev.hv.cli.screen..", "dev.hv.cli.vnc..")
            .layer("commands").definedBy("dev.hv.cli.commands..", "dev.hv.cli")
            .whereLayer("commands").mayNotBeAccessedByAnyLayer()
            .whereLayer("runs").mayOnlyBeAccessedByLayers("commands")
            .whereLayer("machine").mayOnlyBeAccessedByLayers("runs", "commands")
            .whereLayer("worker").mayOnlyBeAccessedByLayers("machine", "runs")
            .whereLayer("boot").mayOnlyBeAccessedByLayers("machine", "runs", "commands");

    /** What a vendor's processors do differently is known where it is made neutral. */
    static final ArchRule VENDOR = noClasses().that().resideInAPackage("dev.hv.core..").and().resideOutsideOfPackage("dev.hv.core.hypervisor.vmx..")
            .should().dependOnClassesThat().resideInAPackage("dev.hv.cpu.vmx..");
    static final ArchRule OTHER_VENDOR = noClasses().that().resideInAPackage("dev.hv.core..").and().resideOutsideOfPackage("dev.hv.core.hypervisor.svm..")
            .should().dependOnClassesThat().resideInAPackage("dev.hv.cpu.svm..");

    static final ArchRule NO_CYCLES = slices().matching("dev.hv.(**)").should().beFreeOfCycles();

    /** Device models see machine interfaces, providers a channel and what goes through it; disks the host's library. */
    static final ArchRule DEVICES = noClasses().that().resideInAPackage("dev.hv.devices..").should().dependOnClassesThat(
            resideInAPackage("dev.hv..").and(not(resideInAnyPackage("dev.hv.devices..", "dev.hv.core.machine..", "dev.hv.cpu.snapshot")))
                    .and(not(belongToAnyOf(LittleEndian.class, Page.class, HostLibrary.class, HostLibrary.Function.class, Channel.class, ChannelHandler.class, ChannelOffer.class, ChannelStatistics.class, Packet.class,
                            GuestBuffer.class, Guid.class, Offers.class, PayloadText.class, SocketRequests.class))));

    static final ArchRule UNSAFE = noClasses().that(not(belongToAnyOf(Raw.class))).should().dependOnClassesThat().haveFullyQualifiedName("sun.misc.Unsafe");

    static final ArchRule RAW = noClasses().that(resideInAPackage("dev.hv..").and(not(resideInAPackage("dev.hv.cpu.."))).and(not(belongToAnyOf(SystemMemory.class, ScatterList.class))))
            .should().dependOnClassesThat(belongToAnyOf(Raw.class));

    static final ArchRule HOST_TIME = noClasses().that(not(belongToAnyOf(VirtualClock.class))).should().accessTargetWhere(describe("it reads host time", a ->
            accesses(a, "java.lang.System", "nanoTime", "currentTimeMillis")
                    || accesses(a, "java.lang.Thread", "sleep")
                    || accesses(a, "java.util.concurrent.TimeUnit", "sleep")
                    || accesses(a, "java.util.Calendar", "getInstance")
                    || accesses(a, "java.util.Date", CONSTRUCTOR)
                    || a.getTargetOwner().getPackageName().equals("java.time") && a.getName().equals("now")
                    || accesses(a, "java.time.Clock", "system", "systemUTC", "systemDefaultZone", "tick", "tickMillis", "tickSeconds", "tickMinutes")));

    static final ArchRule THREADS = noClasses().that().resideOutsideOfPackages("dev.hv.cli..", "dev.hv.core.machine", "dev.hv.devices..uplink..")
            .should().accessTargetWhere(describe("it starts threads", a ->
                    accesses(a, "java.lang.Thread", CONSTRUCTOR, "ofVirtual", "ofPlatform", "startVirtualThread", "start")
                            || accesses(a, "java.util.Timer", CONSTRUCTOR)
                            || accesses(a, "java.util.Collection", "parallelStream") || accesses(a, "java.util.stream.BaseStream", "parallel")
                            || a.getTargetOwner().getPackageName().equals("java.util.concurrent") && RUNNERS.contains(a.getTargetOwner().getSimpleName())));

    static final ArchRule HOST_FILES = noClasses().that().resideOutsideOfPackages("dev.hv.cli..", "dev.hv.devices.disk", "dev.hv.devices..uplink")
            .should().dependOnClassesThat(hostInputAndOutput());

    /** Within hv-cli, what a guest can reach opens nothing either: it gets disks, streams and images that others have opened. */
    static final ArchRule SERVICES_OPEN_NOTHING = noClasses().that().resideInAnyPackage("dev.hv.cli.root.worker..", "dev.hv.cli.root.machine..", "dev.hv.cli.root.boot..")
            .should().dependOnClassesThat(hostInputAndOutput());

    /** Who assembles a machine starts the hypervisor on its hardware; services use WinHv and Vid. */
    static final ArchRule HYPERVISOR = noClasses().that().resideOutsideOfPackage("dev.hv.core..").should().dependOnClassesThat(
            resideInAPackage("dev.hv.core.hypervisor..").and(not(belongToAnyOf(Hypervisor.class, GuestDebug.class, GuestWatch.class, VmxBackend.class, SvmBackend.class, VtdRemapper.class, AmdViRemapper.class))));

    static final ArchRule WORKER = noClasses().that().resideInAPackage("dev.hv.cli.root.worker..").should().dependOnClassesThat().resideInAPackage("dev.hv.core.hypervisor..");

    static final ArchRule PRINTS = noClasses().that().resideOutsideOfPackage("dev.hv.cli..").should().accessTargetWhere(describe("it prints", a ->
            accesses(a, "java.lang.System", "out", "err", "console") || a.getName().equals("printStackTrace")
                    || a.getTargetOwner().getFullName().equals("java.io.FileDescriptor")));

    static final ArchRule EXITS = noClasses().that().resideOutsideOfPackage("dev.hv.cli").should().accessTargetWhere(describe("it ends the JVM", a ->
            accesses(a, "java.lang.System", "exit") || accesses(a, "java.lang.Runtime", "exit", "halt")));

    // JUnit's extensions are told of methods and parameters by reflection
    static final ArchRule REFLECTS = noClasses().that(not(belongToAnyOf(Raw.class)).and(not(resideInAPackage("dev.hv.cli.junit")))).should().dependOnClassesThat().resideInAPackage("java.lang.reflect..");

    private ArchitectureRules() {}

    /** Whether an access is to one of these members, or to that of a subclass by its name. */
    private static boolean accesses(JavaAccess<?> access, String owner, String... names) {
        return access.getTargetOwner().isAssignableTo(owner) && Set.of(names).contains(access.getName());
    }

    private static DescribedPredicate<JavaClass> hostInputAndOutput() {
        return resideInAnyPackage("java.nio.file..", "java.net..", "java.nio.channels..").or(describe("open files", c ->
                c.getFullName().matches("java\\.io\\.(File|RandomAccessFile).*")))
                .or(describe("start programs", c -> c.getFullName().startsWith("java.lang.Process")));
    }
}
