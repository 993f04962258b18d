package dev.hv.cli.suite.run;

import static dev.hv.cli.suite.run.SmallCases.console;
import static dev.hv.cli.suite.run.SmallCases.planned;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.config.BootConfig;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cpu.execute.EngineKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processors that increase a counter without a lock: the usual order of turns never shows it, some seeds do, and each that does does so again. */
class RaceTest {

    private static final int SEEDS = 16;
    private static final Timeouts LONG = new Timeouts(SmallCases.SECOND / 5, 120 * SmallCases.SECOND);

    @TempDir
    private Path temp;

    private PlannedCase race(int logicalProcessors, EngineKind engine) throws IOException {
        Path image = temp.resolve("smp.elf");
        try (InputStream in = RaceTest.class.getResourceAsStream("/guests/smp.elf")) {
            Files.copy(in, image);
        }
        var vm = SmallCases.testbed(image, 2).machines().getFirst().vm().with(new BootConfig.Multiboot(image, "cpus=2 race", List.of()));
        var bed = new Testbed(List.of(new MachineSpec(vm, AgentWay.NONE)), new Platform(false, "intel", logicalProcessors, engine, false, false), null);
        return planned("race", bed, new Setup("ready", SmallCases.setup().place(), LONG, List.of(console("ready"))), LONG,
                new Step.Send(SmallCases.head("a key"), "g"), console("of 500"));
    }

    @ParameterizedTest
    @CsvSource({"1, MACHINE_CODE", "2, MACHINE_CODE", "2, INTERPRETER"})
    void someSeedsFindItAndFindItAgain(int logicalProcessors, EngineKind engine) throws Exception {
        PlannedCase race = race(logicalProcessors, engine);
        try (var runner = new CaseRunner(temp.resolve("setups"), temp.resolve("failed"), (lab, machine) -> null, null)) {
            assertThat(runner.run(race, 0, 0, step -> { }).console()).as("the usual turns").contains("counted 500 of");
            List<Long> found = new ArrayList<>();
            for (long seed : LongStream.rangeClosed(1, SEEDS).toArray()) {
                CaseResult first = runner.run(race, 0, seed, step -> { });
                CaseResult again = runner.run(race, 0, seed, step -> { });
                assertThat(again.console()).as("seed %d again", seed).isEqualTo(first.console());
                assertThat(again.guestNanos()).isEqualTo(first.guestNanos());
                assertThat(first.status()).as(first.reason()).isEqualTo(Status.PASSED);
                if (!first.console().contains("counted 500 of")) {
                    found.add(seed);
                }
            }
            assertThat(found).as("seeds that show the race").isNotEmpty().hasSizeLessThan(SEEDS);
        }
    }
}
