package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code hv conform} prints: a line a failure, a row a group when asked, the summary last; and its exit status. */
class ConformCommandTest {

    private static final String HEADER = "{\"format\":\"hv-vectors-1\",\"cpu\":\"AMD\"}\n";
    /** NOP that goes on behind itself, and one that says it does not. */
    private static final String RIGHT = "{\"id\":\"mov_64_nop/1\",\"bytes\":\"90\",\"in\":{\"rip\":\"0x401000\"},\"out\":{\"rip\":\"0x401001\"},\"trap\":null}\n";
    private static final String WRONG = "{\"id\":\"alu_64_nop/2\",\"bytes\":\"90\",\"in\":{\"rip\":\"0x401000\"},\"out\":{\"rip\":\"0x401002\"},\"trap\":null}\n";

    @TempDir
    private Path temp;
    private int status;

    private String conform(String vectors, String... options) throws Exception {
        Path file = Files.writeString(temp.resolve("v.jsonl"), HEADER + vectors);
        var out = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            var args = new String[options.length + 1];
            System.arraycopy(options, 0, args, 0, options.length);
            args[options.length] = file.toString();
            status = new CommandLine(new ConformCommand()).execute(args);
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theSummaryIsLastAndTheStatusSaysWhetherAllPassed() throws Exception {
        assertThat(conform(RIGHT)).isEqualTo("1 passed, 0 failed, 0 skipped\n");
        assertThat(status).isZero();
        assertThat(conform(RIGHT + WRONG)).isEqualTo("alu_64_nop/2 [90] rip 401001 expected 401002\n1 passed, 1 failed, 0 skipped\n");
        assertThat(status).isEqualTo(ExitStatus.FAILED);
    }

    @Test
    void theTableHasARowForEachGroup() throws Exception {
        assertThat(conform(RIGHT + WRONG + RIGHT, "--table").lines().skip(1)).containsExactly("| group | vectors | passed | differing | skipped |",
                "| --- | --- | --- | --- | --- |", "| alu | 1 | 0 | 1 | 0 |", "| mov | 2 | 2 | 0 | 0 |", "2 passed, 1 failed, 0 skipped");
    }
}
