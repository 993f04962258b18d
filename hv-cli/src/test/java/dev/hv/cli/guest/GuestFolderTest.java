package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.config.WorkFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestFolderTest {

    private static final GuestLabel BOOKWORM = GuestLabel.debian("bookworm", "amd64", false);

    @TempDir
    private Path temp;

    @Test
    void aGuestCountsAsCompleteForItsOwnReleaseOnly() throws Exception {
        var folder = new GuestFolder(temp);
        assertThat(folder.holds(BOOKWORM)).isFalse();
        folder.write(BOOKWORM, new byte[] {1}, new byte[] {2});
        assertThat(folder.holds(BOOKWORM)).isTrue();
        assertThat(folder.holds(GuestLabel.debian("trixie", "amd64", false))).isFalse();
        assertThat(folder.holds(GuestLabel.debian("bookworm", "i386", false))).isFalse();
        folder.requireFreeFor(BOOKWORM);
        assertThatThrownBy(() -> folder.requireFreeFor(GuestLabel.debian("trixie", "amd64", false))).isInstanceOf(GuestException.class).hasMessageContaining("debian bookworm amd64")
                .hasMessageContaining("--dir");
    }

    @Test
    void aGuestWithAnotherKernelOrAParentIsAnotherGuest() throws Exception {
        var folder = new GuestFolder(temp);
        folder.write(GuestLabel.debian("bookworm", "amd64", true), new byte[] {1}, new byte[] {2});
        assertThat(folder.holds(BOOKWORM)).isFalse();
        assertThatThrownBy(() -> folder.requireFreeFor(BOOKWORM)).isInstanceOf(GuestException.class).hasMessageContaining("another guest (debian bookworm amd64 generic)");
        assertThatThrownBy(() -> folder.requireFreeFor(GuestLabel.linuxParent("given-1"))).isInstanceOf(GuestException.class);
    }

    @Test
    void aParentWithAnotherKernelReplacesTheOneBefore() throws Exception {
        var folder = new GuestFolder(temp);
        folder.write(GuestLabel.linuxParent("given-1"), new byte[] {1}, new byte[] {2});
        assertThat(folder.holds(GuestLabel.linuxParent("given-1"))).isTrue();
        assertThat(folder.holds(GuestLabel.linuxParent("given-2"))).isFalse();
        folder.requireFreeFor(GuestLabel.linuxParent("given-2"));
        assertThatThrownBy(() -> folder.requireFreeFor(BOOKWORM)).isInstanceOf(GuestException.class).hasMessageContaining("another guest (linux-parent)");
    }

    @Test
    void filesOfAnEarlierVersionOrAnInterruptedRunAreBuiltAgain() throws Exception {
        Files.write(temp.resolve("vmlinuz"), new byte[] {1});
        Files.write(temp.resolve("initrd.img"), new byte[] {1});
        var folder = new GuestFolder(temp);
        for (String format : new String[] {"1", "2", "unfinished"}) {
            Files.writeString(temp.resolve("guest.txt"), "debian bookworm amd64 " + format + "\n");
            assertThat(folder.holds(BOOKWORM)).as(format).isFalse();
            folder.requireFreeFor(BOOKWORM);
        }
    }

    @Test
    void filesThatAreNoGuestsAreNotReplaced() throws Exception {
        var folder = new GuestFolder(temp);
        folder.requireFreeFor(BOOKWORM);
        Files.write(temp.resolve("initrd.img"), new byte[] {1});
        assertThatThrownBy(() -> folder.requireFreeFor(BOOKWORM)).isInstanceOf(GuestException.class).hasMessageContaining("initrd.img")
                .hasMessageContaining("--force");
        Files.delete(temp.resolve("initrd.img"));
        Files.createSymbolicLink(temp.resolve("vmlinuz"), Path.of("nowhere"));
        assertThatThrownBy(() -> folder.requireFreeFor(BOOKWORM)).isInstanceOf(GuestException.class).hasMessageContaining("vmlinuz");
    }

    @Test
    void aRootImageNeverReplacesAFileUnasked() throws Exception {
        Path image = Files.writeString(temp.resolve("root.img"), "work of years");
        assertThatThrownBy(() -> RootImage.build(new GuestFolder(temp), image, RootImage.LEAST, false, null)).isInstanceOf(GuestException.class)
                .hasMessageContaining("root.img").hasMessageContaining("--force");
        assertThat(image).hasContent("work of years");
        RootImage.requireFree(temp.resolve("other.img"));
    }

    @Test
    void aWorkFolderGoesAwayWithItsContents() throws Exception {
        Path path;
        try (var work = new WorkFolder("hv-test-")) {
            path = work.path();
            Files.createDirectories(path.resolve("a/b"));
            Files.writeString(path.resolve("a/b/c"), "x");
        }
        assertThat(path).doesNotExist();
    }
}
