package dev.hv.cli.suite.run;

import static dev.hv.cli.suite.run.SmallCases.TIMEOUTS;
import static dev.hv.cli.suite.run.SmallCases.console;
import static dev.hv.cli.suite.run.SmallCases.end;
import static dev.hv.cli.suite.run.SmallCases.planned;
import static dev.hv.cli.suite.run.SmallCases.setup;
import static dev.hv.cli.suite.run.SmallCases.testbed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.run.SmallGuest;
import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases run in this process, on guests of a few instructions: what passes, how what fails says so, and what is left of both. */
class CaseRunnerTest {

    private static final int FORKS = 20;
    private static final long STALL = SmallCases.SECOND / 50;

    @TempDir
    private Path temp;
    private CaseRunner runner;

    @BeforeEach
    void open() {
        runner = new CaseRunner(temp.resolve("setups"), temp.resolve("failed"), (lab, machine) -> null, null);
    }

    @AfterEach
    void close() {
        runner.close();
    }

    private CaseResult run(PlannedCase planned) {
        return runner.run(planned, 0, 0, step -> { });
    }

    /** A guest that echoes what is typed: in al, 3FDh; test al, 1; jz; in al, 3F8h; out 3F8h, al. */
    private Path echo() throws IOException {
        return TinyGuest.write(temp.resolve("echo.elf"), 0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0xEB, 0xEF);
    }

    private static Step type(String text) {
        return new Step.Send(SmallCases.head("type " + text), text);
    }

    @Test
    void expectsTypesAndSeesTheEnd() throws Exception {
        CaseResult greeting = run(planned("greeting", testbed(TinyGuest.write(temp.resolve("hi.elf"), TinyGuest.greeting()), 1), null, TIMEOUTS, console("hi"), end(Step.EndKind.EXIT, 1)));
        assertThat(greeting.reason()).isEmpty();
        assertThat(greeting.status()).isEqualTo(Status.PASSED);
        assertThat(greeting.console()).isEqualTo("hi\n");
        assertThat(greeting.artefacts()).isNull();

        CaseResult echo = run(planned("echo", testbed(echo(), 1), null, TIMEOUTS, type("one two"), console("two"), type("three"), console("three")));
        assertThat(echo.reason()).isEmpty();
        assertThat(echo.steps()).hasSize(4);
    }

    @Test
    void aCaseThatFailsSaysWhyAndLeavesAFolderThatGoesOnBeforeTheStep() throws Exception {
        CaseResult r = run(planned("wrong", testbed(echo(), 1), null, TIMEOUTS, type("abc"), console("abc"), type("def"), console("xyz")));
        assertThat(r.status()).isEqualTo(Status.FAILED);
        assertThat(r.reason()).isEqualTo("step 4 (console xyz): the case took longer than its 0.05 s of the guest's time");
        assertThat(r.replay()).isEqualTo("hv test small.yaml --filter small/wrong --seed 0");
        assertThat(r.artefacts()).isEqualTo(temp.resolve("failed/small_wrong"));
        assertThat(r.artefacts().resolve("console-vm.log")).hasContent("abcdef");
        assertThat(Files.readString(r.artefacts().resolve("steps.log"))).contains(r.replay(), "PASSED", "FAILED", "console xyz");
        Checkpoint before = Checkpoint.open(r.artefacts().resolve(CaseRunner.CHECKPOINT));
        before.check();
        assertThat(before.manifest().lab().machines().getFirst().name()).isEqualTo("vm");
    }

    @Test
    void hostileGuestsFailTheirOwnCasesOnlyWithTheirReasons() throws Exception {
        var flood = testbed(TinyGuest.write(temp.resolve("flood.elf"), TinyGuest.flood()), 1);
        assertThat(run(planned("prints without end", flood, null, new Timeouts(SmallCases.SECOND / 50, 60 * SmallCases.SECOND), console("never"))).reason()).contains("0.02 s of the guest's time");
        var halt = testbed(SmallGuest.write(temp.resolve("halt.elf"), "up", SmallGuest.Then.HALT), 1);
        assertThat(run(planned("stands still", halt, null, TIMEOUTS, console("up"), console("never"))).reason()).contains("0.05 s of the guest's time");
        var spin = testbed(SmallGuest.write(temp.resolve("spin.elf"), "up", SmallGuest.Then.SPIN), 1);
        assertThat(run(planned("hangs", spin, null, new Timeouts(Timeouts.NONE, 300_000_000), console("never"))).reason()).contains("0.3 s of the host's time");
        var crash = testbed(SmallGuest.write(temp.resolve("crash.elf"), "up", SmallGuest.Then.CRASH), 1);
        CaseResult crashed = run(planned("crashes", crash, null, TIMEOUTS, console("never")));
        assertThat(crashed.reason()).contains("the guest crashed: ").contains("during this step").doesNotContain("\n");
        assertThat(run(planned("is to crash", crash, null, TIMEOUTS, end(Step.EndKind.CRASH, 0))).status()).isEqualTo(Status.PASSED);
        assertThat(run(planned("is to power off", crash, null, TIMEOUTS, end(Step.EndKind.POWER_OFF, 0))).reason()).contains("the guest crashed");
        var gone = testbed(TinyGuest.write(temp.resolve("gone.elf"), TinyGuest.greeting()), 1);
        assertThat(run(planned("goes early", gone, null, TIMEOUTS, console("hi"), console("more"))).reason()).contains("the guest ended with status 1");
        assertThat(run(planned("next", gone, null, TIMEOUTS, console("hi"))).status()).isEqualTo(Status.PASSED);
    }

