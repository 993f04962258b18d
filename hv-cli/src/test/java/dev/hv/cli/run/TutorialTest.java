package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/tutorial-race.md, in its order, in a copy of its folder; they print the lines that it shows. */
@Timeout(300)
class TutorialTest {

    private static final Path DOCS = Path.of("../docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|text)\\n(.*?)^```$");
    private static final int LONGEST_SECONDS = 240;

    @TempDir
    private Path temp;

    @Test
    void everyCommandDoesWhatThePageSays() throws Exception {
        assumeTrue(HostProgram.there("gdb") && HostProgram.there("gcc"));
        String page = Files.readString(DOCS.resolve("tutorial-race.md"));
        List<String> commands = new ArrayList<>();
        List<String> shown = new ArrayList<>();
        for (Matcher m = BLOCK.matcher(page); m.find(); ) {
            (m.group(1).equals("sh") ? commands : shown).addAll(m.group(2).lines().toList());
        }
        assertThat(commands).anyMatch(c -> c.startsWith("hv test")).anyMatch(c -> c.startsWith("hv replay")).anyMatch(c -> c.startsWith("gdb"));
        assertThat(shown).hasSizeGreaterThan(10);

        String said = run(commands);
        int from = 0;
        for (String line : shown) {
            int at = said.indexOf(line, from);
            assertThat(at).as("\"%s\" behind the line that the page shows before it, in:%n%s", line, said).isNotNegative();
            from = at;
        }
    }

    private String run(List<String> commands) throws Exception {
        copy(DOCS.resolve("examples/doorbell"), temp.resolve("docs/examples/doorbell"));
        for (String part : List.of("src/main/guests/multiboot.inc", "src/test/guests/smp/guest.ld")) {
            Path to = temp.resolve("hv-cli").resolve(part);
            Files.createDirectories(to.getParent());
            Files.copy(Path.of(part), to);
        }
        Path hv = Files.createDirectory(temp.resolve("bin")).resolve("hv");
        String java = HvProcess.command().stream().map(w -> "'" + w + "'").collect(Collectors.joining(" "));
        Files.writeString(hv, "#!/bin/sh\nexec " + java + " \"$@\"\n");
        assertThat(hv.toFile().setExecutable(true)).isTrue();
        Path script = Files.write(temp.resolve("commands"), commands);
        Path out = temp.resolve("out");
        var builder = new ProcessBuilder("bash", script.toString()).directory(temp.toFile()).redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().merge("PATH", hv.getParent().toString(), (all, own) -> own + ":" + all);
        Process p = builder.start();
        if (!p.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            p.descendants().forEach(ProcessHandle::destroyForcibly);
            p.destroyForcibly().waitFor();
        }
        return Files.readString(out);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> all = Files.list(from)) {
            for (Path f : all.toList()) {
                Files.copy(f, to.resolve(f.getFileName()));
            }
        }
    }
}
