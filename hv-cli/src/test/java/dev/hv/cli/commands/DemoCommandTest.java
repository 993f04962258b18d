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
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        int status;
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            status = new CommandLine(new DemoCommand()).execute("--cpu", model);
        } finally {
            System.setOut(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text).contains("A: my memory is intact", "A: 1438 primes below 12000", "hv demo: C crashed")
                .contains("E: disk: 512 requests over storvsc, every byte right", "E: network: 256 frames over netvsc came back, every byte right")
                .contains("U: disk: 512 requests by ide-pio, every byte right", "U: disk: 512 requests by ide-dma, every byte right")
                .contains("all as promised").doesNotContain("BROKEN", "NOT as promised", "\033");
        // requests, bytes, VM exits a request: the ring needs less than one, programmed I/O one a sector and more
        assertThat(exits(text, "storvsc")).isBetween(0.05, 1.0);
        assertThat(exits(text, "ide-dma")).isGreaterThan(5);
        assertThat(exits(text, "ide-pio")).isGreaterThan(8 + exits(text, "ide-dma"));
        assertThat(status).isEqualTo(ExitStatus.OK);
    }

    private static double exits(String text, String path) {
        Matcher m = Pattern.compile("(?m)^ +" + path + " +512 +4096 \\| +([0-9.]+) ").matcher(text);
        assertThat(m.find()).as(path).isTrue();
        return Double.parseDouble(m.group(1));
    }
}
