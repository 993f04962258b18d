package dev.hv.cpu.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the generator makes of small tables is what it made before, to the letter. When a change is meant, look at the difference and copy
 * what the test leaves in {@code target/golden} over the files among its resources.
 */
class GeneratorGoldenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/dev/hv/cpu/generator");
    private static final Path MADE = Path.of("target/golden");

    @TempDir
    private Path folder;

    private Path generate(String name, String table) throws IOException {
        Path tables = Files.createDirectories(folder.resolve("tables"));
        Files.writeString(tables.resolve(name + ".tbl"), table);
        Generate.main(new String[] {tables.toString(), folder.toString()});
        return folder.resolve("dev/hv/cpu/forms");
    }

    @ParameterizedTest
    @ValueSource(strings = {"integer", "move", "branch", "simd", "rare"})
    void aTableGivesTheFormsThatItGaveBefore(String name) throws IOException {
        Path forms = generate(name, Files.readString(GOLDEN.resolve(name + ".tbl")));
        String factory = Files.readString(forms.resolve("Forms.java"));
        String text = Files.readString(forms.resolve(Generate.family(Path.of(name + ".tbl")) + "Ops.java"))
                + "\n// ---- Forms\n" + factory.substring(factory.indexOf("    private static Op make0"));
        Files.createDirectories(MADE);
        Files.writeString(MADE.resolve(name + ".txt"), text);
        assertThat(text).isEqualTo(Files.readString(GOLDEN.resolve(name + ".txt")));
    }

    @Test
    void whatCannotBeWrittenIsRefused() {
        assertThatThrownBy(() -> generate("wrong", "04 ADD Ib,Ab rw Alu.add\n")).isInstanceOf(IllegalStateException.class).hasMessageContaining("wrong.tbl:1");
        assertThatThrownBy(() -> generate("wrong", "00 ADD Eb,Gb rw Alu.add rare\n")).isInstanceOf(IllegalStateException.class).hasMessageContaining("wrong.tbl:1");
    }
}
