package dev.hv.cli.suite.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SuiteListener;
import dev.hv.cli.suite.SuiteRunSettings;
import dev.hv.cli.suite.read.SuiteFile;
import dev.hv.cli.suite.report.Digests;
import dev.hv.cli.suite.report.Listeners;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Suites in worker processes: each case has its result, whatever becomes of workers, and none of them is left. */
@Timeout(120)
class WorkerPoolTest {

    @TempDir
    private Path temp;
    private Path suite;

    @BeforeEach
    void write() throws Exception {
        // echoes what is typed
        TinyGuest.write(temp.resolve("echo.elf"), 0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0xEB, 0xEF);
        suite = Files.writeString(temp.resolve("echo.yaml"), """
                machine: {multiboot: echo.elf, memory: 8M}
                defaults: {timeout: 50ms, host-timeout: 30s, setup: ready}
                setups:
                  ready: {timeout: 50ms, host-timeout: 30s, steps: [send: up, console: up]}
                cases:
                  - {name: one, steps: [send: abc, console: abc]}
                  - {name: dies, steps: [kill-worker: ]}
                  - {name: two, steps: [send: def, console: def]}
                  - {name: wrong, steps: [send: ghi, console: xyz]}
                  - {name: left out, skip: not today, steps: [send: a]}
                  - {name: three, steps: [send: jkl, console: jkl]}
                """);
    }

    private static List<PlannedCase> plan(List<Path> files) {
        return Plan.of(SuiteFile.read(files));
    }

    private static WorkerPool pool() {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.hv.cli.Main", "suite-worker"));
        return new WorkerPool(command, WorkerPoolTest::plan);
    }

    private SuiteRunSettings settings(int jobs, int repetitions) {
        return new SuiteRunSettings(jobs, repetitions, false, 7, false, temp.resolve("failed"), temp.resolve("setups"));
    }

    private static long children() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).count();
    }

    @Test
    void eachCaseHasItsResultAndAWorkerThatDiesFailsItsOwnOnly() {
        List<String> setups = Collections.synchronizedList(new ArrayList<>());
        List<CaseResult> results = Collections.synchronizedList(new ArrayList<>());
        long before = children();
        pool().run(plan(List.of(suite)), settings(2, 2), new SuiteListener() {
            @Override
            public void settingUp(Setup setup, PlannedCase first) {
                setups.add(setup.name());
            }

            @Override
            public void ended(CaseResult result) {
                results.add(result);
            }
        });
        assertThat(children()).as("workers that are left").isEqualTo(before);
        assertThat(results).hasSize(12);
        Map<String, List<CaseResult>> byName = results.stream().collect(Collectors.groupingBy(r -> r.planned().spec().name()));
        for (String good : List.of("one", "two", "three")) {
            assertThat(byName.get(good)).extracting(CaseResult::reason).containsOnly("");
            assertThat(byName.get(good)).extracting(CaseResult::guestNanos).as("the same in every run").containsOnly(byName.get(good).getFirst().guestNanos());
        }
        assertThat(byName.get("dies")).extracting(CaseResult::reason).containsOnly("step 1 (kill-worker): its worker was killed, as the suite says");
        assertThat(byName.get("dies")).extracting(CaseResult::artefacts).doesNotHaveDuplicates().allSatisfy(a -> assertThat(a.resolve("steps.log")).content().contains("--filter echo/dies --seed", "its worker was killed"));
        assertThat(byName.get("dies")).extracting(CaseResult::replay).allMatch(r -> r.startsWith("hv test ") && r.contains("--filter echo/dies --seed "));
        assertThat(setups).as("made once, whoever waits for it").containsExactly("ready");
        assertThat(byName.get("left out")).extracting(CaseResult::status).containsOnly(Status.SKIPPED);
        CaseResult wrong = byName.get("wrong").getFirst();
        assertThat(wrong.status()).isEqualTo(Status.FAILED);
        assertThat(wrong.steps()).hasSize(2);
        assertThat(wrong.artefacts().resolve("checkpoint/manifest.json")).exists();
    }

    @Test
    void repetitionsWithDigestsHaveOneSeedAndEndAlike() {
        var digests = new Digests();
        List<Long> seeds = Collections.synchronizedList(new ArrayList<>());
        pool().run(plan(List.of(suite)).subList(0, 1), new SuiteRunSettings(2, 4, false, 7, true, temp.resolve("failed"), temp.resolve("setups")), new Listeners(List.of(digests, new SuiteListener() {
            @Override
            public void ended(CaseResult result) {
                seeds.add(result.seed());
            }
        })));
        assertThat(digests.lines()).singleElement().asString().matches("digest  echo/one [0-9a-f]{16,}: 4 runs, all equal");
        assertThat(digests.equal()).isTrue();
        assertThat(seeds).containsOnly(7L);
        digests.ended(new CaseResult(plan(List.of(suite)).getFirst(), 4, 7, Status.PASSED, "", 0, 0, List.of(), List.of(), "", null, "", "0123"));
        assertThat(digests.equal()).isFalse();
        assertThat(digests.lines()).hasSize(2).allMatch(l -> l.endsWith("of them, DIFFERENT"));
    }

    @Test
    void aRunThatIsStoppedLeavesNoWorkerAndNoHalfSetup() throws Exception {
        Files.writeString(suite, Files.readString(suite).replace("50ms", "1000s"));
        var pool = pool();
        Map<String, CaseResult> results = new ConcurrentHashMap<>();
        long before = children();
        pool.run(plan(List.of(suite)).subList(3, 6), settings(1, 1), new SuiteListener() {
            @Override
            public void progress(PlannedCase planned, int repetition, int step) {
                if (step == 1) {
                    pool.stop("SIGTERM");
                }
            }

            @Override
            public void ended(CaseResult result) {
                results.put(result.planned().spec().name(), result);
            }
        });
        assertThat(results.keySet()).containsExactly("wrong");
        assertThat(results.get("wrong").reason()).isEqualTo("interrupted by SIGTERM");
        assertThat(children()).isEqualTo(before);
        try (var files = Files.list(temp.resolve("setups"))) {
            assertThat(files.map(f -> f.getFileName().toString())).noneMatch(n -> n.contains(".new") || n.contains(".files"));
        }
    }
}
