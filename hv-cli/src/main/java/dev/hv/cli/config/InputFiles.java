package dev.hv.cli.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files named on the command line: read whole, or refused with one line. */
public final class InputFiles {

    private InputFiles() {}

    /**
     * Contents of a file that must exist, be a file and not be empty. A file that cannot fit the guest's memory is refused
     * before it is read: the heap might not hold it either.
     *
     * @param guestMemory the guest's memory in bytes
     */
    public static byte[] read(String option, Path file, long guestMemory) {
        require(option, file);
        try {
            long size = Files.size(file);
            if (size > Integer.MAX_VALUE - 16) {
                throw new UsageException(named(option, file) + ": larger than 2 GiB");
            }
            if (size > guestMemory) {
                throw new UsageException("%s: its %s do not fit in the guest's %s of memory; give it more with --memory"
                        .formatted(named(option, file), Sizes.show(size), Sizes.show(guestMemory)));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException(named(option, file) + ": cannot be read: " + reason(e));
        }
    }

    /** Checks a file without reading it. */
    public static void require(String option, Path file) {
        if (!Files.exists(file)) {
            throw new UsageException(named(option, file) + ": no such file");
        }
        if (Files.isDirectory(file)) {
            throw new UsageException(named(option, file) + ": a directory; a file is needed");
        }
        try {
            if (Files.isRegularFile(file) && Files.size(file) == 0) {
                throw new UsageException(named(option, file) + ": the file is empty");
            }
        } catch (IOException e) {
            throw new UsageException(named(option, file) + ": cannot be read: " + reason(e));
        }
    }

    private static String named(String option, Path file) {
        return option.isEmpty() ? file.toString() : option + " " + file;
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }
}
