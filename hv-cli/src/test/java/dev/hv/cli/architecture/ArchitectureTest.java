package dev.hv.cli.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.memory.Raw;
import org.junit.jupiter.api.Test;

/** The rules of docs/architecture.md that a machine can check. */
class ArchitectureTest {

    private static final JavaClasses HV = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hv");

    @Test
    void floorsImportOnlyFloorsBelow() {
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true)
                .layer("hv-cpu").definedBy("dev.hv.cpu..")
                .layer("hv-core").definedBy("dev.hv.core..")
                .layer("hv-vmbus").definedBy("dev.hv.vmbus..")
                .layer("hv-devices").definedBy("dev.hv.devices..")
                .layer("hv-cli").definedBy("dev.hv.cli..")
                .whereLayer("hv-cli").mayNotBeAccessedByAnyLayer()
                .whereLayer("hv-devices").mayOnlyBeAccessedByLayers("hv-cli")
                .whereLayer("hv-vmbus").mayOnlyBeAccessedByLayers("hv-devices", "hv-cli")
                .whereLayer("hv-core").mayOnlyBeAccessedByLayers("hv-vmbus", "hv-devices", "hv-cli")
                .check(HV);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.hv.(**)").should().beFreeOfCycles().check(HV);
    }

    @Test
    void devicesSeeNeitherPartitionsNorHypercallsNorTheProcessor() {
        noClasses().that().resideInAPackage("dev.hv.devices..").should().dependOnClassesThat(
                resideInAPackage("dev.hv..").and(not(resideInAnyPackage("dev.hv.devices..", "dev.hv.vmbus..", "dev.hv.core.machine..", "dev.hv.cpu.snapshot"))))
                .check(HV);
    }

    @Test
    void rawAddressesStayInTheMemoryPath() {
        noClasses().that(not(belongToAnyOf(Raw.class))).should().dependOnClassesThat().haveFullyQualifiedName("sun.misc.Unsafe").check(HV);
        noClasses().that(resideInAPackage("dev.hv..").and(not(resideInAPackage("dev.hv.cpu.."))).and(not(belongToAnyOf(SystemMemory.class))))
                .should().dependOnClassesThat(belongToAnyOf(Raw.class)).check(HV);
    }

    @Test
    void hostTimeIsReadByTheClockAlone() {
        var others = noClasses().that(not(belongToAnyOf(VirtualClock.class)));
        others.should().callMethod(System.class, "nanoTime").check(HV);
        others.should().callMethod(System.class, "currentTimeMillis").check(HV);
        others.should().dependOnClassesThat().haveFullyQualifiedName("java.time.Clock").check(HV);
        others.should().callMethod("java.time.Instant", "now").check(HV);
        others.should().callMethod("java.time.LocalDateTime", "now").check(HV);
        others.should().callMethod("java.lang.Thread", "sleep", "long").check(HV);
    }

    @Test
    void threadsBelongToLogicalProcessorsAndHostInputAndOutput() {
        noClasses().that().resideOutsideOfPackages("dev.hv.cli..", "dev.hv.core.machine", "dev.hv.devices.network.uplink..").should().callConstructor(Thread.class, Runnable.class)
                .orShould().callMethod(Thread.class, "ofVirtual").orShould().callMethod(Thread.class, "ofPlatform")
                .orShould().dependOnClassesThat().resideInAPackage("java.util.concurrent").andShould()
                .dependOnClassesThat(new DescribedPredicate<>("run threads") {
                    @Override
                    public boolean test(JavaClass c) {
                        return c.getSimpleName().endsWith("Executors") || c.getSimpleName().endsWith("ExecutorService");
                    }
                }).check(HV);
    }

    @Test
    void hostFilesAndSocketsStayAtTheEdges() {
        noClasses().that().resideInAnyPackage("dev.hv.core..", "dev.hv.vmbus..", "dev.hv.devices.chipset..", "dev.hv.devices.firmware..")
                .should().dependOnClassesThat().resideInAnyPackage("java.nio.file..", "java.net..", "java.nio.channels..")
                .orShould().dependOnClassesThat().haveNameMatching("java\\.io\\.(File|RandomAccessFile).*").check(HV);
    }

    @Test
    void onlyTheirOwnFloorKnowsTheHypervisorsInside() {
        // who assembles a machine starts the hypervisor; services use WinHv and Vid
        noClasses().that().resideOutsideOfPackage("dev.hv.core..").should().dependOnClassesThat(
                resideInAPackage("dev.hv.core.hypervisor..").and(not(belongToAnyOf(Hypervisor.class)))).check(HV);
        noClasses().that().resideInAPackage("dev.hv.cli.worker..").should().dependOnClassesThat().resideInAPackage("dev.hv.core.hypervisor..").check(HV);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        noClasses().that().resideOutsideOfPackage("dev.hv.cli..").should().accessField(System.class, "out")
                .orShould().accessField(System.class, "err").check(HV);
        noClasses().that().resideOutsideOfPackage("dev.hv.cli").should().callMethod(System.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "exit", int.class).orShould().callMethod(Runtime.class, "halt", int.class).check(HV);
    }

    @Test
    void nothingReflects() {
        noClasses().that(not(belongToAnyOf(Raw.class))).should().dependOnClassesThat().resideInAPackage("java.lang.reflect..").check(HV);
    }
}
