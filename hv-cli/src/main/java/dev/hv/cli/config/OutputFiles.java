package dev.hv.cli.config;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;

/** Files that a user names to be written: what cannot be written is refused before a long run, not after it. */
public final class OutputFiles {

    /** Bytes of a file's name on Linux (NAME_MAX). */
    private static final int LONGEST_NAME = 255;

    /** Names of files that are not whole yet. */
    private static final String BEGIN = ".hv-";
    private static final String PART = ".part";
    private static final Duration ABANDONED = Duration.ofHours(1);

    private OutputFiles() {}

    /**
     * Checks a file without touching it.
     *
     * @param where the option, and what stands in front of the name, for messages
     * @throws UsageException when there is nothing that could be written under this name
     */
    public static void require(String where, Path file) {
        String problem = problem(file);
        if (problem != null) {
            throw new UsageException((where + file).strip() + ": " + problem);
        }
    }

    /**
     * Checks a folder without touching it.
     *
     * @throws UsageException when it is not there and cannot be made
     */
    public static void requireFolder(String option, Path folder) {
        if (folder.toString().isEmpty()) {
            throw new UsageException(option + ": an empty name; a folder is needed");
        }
        Path whole = folder.toAbsolutePath().normalize();
        for (Path p = whole; p != null; p = p.getParent()) {
            if (Files.exists(p, LinkOption.NOFOLLOW_LINKS)) {
                if (!Files.isDirectory(p)) {
                    throw new UsageException(option + " " + folder + ": " + (p.equals(whole) ? "" : p + " is ") + "not a folder; name one that is there or can be made");
                }
                if (!Files.isWritable(p)) {
                    throw new UsageException(option + " " + folder + ": " + p + " cannot be written: permission denied");
                }
                return;
            }
        }
    }

    /**
     * Writes what a file is to hold.
     *
     * @param <E> what else can go wrong with it
     */
    @FunctionalInterface
    public interface Contents<E extends Exception> {
        void to(Path part) throws IOException, E;
    }

    /**
     * Writes a file that appears under its name only when it is whole; of one that a signal interrupts nothing is left. One that was there is replaced; but a device or a pipe is written into, and a symbolic link stays and leads to the new file.
     *
     * @param mode permissions of a file that is made, such as {@code rw-r--r--}
     * @throws IOException when it cannot be written; then all is as it was
     * @throws E when its contents say so; then, too
     */
    public static <E extends Exception> void whole(Path file, String mode, Contents<E> contents) throws IOException, E {
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        boolean into = Files.exists(target) && !Files.isRegularFile(target);
        Path part = into ? Files.createTempFile("hv-", PART) : Files.createTempFile(target.getParent(), BEGIN, PART);
        Thread interrupted = new Thread(() -> part.toFile().delete(), "remove-part");
        boolean watched = atTheEnd(() -> Runtime.getRuntime().addShutdownHook(interrupted));
        try {
            contents.to(part);
            if (into) {
                try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
                    Files.copy(part, out);
                }
                return;
            }
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(mode));
            try {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
            if (watched) {
                atTheEnd(() -> Runtime.getRuntime().removeShutdownHook(interrupted));
            }
        }
    }

    /** Takes away what programs that were killed have left of files that they wrote into a folder by {@link #whole}: whatever nobody has written for an hour. */
    public static void sweep(Path folder) throws IOException {
        // a new file has the time of the host that keeps the folder
        Path young = Files.createTempFile(folder, BEGIN, PART);
        Instant old = Files.getLastModifiedTime(young).toInstant().minus(ABANDONED);
        Files.delete(young);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, BEGIN + "*" + PART)) {
            for (Path part : parts) {
                if (Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS) && Files.getLastModifiedTime(part).toInstant().isBefore(old)) {
                    Files.deleteIfExists(part);
                }
            }
        }
    }

    /** Changes what is done when hv ends; false when it is ending already, and what is written now is written for that. */
    private static boolean atTheEnd(Runnable change) {
        try {
            change.run();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Why a file cannot be written; null when it can, as far as can be seen. */
    static String problem(Path file) {
        if (file.toString().isEmpty()) {
            return "an empty name; a file is needed";
        }
        if (Files.isDirectory(file)) {
            return "a directory; a file is needed";
        }
        if (Files.isSymbolicLink(file)) {
            try {
                file.toRealPath();
            } catch (NoSuchFileException e) {
                // it is made where the link leads to
            } catch (IOException e) {
                return "cannot be written: a symbolic link that leads nowhere";
            }
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (!Files.isDirectory(folder)) {
            return "cannot be written: " + folder + " is no folder; make it first";
        }
        if (file.getFileName().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            return "cannot be written: its name has more than " + LONGEST_NAME + " bytes";
        }
        boolean allowed = Files.exists(file) ? Files.isWritable(file) : Files.isWritable(folder);
        return allowed ? null : "cannot be written: permission denied";
    }
}
