package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DemoCommandTest {

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void childrenWithAndWithoutEnlightenmentsDoTheirWorkOneCrashesAndAnotherFindsItsMemoryIntact(String model) throws Exception {
        String text = demo("--cpu", model);
        assertThat(text).contains("A: my memory is intact", "A: 1438 primes below 12000", "hv demo: C crashed")
                .contains("E: disk: 512 requests over storvsc, every byte right", "E: network: 256 frames over netvsc came back, every byte right")
                .contains("U: disk: 512 requests by ide-pio, every byte right", "U: disk: 512 requests by ide-dma, every byte right")
                .contains("all as promised").doesNotContain("BROKEN", "NOT as promised", "\033");
        // requests, bytes, VM exits a request: the ring needs less than one, programmed I/O one a sector and more
        assertThat(exits(text, "storvsc")).isBetween(0.05, 1.0);
        assertThat(exits(text, "ide-dma")).isGreaterThan(5);
        assertThat(exits(text, "ide-pio")).isGreaterThan(8 + exits(text, "ide-dma"));
    }

    /** What it prints; it ends as promised. */
    private static String demo(String... arguments) {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        int status;
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            status = new CommandLine(new DemoCommand()).execute(arguments);
        } finally {
            System.setOut(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(status).as(text).isEqualTo(ExitStatus.OK);
        return text;
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void aParentMakesPartitionsAndATableSaysWhoCallsWhat(String model) {
        String text = demo("--parent", "--cpu", model);
        assertThat(text).contains("C1: hello from a partition of a partition", "C1: 430 primes below 3000", "P: partition 4 has died; its pages are mine again", "P: a message of a child's: a child's words",
                "P: all pages are back: 1500 of 1500", "all as promised").doesNotContain("BROKEN", "NOT as promised");
        // root, parent, its children
        assertThat(text).containsPattern("HvCallCreatePartition +1 +2 +1 +- +1 x ACCESS_DENIED").containsPattern("HvCallPostMessage +- +- +1 +-").containsPattern("HvCallInstallIntercept +\\d+ +- +- +-")
                .containsPattern("\n  io +- +\\d+ +\\d+ +\\d+\n").containsPattern("triple-fault +- +- +- +1\n");
        assertThat(digest(demo("--parent", "--cpu", model))).as("of two runs").isEqualTo(digest(text));
    }

    private static String digest(String text) {
        return text.lines().filter(l -> l.matches("hv demo: digest [0-9a-f]{64}, .*")).findFirst().orElseThrow();
    }

    private static double exits(String text, String path) {
        Matcher m = Pattern.compile("(?m)^ +" + path + " +512 +4096 \\| +([0-9.]+) ").matcher(text);
        assertThat(m.find()).as(path).isTrue();
        return Double.parseDouble(m.group(1));
    }
}
