package dev.hv.cli.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Names of files that are given as text. */
public final class FileName {

    private FileName() {}

    /** Why a text is no name of a file on this host. */
    public static String why(String name) {
        return name.indexOf(0) >= 0 ? "there is a NUL in it" : "there is a character in it that the locale's encoding does not have; LC_ALL=C.UTF-8 has all";
    }

    /**
     * The file that a name means, from the current folder.
     *
     * @throws UsageException when no file of this host can have the name
     */
    public static Path of(String name) {
        return in(Path.of(""), name);
    }

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
            throw new UsageException(name.replace("\0", "\\0") + ": no file can have this name: " + why(name));
        }
    }
}
