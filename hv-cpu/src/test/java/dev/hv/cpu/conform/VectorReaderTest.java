package dev.hv.cpu.conform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vector files that are not what they say they are: bounded, and refused with file, line and reason. */
class VectorReaderTest {

    private static final String HEADER = "{\"format\":\"hv-vectors-1\",\"cpu\":\"AMD EPYC\"}\n";

    private static Vector read(String text) throws IOException {
        try (var reader = new VectorReader("v.jsonl", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            return reader.next();
        }
    }

    private static void refused(String vector, String why) {
        assertThatThrownBy(() -> read(HEADER + vector)).isInstanceOf(VectorFormatException.class).hasMessageStartingWith("v.jsonl:2: ").hasMessageContaining(why)
                .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(300)).satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void theHeaderSaysWhichVendorsHabitsCount() throws IOException {
        for (String cpu : new String[] {"AMD EPYC (family 25)", "AuthenticAMD", "Intel(R) Xeon(R)", ""}) {
            try (var reader = new VectorReader("v", new ByteArrayInputStream(("{\"format\":\"hv-vectors-1\",\"cpu\":\"" + cpu + "\"}").getBytes(StandardCharsets.UTF_8)))) {
                assertThat(reader.intel()).isEqualTo(!cpu.contains("AMD"));
            }
        }
    }

    @Test
    void memoryIsBounded() throws IOException {
        var one = new StringBuilder("{\"bytes\":\"90\",\"in\":{\"mem\":{");
        for (int i = 0; i < 300_000; i++) {
            one.append(i == 0 ? "" : ",").append("\"0x").append(Long.toHexString(0x10000L + 4096L * i)).append("\":\"00\"");
            if (i == 63) {
                assertThat(read(HEADER + one + "}}}").in().memory).hasSize(64);
                refused(one + ",\"0x1\":\"00\"}}}", "more than 64 pages");
            }
            if (one.length() > 3_900_000) {
                break;
            }
        }
        refused(one + "}}}", "more than 64 pages");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{\"bytes\":\"\"}|from 1 to 32", "{\"bytes\":\"90\",\"mode\":16}|expected 64 or 32", "{\"bytes\":\"90\",\"mode\":\"x\"}|not JSON",
        "{\"bytes\":\"9\"}|not a row of hexadecimal bytes", "{\"bytes\":\"90\",\"in\":{\"ymm16\":\"00\"}}|registers ymm0 to ymm15 have 32", "{\"bytes\":\"90\",\"in\":{\"st0\":\"00\"}}|registers st0 to st7 have 10",
        "{\"bytes\":\"90\",\"in\":{\"st-1\":\"00\"}}|registers st0 to st7", "{\"bytes\":\"90\",\"in\":{\"rip\":\"0x7fffffffffff\"},\"bytes\":\"9090\"}|canonical",
        "{\"bytes\":\"90\",\"in\":{\"mem\":{\"0x800000000000\":\"00\"}}}|canonical", "{\"bytes\":\"90\",\"in\":{\"mem\":{\"0xffffffffffffffff\":\"0000\"}}}|canonical",
        "{\"bytes\":\"90\",\"in\":{\"mem\":{\"0x1000\":\"\"}}}|no bytes", "{\"bytes\":\"90\",\"in\":{\"rax\":\"0x10000000000000000\"}}|not a hexadecimal number",
        "{\"bytes\":\"90\",\"in\":{\"rflags\":\"0x20202\"}}|privilege level 3", "{\"bytes\":\"90\",\"in\":{\"eax\":\"0x1\"}}|unknown state key", "[]|not a JSON object", "nonsense|not JSON"})
    void valuesThatNoProcessorHasAreNamed(String vector, String why) {
        refused(vector, why);
    }

    @Test
    void codeIsBounded() {
        refused("{\"bytes\":\"" + "90".repeat(1_900_000) + "\"}", "1900000 bytes of instruction");
    }

    @Test
    void aLineWithoutEndIsGivenUpBeforeItIsHeld() {
        var endless = new Endless(HEADER, 'x');
        assertThatThrownBy(() -> {
            try (var reader = new VectorReader("v.jsonl", endless)) {
                reader.next();
            }
        }).isInstanceOf(VectorFormatException.class).hasMessageContaining("v.jsonl:2: longer than 4194304 bytes");
        assertThat(endless.given).isLessThan(5_000_000);
    }

    @Test
    void blankLinesWithoutEndAreGivenUp() {
        var endless = new Endless(HEADER, '\n');
        assertThatThrownBy(() -> {
            try (var reader = new VectorReader("v.jsonl", endless)) {
                reader.next();
            }
        }).isInstanceOf(VectorFormatException.class).hasMessageContaining("blank lines");
        assertThat(endless.given).isLessThan(1_000_000);
    }

    @Test
    void blankLinesBetweenVectorsAreNothing() throws IOException {
        assertThat(read(HEADER + "\n \n\r\n{\"id\":\"a\",\"bytes\":\"90\"}").id()).isEqualTo("a");
    }

    /** A header, then one character for ever. */
    private static final class Endless extends InputStream {

        private final byte[] head;
        private final char rest;
        private long given;

        Endless(String head, char rest) {
            this.head = head.getBytes(StandardCharsets.UTF_8);
            this.rest = rest;
        }

        @Override
        public int read() {
            return given < head.length ? head[(int) given++] : at();
        }

        private int at() {
            given++;
            return rest;
        }
    }
}
