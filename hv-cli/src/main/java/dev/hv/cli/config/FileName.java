package dev.hv.cli.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Names of files that are given as text. */
public final class FileName {

    private FileName() {}

    /**
     * The file that a name means.
     *
     * @param base what relative names count from
     * @throws UsageException when no file of this host can have the name
     */
    public static Path in(Path base, String name) {
        try {
            return base.resolve(name);
        } catch (InvalidPathException e) {
            throw new UsageException(name.replace("\0", "\\0") + ": no file can have this name: " + e.getReason());
        }
    }
}
