package dev.hv.cli.suite.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.run.TinyGuest;
import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.Plan;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.read.SuiteException;
import dev.hv.cli.suite.read.SuiteFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces that cases leave in their folders. */
class CaseTraceTest {

    private static final String SUITE = """
            machine: {name: vm, multiboot: echo.elf, memory: 8M}
            platform: {engine: interpreter}
            setups:
              ready: {steps: [{send: begin}, {console: begin}]}
            cases:
              - name: traced
                setup: ready
                trace: TRACES
                steps: [{send: abc}, {console: abc}, {save: s}, {send: d}, {console: d}, {restore: s}, {send: e}, {console: e}]
            """;

    @TempDir
    private Path temp;

    private CaseResult run(String traces) throws IOException {
        TinyGuest.write(temp.resolve("echo.elf"), 0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7, 0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0xEB, 0xEF);
        Path suite = Files.writeString(temp.resolve("s.yaml"), SUITE.replace("TRACES", traces));
        try (var runner = new CaseRunner(temp.resolve("setups"), temp.resolve("left"), DrivenAgents.INSTANCE, null)) {
            return runner.run(Plan.of(SuiteFile.read(List.of(suite))).getFirst(), 0, 0, true, step -> { });
        }
    }

    @Test
    void theyAreInItsFolderAndChangeNothing() throws Exception {
        CaseResult plain = run("[]");
        assertThat(plain.status()).as(plain.reason()).isEqualTo(Status.PASSED);
        assertThat(plain.artefacts()).isNull();
        CaseResult traced = run("['exits=exits.txt,vm=vm', 'instructions=code.txt,address=0x100010-0x100020,size=64K', vmbus=bus.txt]");
        assertThat(traced.status()).as(traced.reason()).isEqualTo(Status.PASSED);
        assertThat(traced.digest()).isEqualTo(plain.digest());
        assertThat(traced.artefacts()).isEqualTo(temp.resolve("left/s_traced"));
        assertThat(traced.artefacts().resolve("exits.txt")).content().contains(" vm vp0 ").hasLineCount((int) lines(traced, "exits.txt")).doesNotContain("begin");
        assertThat(lines(traced, "exits.txt")).isGreaterThan(10);
        assertThat(traced.artefacts().resolve("code.txt")).content().contains(" vm vp0 ", " 66 ba fd 03 ");
        // behind the step that goes back
        assertThat(lines(traced, "2-exits.txt")).isGreaterThan(10);
        assertThat(traced.artefacts().resolve("bus.txt")).exists();
    }

    private static long lines(CaseResult r, String name) throws IOException {
        try (var all = Files.lines(r.artefacts().resolve(name))) {
            return all.count();
        }
    }

    @Test
    void whatIsWrongWithThemIsToldBeforeAnythingRuns() {
        for (String[] wrong : new String[][] {{"[exists=a.txt]", "can be traced"}, {"['exits=a.txt,vm=none']", "there is no machine none"}, {"[exits=a.txt, msrs=a.txt]", "two of them go into a.txt"},
                {"[vmbus=a, vmbus=b]", "vmbus is there twice"}, {"[exits=../a.txt]", "the file is in the case's folder"}, {"[exits=-]", "the file is in the case's folder"}, {"['exits=a,vp=x']", "vp=x"}, {"x", "list"}}) {
            assertThatThrownBy(() -> run(wrong[0])).as(wrong[0]).isInstanceOf(SuiteException.class).hasMessageContaining(wrong[1]);
        }
    }
}
