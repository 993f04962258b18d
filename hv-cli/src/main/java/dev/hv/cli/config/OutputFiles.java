package dev.hv.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;

/** Files that a user names to be written: what cannot be written is refused before a long run, not after it. */
public final class OutputFiles {

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

    /** Why a file cannot be written; null when it can, as far as can be seen. */
    static String problem(Path file) {
        if (file.toString().isEmpty()) {
            return "an empty name; a file is needed";
        }
        if (Files.isDirectory(file)) {
            return "a directory; a file is needed";
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (!Files.isDirectory(folder)) {
            return "cannot be written: " + folder + " is no folder; make it first";
        }
        boolean allowed = Files.exists(file) ? Files.isWritable(file) : Files.isWritable(folder);
        return allowed ? null : "cannot be written: permission denied";
    }
}
