package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DemoCommandTest {

    @Test
    void threeChildrenRunOneCrashesAndTheOthersFindTheirMemoryIntact() throws Exception {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.out;
        int status;
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            status = new DemoCommand().call();
        } finally {
            System.setOut(before);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text).contains("A: my memory is intact", "B: my memory is intact", "hv demo: C crashed", "all as promised")
                .contains("A: 1438 primes below 12000").doesNotContain("BROKEN");
        assertThat(status).isEqualTo(ExitStatus.OK);
    }
}
