package dev.hv.cli.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** {@link ArchitectureRules} hold for all classes of hv. {@link ArchitectureRulesTest} shows that each of them can fail. */
class ArchitectureTest {

    private static final JavaClasses HV = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.hv");

    @Test
    void floorsImportOnlyFloorsBelow() {
        ArchitectureRules.FLOORS.check(HV);
    }

    @Test
    void roomsOfTheBusImportOnlyRoomsBelow() {
        ArchitectureRules.BUS_FLOORS.check(HV);
    }

    @Test
    void roomsOfTheHypervisorImportOnlyRoomsBelow() {
        ArchitectureRules.HYPERVISOR_FLOORS.check(HV);
        ArchitectureRules.VENDOR.check(HV);
        ArchitectureRules.OTHER_VENDOR.check(HV);
    }

    @Test
    void theRootsServicesKnowNothingOfTheCommandLine() {
        ArchitectureRules.ROOT_FLOORS.check(HV);
    }

    @Test
    void packagesHaveNoCycles() {
        ArchitectureRules.NO_CYCLES.check(HV);
    }

    @Test
    void devicesSeeNeitherPartitionsNorHypercallsNorTheProcessor() {
        ArchitectureRules.DEVICES.check(HV);
    }

    @Test
    void rawAddressesStayInTheMemoryPath() {
        ArchitectureRules.UNSAFE.check(HV);
        ArchitectureRules.RAW.check(HV);
    }

    @Test
    void hostTimeIsReadByTheClockAlone() {
        ArchitectureRules.HOST_TIME.check(HV);
    }

    @Test
    void threadsBelongToLogicalProcessorsAndHostInputAndOutput() {
        ArchitectureRules.THREADS.check(HV);
    }

    @Test
    void hostFilesAndSocketsStayAtTheEdges() {
        ArchitectureRules.HOST_FILES.check(HV);
        ArchitectureRules.SERVICES_OPEN_NOTHING.check(HV);
    }

    @Test
    void onlyTheirOwnFloorKnowsTheHypervisorsInside() {
        ArchitectureRules.HYPERVISOR.check(HV);
        ArchitectureRules.WORKER.check(HV);
    }

    @Test
    void onlyTheCommandLinePrintsAndExits() {
        ArchitectureRules.PRINTS.check(HV);
        ArchitectureRules.EXITS.check(HV);
    }

    @Test
    void nothingReflects() {
        ArchitectureRules.REFLECTS.check(HV);
    }
}
