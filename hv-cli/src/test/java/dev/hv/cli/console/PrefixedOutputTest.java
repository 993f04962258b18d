package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PrefixedOutputTest {

    private final ByteArrayOutputStream shared = new ByteArrayOutputStream();

    private static void write(PrefixedOutput to, String text) throws IOException {
        to.write(text.getBytes(StandardCharsets.US_ASCII));
        to.flush();
    }

    @Test
    void linesOfSeveralConsolesDoNotMix() throws IOException {
        var a = new PrefixedOutput(shared, "a");
        var b = new PrefixedOutput(shared, "b");
        write(a, "one ");
        write(b, "two\r\nlogin: ");
        write(a, "more\n");
        a.close();
        b.close();
        b.close();
        assertThat(shared.toString(StandardCharsets.US_ASCII)).isEqualTo("b| two\r\na| one more\nb| login: \n");
    }

    @Test
    void aLineWithoutEndIsBroken() throws IOException {
        var a = new PrefixedOutput(shared, "a");
        write(a, "x".repeat(10_000));
        a.close();
        assertThat(shared.toString(StandardCharsets.US_ASCII).lines()).allMatch(l -> l.startsWith("a| x") && l.length() <= 4096 + 3).hasSize(3);
        assertThat(shared.toString(StandardCharsets.US_ASCII).chars().filter(c -> c == 'x').count()).isEqualTo(10_000);
    }
}
