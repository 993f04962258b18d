package dev.hv.cli.coverage;

import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Modules whose lines are wanted, by their names: files, which are read at once, and all files of folders, which are read when their module is loaded. Used by several processors at once. */
public final class ModuleImages {

    /** None at all. */
    public static final ModuleImages NONE = new ModuleImages(Map.of(), Map.of());
    private static final List<String> ENDS = List.of(".ko", ".ko.debug", ".ko.xz", ".ko.debug.xz");
    private static final String TOO_NEW = ".zst";

    private final Map<String, Path> files;
    private final Map<String, ModuleImage> read;
    /** Said of files that turned out to be none, when their module was loaded. */
    private final List<String> problems = new ArrayList<>();

    private ModuleImages(Map<String, Path> files, Map<String, ModuleImage> read) {
        this.files = files;
        this.read = read;
    }

    /**
     * Looks at files and folders.
     *
     * @param option what named them, for messages
     * @throws UsageException when one does not serve
     */
    public static ModuleImages open(String option, List<Path> named) {
        Map<String, Path> files = new TreeMap<>();
        Map<String, ModuleImage> read = new TreeMap<>();
        for (Path p : named) {
            if (Files.isDirectory(p)) {
                Map<String, Path> found = in(option, p);
                if (found.isEmpty()) {
                    throw new UsageException(option + p + ": no modules (.ko) in this folder");
                }
                found.forEach(files::putIfAbsent);
                continue;
            }
            InputFiles.require(option.strip(), p);
            String name = name(p);
            if (name == null) {
                throw new UsageException(option + p + ": no file of a module: its name ends in none of " + String.join(", ", ENDS) + (p.toString().endsWith(TOO_NEW) ? "; unpack it first: zstd -d" : ""));
            }
            if (read.containsKey(name)) {
                throw new UsageException(option + p + ": there is a file of the module " + name + " already: " + read.get(name).file());
            }
            try {
                read.put(name, new ModuleImage(p));
            } catch (IOException e) {
                throw new UsageException(option + p + ": " + e.getMessage());
            }
        }
        read.keySet().forEach(files::remove);
        return new ModuleImages(files, read);
    }

    /** One of the files, for messages about all. */
    Path first() {
        return Stream.concat(files.values().stream(), read.values().stream().map(ModuleImage::file)).findFirst().orElseThrow();
    }

    private static Map<String, Path> in(String option, Path folder) {
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(f -> name(f) != null && Files.isRegularFile(f)).sorted().forEach(f -> files.putIfAbsent(name(f), f));
        } catch (IOException | UncheckedIOException e) {
            throw new UsageException(option + folder + ": cannot be read: " + e.getMessage());
        }
        return files;
    }

    /** The module's name, as the kernel has it, by its file's; null when that is no module's. */
    private static String name(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        return ENDS.stream().filter(name::endsWith).findFirst().map(end -> name.substring(0, name.length() - end.length()).replace('-', '_')).orElse(null);
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return files.isEmpty() && read.isEmpty();
    }

    /** The file of a module; null when there is none that serves. */
    synchronized ModuleImage of(String module) {
        Path file = files.get(module);
        if (file != null && !read.containsKey(module)) {
            try {
                read.put(module, new ModuleImage(file));
            } catch (IOException e) {
                read.put(module, null);
                problem(file, e.getMessage());
            }
        }
        return read.get(module);
    }

    /** Those that have been named, and of folders those whose module was loaded. */
    synchronized List<ModuleImage> used() {
        return read.values().stream().filter(m -> m != null).toList();
    }

    /** Something is wrong with a file. */
    synchronized void problem(Path file, String what) {
        String problem = file + ": " + what;
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }

    /** What is wrong with files. */
    synchronized List<String> problems() {
        return List.copyOf(problems);
    }
}
