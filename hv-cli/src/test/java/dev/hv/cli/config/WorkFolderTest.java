package dev.hv.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders and half files of programs that were killed go when another one begins; those of programs that run stay. */
class WorkFolderTest {

    private static final long ONE = 1_000_001;
    private static final long OTHER = 1_000_002;

    @TempDir
    private Path temp;

    private Path left(String name) throws Exception {
        Files.createFile(temp.resolve(name + ".lock"));
        Path folder = Files.createDirectories(temp.resolve(name));
        Files.writeString(Files.createDirectory(folder.resolve("a")).resolve("b"), "c");
        return folder;
    }

    @Test
    void whatAKilledProgramLeftGoesWithTheNext() throws Exception {
        Path folder = left("hv-x-" + ONE + "-1");
        Path another = left("hv-y-" + ONE + "-1");
        Path same = left("hv-x-" + OTHER + "-1");
        Path running = left("hv-x-" + ONE + "-2");
        try (FileChannel lock = FileChannel.open(temp.resolve(running.getFileName() + ".lock"), StandardOpenOption.WRITE); FileLock _ = lock.lock(); var work = new WorkFolder(temp, "hv-x-", OTHER)) {
            assertThat(folder).doesNotExist();
            assertThat(temp.resolve(folder.getFileName() + ".lock")).doesNotExist();
            assertThat(another).as("of another kind").exists();
            assertThat(same).as("of this process").exists();
            assertThat(running).as("of a program that runs").exists();
            assertThat(work.path()).isDirectory().hasParent(temp);
            try (var second = new WorkFolder(temp, "hv-x-", OTHER)) {
                assertThat(second.path()).isNotEqualTo(work.path());
                assertThat(work.path()).exists();
            }
        }
        try (var all = Files.list(temp)) {
            assertThat(all.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("hv-y-1000001-1", "hv-y-1000001-1.lock", "hv-x-1000002-1", "hv-x-1000002-1.lock", "hv-x-1000001-2", "hv-x-1000001-2.lock");
        }
    }

    @Test
    void halfFilesThatNobodyWritesGo() throws Exception {
        Path old = Files.writeString(temp.resolve(".hv-1.part"), "x");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        Path young = Files.writeString(temp.resolve(".hv-2.part"), "x");
        Path other = Files.writeString(temp.resolve("mine.part"), "x");
        Files.setLastModifiedTime(other, FileTime.from(Instant.EPOCH));
        OutputFiles.sweep(temp);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(other).exists();
    }
}
