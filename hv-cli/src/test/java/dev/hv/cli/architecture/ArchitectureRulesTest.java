package dev.hv.cli.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.hv.cli.root.worker.offender.WorkerOffenders;
import dev.hv.core.hypervisor.memory.offender.HypervisorOffenders;
import dev.hv.core.offender.CoreOffenders;
import dev.hv.core.offender.left.Left;
import dev.hv.devices.offender.DeviceOffenders;
import dev.hv.vmbus.ring.offender.RingOffenders;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule refuses every class that was written to break it. */
class ArchitectureRulesTest {

    /** The project's classes and the offenders; tests have cycles enough of their own to hide an offender's. */
    private static final JavaClasses WITH_OFFENDERS = new ClassFileImporter()
            .withImportOption(l -> l.contains("ffender") || !l.contains("/test-classes/") && !l.contains("-tests.jar")).importPackages("dev.hv");

    static Stream<Arguments> offenders() {
        return Stream.of(
                of(ArchitectureRules.FLOORS, CoreOffenders.ImportsUpwards.class),
                of(ArchitectureRules.BUS_FLOORS, RingOffenders.SeesAChannel.class, RingOffenders.SeesTheBus.class),
                of(ArchitectureRules.HYPERVISOR_FLOORS, HypervisorOffenders.SeesAPartition.class, HypervisorOffenders.SeesAVendor.class,
                        HypervisorOffenders.SeesTheHypervisor.class),
                of(ArchitectureRules.ROOT_FLOORS, WorkerOffenders.SeesARun.class),
                of(ArchitectureRules.VENDOR, HypervisorOffenders.SeesTheProcessorsVmx.class),
                of(ArchitectureRules.OTHER_VENDOR, HypervisorOffenders.SeesTheProcessorsSvm.class),
                of(ArchitectureRules.NO_CYCLES, Left.class),
                of(ArchitectureRules.DEVICES, DeviceOffenders.SeesDefinitions.class, DeviceOffenders.SeesTheProcessor.class, DeviceOffenders.SeesTheBus.class,
                        DeviceOffenders.SeesARing.class),
                of(ArchitectureRules.UNSAFE, CoreOffenders.UsesUnsafe.class),
                of(ArchitectureRules.RAW, CoreOffenders.UsesRawAddresses.class),
                of(ArchitectureRules.HOST_TIME, CoreOffenders.ReadsNanoTime.class, CoreOffenders.RefersToMilliseconds.class, CoreOffenders.ReadsADate.class,
                        CoreOffenders.MakesADate.class, CoreOffenders.Sleeps.class),
                of(ArchitectureRules.THREADS, CoreOffenders.StartsAPlatformThread.class, CoreOffenders.StartsAVirtualThread.class, CoreOffenders.MakesAThread.class,
                        CoreOffenders.IsAThread.class, CoreOffenders.RefersToThreads.class, CoreOffenders.UsesExecutors.class, CoreOffenders.UsesAFuture.class,
                        CoreOffenders.StreamsInParallel.class),
                of(ArchitectureRules.HOST_FILES, CoreOffenders.OpensAFile.class, CoreOffenders.OpensAnOldFile.class, CoreOffenders.OpensASocket.class,
                        CoreOffenders.StartsAProgram.class, DeviceOffenders.OpensAFile.class),
                of(ArchitectureRules.SERVICES_OPEN_NOTHING, WorkerOffenders.OpensAFile.class),
                of(ArchitectureRules.HYPERVISOR, WorkerOffenders.SeesAPartition.class),
                of(ArchitectureRules.WORKER, WorkerOffenders.SeesTheHypervisor.class),
                of(ArchitectureRules.PRINTS, CoreOffenders.Prints.class, CoreOffenders.PrintsErrors.class, CoreOffenders.PrintsATrace.class),
                of(ArchitectureRules.EXITS, WorkerOffenders.Exits.class, CoreOffenders.Halts.class, CoreOffenders.RefersToExit.class),
                of(ArchitectureRules.REFLECTS, CoreOffenders.Reflects.class)).flatMap(s -> s);
    }

    private static Stream<Arguments> of(ArchRule rule, Class<?>... offenders) {
        return Stream.of(offenders).map(o -> Arguments.of(rule, o));
    }

    @ParameterizedTest
    @MethodSource("offenders")
    void anOffenderIsFound(ArchRule rule, Class<?> offender) {
        assertThat(rule.evaluate(WITH_OFFENDERS).getFailureReport().getDetails()).anyMatch(line -> line.contains(offender.getName()));
    }

    @Test
    void everyFloorIsLookedAt() {
        for (String floor : new String[] {"cpu", "core", "vmbus", "devices", "cli"}) {
            assertThat(WITH_OFFENDERS.stream().filter(c -> c.getPackageName().startsWith("dev.hv." + floor)).count()).as(floor).isGreaterThan(20);
        }
    }
}
