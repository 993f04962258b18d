package dev.hv.cli.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.slf4j.LoggerFactory;

/** A temporary folder that goes away with its user, also when the program is interrupted. */
public final class WorkFolder implements AutoCloseable {

    private final Path path;
    private final Thread interrupted = new Thread(() -> remove(path()), "remove-work-folder");

    /** Makes one under the host's temporary folder. */
    WorkFolder() throws IOException {
        this("hv-guest-");
    }

    /** Makes one whose name begins so. */
    public WorkFolder(String prefix) throws IOException {
        path = Files.createTempDirectory(prefix);
        Runtime.getRuntime().addShutdownHook(interrupted);
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Removes a folder with all that is in it. */
    static void remove(Path path) {
        // a program that was interrupted with us may still be writing: what appears meanwhile is taken in the next round
        for (int round = 0; round < 3 && Files.exists(path); round++) {
            try (var all = Files.walk(path)) {
                for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(p);
                }
            } catch (IOException | UncheckedIOException e) {
                LoggerFactory.getLogger(WorkFolder.class).debug("{} is not removed yet: {}", path, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException e) {
            return; // the program is ending: the hook does it
        }
        remove(path);
    }
}
