package dev.hv.cli.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import org.slf4j.LoggerFactory;

/**
 * A temporary folder that goes away with its user, also when the program is interrupted. Of a program that was killed it goes when the next one with such a folder begins: beside it lies a file that its user has locked as
 * long as it lives.
 */
public final class WorkFolder implements AutoCloseable {

    private static final String LOCK = ".lock";

    private final Path path;
    private final Path lock;
    private final FileChannel locked;
    private final Thread interrupted = new Thread(this::away, "remove-work-folder");

    /** Makes one under the host's temporary folder whose name begins so. */
    public WorkFolder(String prefix) throws IOException {
        this(Path.of(System.getProperty("java.io.tmpdir")), prefix, ProcessHandle.current().pid());
    }

    /**
     * Makes one.
     *
     * @param process the number of the process that uses it
     */
    WorkFolder(Path below, String prefix, long process) throws IOException {
        String own = prefix + process + "-";
        sweep(below, prefix, own);
        while (true) {
            Path file = Files.createTempFile(below, own, LOCK);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            // somebody who sweeps may have been quicker, and takes the file away
            if (channel.tryLock() != null) {
                lock = file;
                locked = channel;
                break;
            }
            channel.close();
        }
        path = Files.createDirectory(folder(lock));
        Runtime.getRuntime().addShutdownHook(interrupted);
    }

    private static Path folder(Path lock) {
        String name = lock.getFileName().toString();
        return lock.resolveSibling(name.substring(0, name.length() - LOCK.length()));
    }

    /** Takes away what programs that were killed have left. */
    private static void sweep(Path below, String prefix, String own) {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(below, prefix + "*" + LOCK)) {
            for (Path file : locks) {
                // whoever closes a file loses all locks on it: those of this process are not looked at
                if (!file.getFileName().toString().startsWith(own)) {
                    sweep(file);
                }
            }
        } catch (IOException | RuntimeException e) {
            LoggerFactory.getLogger(WorkFolder.class).debug("{} cannot be looked through: {}", below, e.getMessage());
        }
    }

    private static void sweep(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE); FileLock free = channel.tryLock()) {
            if (free != null) {
                remove(folder(file));
                Files.deleteIfExists(file);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // another user's, or another one sweeps, too
            LoggerFactory.getLogger(WorkFolder.class).debug("{} stays: {}", file, e.getMessage());
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Removes a folder with all that is in it. */
    public static void remove(Path path) {
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

    private void away() {
        remove(path);
        try (locked) {
            Files.deleteIfExists(lock);
        } catch (IOException e) {
            LoggerFactory.getLogger(WorkFolder.class).debug("{} is not removed: {}", lock, e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException e) {
            return; // the program is ending: the hook does it
        }
        away();
    }
}
