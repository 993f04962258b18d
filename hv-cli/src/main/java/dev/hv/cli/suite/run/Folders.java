package dev.hv.cli.suite.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Folders of this program's own making. */
final class Folders {

    private Folders() {}

    /** Removes a folder with all that is in it, as far as the host lets; nothing when there is none. */
    static void delete(Path folder) {
        try (var all = Files.walk(folder)) {
            for (Path f : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(f);
            }
        } catch (IOException e) {
            // what stays behind is in a folder for temporary files, or in one that is looked through again
        }
    }

    /** Gives a folder of files that are never written again another name: links where the host has them, else copies. */
    static void link(Path from, Path to) throws IOException {
        delete(to);
        Files.createDirectories(to);
        try (var all = Files.list(from)) {
            for (Path f : all.toList()) {
                Path there = to.resolve(f.getFileName());
                try {
                    Files.createLink(there, f);
                } catch (UnsupportedOperationException | IOException e) {
                    Files.copy(f, there);
                }
            }
        }
    }

    /** Bytes that the files of a folder have; 0 when it cannot be looked at. */
    static long size(Path folder) {
        try (var all = Files.walk(folder)) {
            return all.mapToLong(f -> f.toFile().isFile() ? f.toFile().length() : 0).sum();
        } catch (IOException e) {
            return 0;
        }
    }

    /** A name for a folder, of a case's id. */
    static String name(String id) {
        String safe = id.replaceAll("[^A-Za-z0-9._=,-]+", "_");
        return safe.length() <= 120 ? safe : safe.substring(0, 100) + "-" + Integer.toHexString(id.hashCode());
    }
}
