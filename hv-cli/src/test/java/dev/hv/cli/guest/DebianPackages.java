package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Packages of Debian's for tests, as files in a folder. */
public final class DebianPackages {

    private DebianPackages() {}

    /**
     * Fetches packages into a folder that has none yet.
     *
     * @param names packages
     * @param follow those that they depend on, directly or not, and that are fetched, too: a regular expression of their names
     * @return the folder
     */
    public static Path fetch(String release, Path folder, List<String> names, String follow) throws IOException, GuestException {
        if (!files(folder).isEmpty()) {
            return folder;
        }
        Files.createDirectories(folder);
        try (var work = new WorkFolder("hv-test-")) {
            var apt = new Apt(work.path(), release, "amd64");
            apt.update();
            Set<String> packages = new LinkedHashSet<>();
            for (String name : names) {
                packages.addAll(apt.closure(name, follow));
            }
            for (Path deb : apt.download(packages)) {
                Files.move(deb, folder.resolve(deb.getFileName().toString()));
            }
        }
        return folder;
    }

    /** Takes a file out of the packages in a folder: the first whose path matches, into {@code to} unless that is there already. */
    public static Path extract(Path folder, String path, Path to) throws IOException, GuestException {
        for (Path deb : files(folder)) {
            DebPackage.visit(deb, (name, contents) -> {
                if (name.matches(path) && !Files.exists(to)) {
                    Files.copy(contents, to);
                }
            });
        }
        return to;
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var all = Files.list(folder)) {
            return all.filter(f -> f.toString().endsWith(".deb")).sorted().toList();
        }
    }
}
