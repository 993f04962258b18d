package dev.hv.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are written whole or not at all, and what is no file of its own. */
class OutputFilesTest {

    @TempDir
    private Path temp;

    private static void write(Path file, String text) throws IOException {
        OutputFiles.whole(file, "rw-r-----", part -> Files.writeString(part, text));
    }

    @Test
    void aFileIsReplacedWholeOrStays() throws Exception {
        Path file = temp.resolve("x".repeat(250));
        write(file, "one");
        write(file, "two");
        assertThat(file).hasContent("two");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-r-----");
        assertThatThrownBy(() -> OutputFiles.whole(file, "rw-r--r--", part -> {
            Files.writeString(part, "half");
            throw new IOException("full");
        })).hasMessage("full");
        assertThat(file).hasContent("two");
        assertThat(temp).isDirectoryNotContaining(f -> !f.equals(file));
    }

    @Test
    void aLinkStaysAndADeviceAndAPipeAreWrittenInto() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "old");
        Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        write(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
        Path full = Files.createSymbolicLink(temp.resolve("full"), Path.of("/dev/full"));
        assertThatThrownBy(() -> write(full, "lost")).isInstanceOf(IOException.class);
        assertThat(full).isSymbolicLink();
        Path pipe = temp.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        var reader = new FutureTask<>(() -> Files.readString(pipe));
        Thread.ofPlatform().daemon().start(reader);
        write(pipe, "through");
        assertThat(reader.get(60, TimeUnit.SECONDS)).isEqualTo("through");
        assertThat(Files.isRegularFile(pipe, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void aNameThatNoFileCanHaveIsToldBefore() {
        assertThat(OutputFiles.problem(temp.resolve("\u00e9".repeat(128)))).contains("more than 255 bytes");
        assertThat(OutputFiles.problem(temp.resolve("\u00e9".repeat(127)))).isNull();
    }
}
