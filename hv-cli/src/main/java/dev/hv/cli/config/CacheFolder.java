package dev.hv.cli.config;

import java.nio.file.Path;

/** Where what is made once and used again is kept, as the XDG Base Directory Specification has it. */
public final class CacheFolder {

    private CacheFolder() {}

    /** The folder for one kind of things, which may not be there yet. */
    public static Path of(String kind) {
        String given = System.getenv("XDG_CACHE_HOME");
        Path base = given != null && given.startsWith("/") ? Path.of(given) : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("hv").resolve(kind);
    }
}
