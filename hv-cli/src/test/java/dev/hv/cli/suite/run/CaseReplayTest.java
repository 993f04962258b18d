package dev.hv.cli.suite.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.DebianGuests;
import dev.hv.cli.run.HvProcess;
import dev.hv.cli.run.SmallGuest;
import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.read.SuiteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cases that fail leave a recording in which their steps are done again, to the same end and the same digest. */
class CaseReplayTest {

    private static final String SMALL = """
            machine: {multiboot: echo.elf, memory: 8M, cpus: 2}
            platform: {engine: interpreter, processors: 2}
            setups:
              ready: {steps: [{send: begin}, {console: begin}]}
            defaults: {timeout: 100ms}
            cases:
            """;
    private static final Pattern DIGEST = Pattern.compile("digest ([0-9a-f]{64})");

    @TempDir
    private Path temp;

    private Path suite(String text) throws IOException {
        // what is typed is echoed: in al, 3FDh; test al, 1; jz; in al, 3F8h; out 3F8h, al
        TinyGuest.write(temp.resolve("echo.elf"), 0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0xEB, 0xEF);
        return Files.writeString(temp.resolve("s.yaml"), text);
    }

    private List<CaseResult> run(Path suite, Path setups) {
        try (var runner = new CaseRunner(setups, temp.resolve("failed"), DrivenAgents.INSTANCE, null)) {
            List<PlannedCase> all = Plan.of(SuiteFile.read(List.of(suite)));
            return all.stream().map(c -> runner.run(c, 0, 7, true, step -> { })).toList();
        }
    }

    private static String digest(String text) {
        Matcher m = DIGEST.matcher(text);
        assertThat(m.find()).as(text).isTrue();
        return m.group(1);
    }

    private static void repeats(CaseResult r) throws Exception {
        HvProcess again = repeated(r);
        assertThat(digest(again.err())).isEqualTo(r.digest());
        assertThat(again.out()).isEqualTo(r.console());
    }