    @Test
    void whatIsRefusedFailsAtOnce() throws Exception {
        var step = new Step.Console(SmallCases.head("console"), new Check(null, "def", null, null, null, null), new Check(null, "b", null, null, null, null), Step.Results.NONE);
        assertThat(run(planned("refuses", testbed(echo(), 1), null, TIMEOUTS, type("abc"), step)).reason()).isEqualTo("step 2 (console): the console printed what it must not");
    }

    @Test
    void casesForkFromASetupThatIsMadeOnceAndAreAllEqual() throws Exception {
        var bed = testbed(echo(), 2);
        var ready = setup(type("begin"), console("begin"));
        Set<Long> times = new HashSet<>();
        Set<Long> threads = new HashSet<>();
        for (int i = 0; i < FORKS; i++) {
            CaseResult r = run(planned("fork", bed, ready, TIMEOUTS, type("x" + i % 2), console("x" + i % 2)));
            assertThat(r.reason()).isEmpty();
            assertThat(r.console()).as("what the setup printed is the setup's").isEqualTo("x" + i % 2);
            times.add(r.guestNanos());
            threads.add((long) Thread.getAllStackTraces().size());
        }
        assertThat(times).as("ns of guest time").hasSize(1);
        assertThat(threads.stream().mapToLong(t -> t).max().orElseThrow()).as("threads are given back").isLessThan(60);
        try (var files = Files.list(temp.resolve("setups"))) {
            assertThat(files.filter(Files::isDirectory)).hasSize(1);
        }
        // another process finds it
        runner.close();
        runner = new CaseRunner(temp.resolve("setups"), temp.resolve("failed"), (lab, machine) -> null, null);
        assertThat(run(planned("later", bed, ready, TIMEOUTS, type("y"), console("y"))).status()).isEqualTo(Status.PASSED);
        assertThat(run(planned("other setup", bed, setup(type("other"), console("other")), TIMEOUTS, type("y"), console("y"))).status()).isEqualTo(Status.PASSED);
        try (var files = Files.list(temp.resolve("setups"))) {
            assertThat(files.filter(Files::isDirectory)).hasSize(2);
        }
    }

    @Test
    void aSetupThatFailsIsTheReasonOfItsCasesAndIsTriedOnce() throws Exception {
        var bed = testbed(SmallGuest.write(temp.resolve("crash.elf"), "up", SmallGuest.Then.CRASH), 1);
        for (int i = 0; i < 2; i++) {
            CaseResult r = run(planned("c" + i, bed, setup(console("never")), TIMEOUTS, console("x")));
            assertThat(r.status()).isEqualTo(Status.ERROR);
            assertThat(r.reason()).startsWith("setup ready: step 1 (console never): the guest crashed");
        }
        try (var files = Files.list(temp.resolve("setups"))) {
            assertThat(files.filter(Files::isDirectory)).isEmpty();
        }
    }

    @Test
    void goesBackToAStateThatWasKept() throws Exception {
        CaseResult r = run(planned("back", testbed(echo(), 1), null, TIMEOUTS, type("a"), console("a"), new Step.Save(SmallCases.head("save"), "s"), type("b"), console("b"),
                new Step.Restore(SmallCases.head("restore"), "s"), type("c"), console("c")));
        assertThat(r.reason()).isEmpty();
        assertThat(r.console()).isEqualTo("abc");
        assertThat(run(planned("nowhere", testbed(echo(), 1), null, TIMEOUTS, new Step.Restore(SmallCases.head("restore"), "s"))).status()).isEqualTo(Status.ERROR);
    }

    @Test
    void aProcessorThatIsStalledDoesNothingForThatLong() throws Exception {
        Step stall = SmallCases.inject(new dev.hv.cli.config.Fault.Stall(0, STALL));
        CaseResult r = run(planned("stalled", testbed(echo(), 1), null, TIMEOUTS, stall, type("a"), console("a")));
        assertThat(r.reason()).isEmpty();
        assertThat(r.guestNanos()).isBetween(STALL, STALL + STALL / 10);
    }
}
