package dev.hv.cli.suite.tap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SubtestResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TapParserTest {

    private static List<String> rows(String text) {
        return TapParser.parse(text).stream().map(r -> r.name() + " " + r.status() + (r.reason().isEmpty() ? "" : " " + r.reason())).toList();
    }

    private static String file(String name) throws IOException {
        try (var in = TapParserTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void kselftestsNestBehindHashes() throws IOException {
        assertThat(rows(file("kselftest.txt"))).containsExactly(
                "selftests: timers: posix_timers/check_itimer PASSED",
                "selftests: timers: posix_timers/check_timer_create FAILED not ok",
                "selftests: timers: nanosleep PASSED",
                "selftests: timers: slow FAILED timeout 45 seconds");
    }

    /** The runner's newest form: harness, Python and shell tests behind hashes, with all that a result can be. */
    @Test
    void kselftestsNestAllThatTheirProgramsPrint() throws IOException {
        String lib = "selftests: lib: ";
        assertThat(rows(file("kselftest-nested.txt"))).containsExactly(
                lib + "harness/global.opens PASSED",
                lib + "harness/pages.big.maps FAILED not ok",
                lib + "harness/pages.big.huge SKIPPED no huge pages",
                lib + "harness/pages.big.late PASSED expected to fail: the clock is coarse",
                lib + "harness/test 5 SKIPPED unsupported",
                lib + "harness/pages.small.maps SKIPPED expected to fail: known",
                "selftests: net: stats.py/stats.check_pause PASSED",
                "selftests: net: stats.py/stats.check_fec FAILED not ok",
                "selftests: net: stats.py/stats.check_down SKIPPED marked as disruptive",
                lib + "late plan/first PASSED",
                lib + "late plan/second PASSED",
                lib + "slow/quick PASSED",
                lib + "slow/plan ERROR 3 were planned, and 1 have a result",
                lib + "slow FAILED timeout 5 seconds",
                lib + "gives up/begins PASSED",
                lib + "gives up/bail out ERROR Bail out! no device",
                lib + "nothing/all SKIPPED needs root",
                lib + "deep/inner/a PASSED",
                lib + "deep/inner/b FAILED not ok",
                lib + "deep/outer PASSED");
        List<SubtestResult> results = TapParser.parse(file("kselftest-nested.txt"));
        assertThat(results.get(1).diagnostics()).contains("Expected got (3) == wanted (4)");
        assertThat(rows("1..2\nok 1 a\n# Bail out! is a word\nok 2 b\n")).containsExactly("a PASSED", "b PASSED");
        assertThat(rows("1..2\nok 1 a\nBail out! all of it\nok 2 b\n")).containsExactly("a PASSED", "bail out ERROR Bail out! all of it");
    }

    @Test
    void kunitNestsByIndentationWithTimesInFrontAndOtherLinesBetween() throws IOException {
        List<SubtestResult> results = TapParser.parse(file("kunit.txt"));
        assertThat(rows(file("kunit.txt"))).containsExactly(
                "list/list_init PASSED",
                "list/list_add FAILED not ok",
                "list/list_each/empty PASSED",
                "list/list_each/full SKIPPED no memory",
                "hash/spread PASSED",
                "hash/plan ERROR 2 were planned, and 1 have a result");
        assertThat(results.get(1).diagnostics()).contains("EXPECTATION FAILED at lib/list-test.c:42");
        assertThat(TapParser.problem(results)).isEqualTo("2 of 6 subtests failed, first list/list_add");
    }

    @Test
    void tapFourteenHasNestedReportsBeforeTheirResultAndBlocksBehind() {
        assertThat(rows("TAP version 14\n1..2\n# Subtest: outer\n    1..2\n    ok 1 - a \\# b\n    not ok 2 - c\n      ---\n      duration_ms: 12.5\n      1..9\n      ...\nnot ok 1 - outer\nok 2\n"))
                .containsExactly("outer/a # b PASSED", "outer/c FAILED not ok", "test 2 PASSED");
        assertThat(TapParser.parse("1..1\nok 1 - a\n  ---\n  duration_ms: 12.5\n  ...\n").getFirst().nanos()).isEqualTo(12_500_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ok 1 a                       | a PASSED
            ok 1 - a                     | a PASSED
            not ok 1 a                   | a FAILED not ok
            ok 1 a # SKIP no disk        | a SKIPPED no disk
            not ok 1 a # skip            | a SKIPPED skipped by the guest
            not ok 1 a # TODO later      | a SKIPPED expected to fail: later
            ok 1 a # XFAIL known         | a PASSED expected to fail: known
            not ok 1 a # TIMEOUT         | a FAILED timeout
            not ok 1 a # ERROR no memory | a ERROR no memory
            not ok 1 a # exit=1          | a FAILED exit=1
            ok 1 issue #7                | issue #7 PASSED
            ok 1                         | test 1 PASSED
            ok 1 # SKIP x                | test 1 SKIPPED x
            """)
    void directivesSayMoreThanTheResult(String line, String row) {
        assertThat(rows("KTAP version 1\r\n1..1\r\n" + line + "\r\n")).containsExactly(row);
    }

    @Test
    void whatContradictsItselfIsAnError() {
        assertThat(rows("1..3\nok 1 a\nok 2 b\n")).containsExactly("a PASSED", "b PASSED", "plan ERROR 3 were planned, and 2 have a result");
        assertThat(rows("1..1\nok 1 a\nok 2 b\n")).contains("plan ERROR 1 were planned, and 2 have a result");
        assertThat(rows("1..2\nok 2 b\nok 1 a\n")).contains("numbers ERROR results are numbered out of turn");
        assertThat(rows("1..0 # SKIP no device\n")).containsExactly("all SKIPPED no device");
        assertThat(rows("1..2\nok 1 a\nBail out! no disk\nok 2 b\n")).contains("bail out ERROR Bail out! no disk").doesNotContain("b PASSED");
        assertThat(rows("KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: s\n  1..2\n  ok 1 a\n")).containsExactly("s/a PASSED", "s/plan ERROR 2 were planned, and 1 have a result",
                "s ERROR broke off: its own result is missing", "plan ERROR 1 were planned, and 0 have a result");
        assertThat(rows("1..1\n  1..1\n  ok 1 a\nnot ok 1 s\n")).as("the outer failure is not lost").containsExactly("s/a PASSED", "s FAILED not ok");
    }

    @Test
    void severalReportsFollowEachOtherAndOtherTextIsNone() {
        assertThat(rows("TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..1\nok 1 b\n")).containsExactly("a PASSED", "b PASSED");
        assertThat(rows("1..1\nok 1 a\n1..1\nok 1 b\n")).containsExactly("a PASSED", "b PASSED");
        assertThat(rows("everything ok\nok\nok then\n# comment\n\n")).isEmpty();
        assertThat(TapParser.problem(List.of())).contains("no TAP");
        assertThat(TapParser.problem(TapParser.parse("1..1\nok 1 a\n"))).isNull();
    }

    @Test
    void whateverAGuestPrintsEndsInBoundedResults() {
        String[] parts = {"ok ", "not ok ", "1..", "# ", "    ", "  ", "\n", "\n", "7", "99999999999999999999", "KTAP version 1\n", "# Subtest: ", "---\n", "...\n", "Bail out!", "# SKIP", "[  1.2] ", "\u001b[1m", "x", "\r"};
        var random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(60); n > 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            assertThat(TapParser.parse(text.toString())).isNotNull();
        }
        assertThat(TapParser.parse("ok 1 a\n".repeat(300_000))).hasSizeLessThan(100_010).anyMatch(r -> r.status() == Status.ERROR && r.reason().contains("more than 100000"));
        var deep = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            deep.append(" ".repeat(i)).append("ok 1 a\n");
        }
        assertThat(TapParser.parse(deep.toString())).allMatch(r -> r.name().length() < 1000);
    }
}