    private static HvProcess repeated(CaseResult r) throws Exception {
        assertThat(r.status()).as(r.reason()).isEqualTo(Status.FAILED);
        Path file = r.artefacts().resolve(CaseRecording.FILE);
        assertThat(r.artefacts().resolve("steps.log")).content().contains("hv replay " + file + " --gdb 1234");
        HvProcess again = HvProcess.run("replay", file.toString());
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.err()).startsWith("hv: the case failed: " + r.reason() + "\nhv: the replay: equal to its end at instruction ");
        return again;
    }

    @Test
    void whatWasTypedInjectedKeptAndWaitedForComesAgain() throws Exception {
        Path suite = suite(SMALL + """
                  - name: forked
                    setup: ready
                    steps: [{send: abc}, {console: abc}, {save: here}, {stall: 1, for: 1ms}, {wait: 1ms}, {send: def}, {console: xyz, timeout: 5ms}]
                  - name: booted
                    steps: [{send: abc}, {wait: 1ms}, {console: xyz, timeout: 5ms}]
                """);
        List<CaseResult> results = run(suite, temp.resolve("setups"));
        for (CaseResult r : results) {
            repeats(r);
        }
        // the folder stands for itself: what it began with is in it, and what stands in the suite now makes no difference
        Files.writeString(suite, "cases: []\n");
        Folders.delete(temp.resolve("setups"));
        Path elsewhere = temp.resolve("elsewhere");
        Files.move(results.getFirst().artefacts(), elsewhere);
        HvProcess moved = HvProcess.here("replay", elsewhere.resolve(CaseRecording.FILE).toString(), "--digest");
        assertThat(moved.err()).contains("equal to its end").contains(results.getFirst().digest());
        HvProcess part = HvProcess.here("replay", elsewhere.resolve(CaseRecording.FILE).toString(), "--until", "1000");
        assertThat(part.err()).startsWith("hv: the replay: stopped at instruction ");
        assertThat(part.status()).isZero();
        Files.write(elsewhere.resolve("start/manifest.json"), new byte[] {' '}, java.nio.file.StandardOpenOption.APPEND);
        HvProcess changed = HvProcess.here("replay", elsewhere.resolve(CaseRecording.FILE).toString());
        assertThat(changed.status()).as(changed.err()).isEqualTo(2);
        assertThat(changed.err()).contains("start/manifest.json, which has changed since").hasLineCount(1);
    }

    @Test
    void aCaseThatTheHostsClockEndsIsRepeatedUpToThere() throws Exception {
        SmallGuest.write(temp.resolve("spin.elf"), "up", SmallGuest.Then.SPIN);
        Path suite = suite("""
                machine: {multiboot: spin.elf, memory: 8M}
                platform: {engine: interpreter}
                cases:
                  - {name: hangs, host-timeout: 300ms, timeout: 10h, steps: [{send: x}, {console: never}]}
                """);
        CaseResult r = run(suite, temp.resolve("setups")).getFirst();
        assertThat(r.reason()).contains("0.3 s of the host's time");
        HvProcess again = HvProcess.here("replay", r.artefacts().resolve(CaseRecording.FILE).toString());
        assertThat(again.err()).startsWith("hv: the case failed: " + r.reason()).contains("equal to its end");
    }

    /** Its steps would come to another end when they were done again: it is recorded while it runs. */
    @Test
    void aCaseInRealTimeIsRepeated() throws Exception {
        Path suite = suite(SMALL.replace("processors: 2}", "processors: 2, time: real}").replace("timeout: 100ms", "timeout: 20s") + """
                  - name: forked
                    setup: ready
                    steps: [{send: abc}, {console: abc}, {save: here}, {stall: 1, for: 1ms}, {wait: 3ms}, {send: def}, {console: xyz, timeout: 50ms}]
                  - name: booted
                    steps: [{send: abc}, {wait: 1ms}, {counter: turns, change: true, min: 1000000000}]
                  - name: back
                    setup: ready
                    steps: [{send: a}, {console: a}, {save: s}, {send: lost}, {restore: s}, {send: b}, {restore: s}, {send: cd}, {console: c}, {console: xyz, timeout: 5ms}]
                  - {name: late, timeout: 30ms, steps: [{send: a}, {console: a}, {save: s}, {restore: s}, {console: xyz}]}
                  - {name: hangs, host-timeout: 300ms, timeout: 10h, steps: [{send: x}, {console: never}]}
                  - {name: passes, steps: [{send: x}, {console: x}]}
                """);
        List<CaseResult> results = run(suite, temp.resolve("setups"));
        CaseResult passed = results.getLast();
        assertThat(passed.status()).as(passed.reason()).isEqualTo(Status.PASSED);
        assertThat(passed.artefacts()).isNull();
        for (CaseResult r : results.subList(0, results.size() - 1)) {
            assertThat(r.console()).endsWith(repeated(r).out());
        }
    }

    /** What happened before the state that a case went back to last is no part of its recording, but for what it had printed. */
    @Test
    void aCaseThatGoesBackIsRepeatedFromThere() throws Exception {
        Path suite = suite(SMALL + """
                  - name: back
                    setup: ready
                    steps: [{send: a}, {console: a}, {save: s}, {send: lost}, {restore: s}, {send: b}, {restore: s}, {send: cd}, {console: c}, {console: xyz, timeout: 1ms}]
                  - name: unread
                    steps: [{send: abcdef}, {wait: 1ms}, {save: s}, {restore: s}, {console: def}, {send: g}, {console: xyz, timeout: 1ms}]
                """);
        for (CaseResult r : run(suite, temp.resolve("setups"))) {
            assertThat(r.status()).as(r.reason()).isEqualTo(Status.FAILED);
            assertThat(r.reason()).startsWith("step " + r.steps().size() + " (console xyz");
            HvProcess again = HvProcess.run("replay", r.artefacts().resolve(CaseRecording.FILE).toString());
            assertThat(again.status()).as(again.err()).isZero();
            assertThat(again.err()).startsWith("hv: the case failed: " + r.reason() + "\nhv: the replay: equal to its end at instruction ");
            assertThat(digest(again.err())).isEqualTo(r.digest());
            assertThat(r.console()).endsWith(again.out());
        }
    }

    /** What is counted from a case's beginning on is unknown to the state that it goes back to. */
    @Test
    void whereStepsCannotBeDoneAgainThereIsNoRecording() throws Exception {
        Path suite = suite(SMALL + """
                  - name: counts
                    steps: [{send: a}, {console: a}, {save: s}, {restore: s}, {counter: turns, change: true, min: 0}, {console: xyz, timeout: 1ms}]
                """);
        CaseResult r = run(suite, temp.resolve("setups")).getFirst();
        assertThat(r.status()).isEqualTo(Status.FAILED);
        try (var all = Files.list(r.artefacts())) {
            assertThat(all.map(f -> f.getFileName().toString())).doesNotContain(CaseRecording.FILE, CaseRecording.START).contains(CaseRunner.CHECKPOINT);
        }
    }

    /** The agent is asked again, too: a program, a file that is written and one that is waited for. */
    @Test
    void agentsAreAskedAgain() throws Exception {
        DebianGuests.booted();
        Path put = Files.writeString(temp.resolve("put"), "echo hello; sleep 0.3; cat /proc/uptime; exit 3\n");
        Path suite = suite(DebianGuests.BOOTED.replace("target/guests", Path.of("target/guests").toAbsolutePath().toString()) + """
                cases:
                  - name: a program
                    setup: booted
                    steps: [{put: PUT, to: /tmp/script}, {run: sh /tmp/script}]
                  - name: a file
                    setup: booted
                    steps: [{write: /tmp/x, content: much}, {run: cat /tmp/x, output: much}, {get: /tmp/x, as: x}, {send: a}, {file: /nowhere, timeout: 1s}]
                """.replace("PUT", put.toString()));
        List<CaseResult> results = run(suite, Path.of("target", "hv-setups").toAbsolutePath());
        assertThat(results.getFirst().reason()).startsWith("step 2 (run sh /tmp/script): exit status 3, expected 0: ");
        for (CaseResult r : results) {
            repeats(r);
        }
        assertThat(results.getLast().artefacts().resolve("x")).hasContent("much");
        Files.writeString(put, "exit 4\n");
        HvProcess changed = HvProcess.here("replay", results.getFirst().artefacts().resolve(CaseRecording.FILE).toString());
        assertThat(changed.err()).contains(put + ", which has changed since").hasLineCount(1);
        assertThat(changed.status()).isEqualTo(2);
    }
}
