package dev.hv.cli.run;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * hv as processes of the tests start it. The tests start it some hundred times, and most of such a run is the start of the JVM: as the launcher does, the classes are
 * packed into jars, and an archive of classes is made of a first run, once for both processes that Surefire runs tests in. Outside Surefire, where one test is
 * tried, the class path of the test is good enough.
 */
final class ProgramUnderTest {

    private static final String MODERN_CLASSES = "src/generator/java/dev/hv/cli/generator/ModernClasses.java";
    private static final List<String> OPTIONS = make();

    private ProgramUnderTest() {}

    /** Options of the JVM that name class path and archive. */
    static List<String> options() {
        return OPTIONS;
    }

    private static List<String> make() {
        String own = System.getProperty("java.class.path");
        if (System.getProperty("surefire.test.class.path") == null) {
            return List.of("-cp", own);
        }
        try {
            List<Path> runtime = Stream.of(System.getProperty("surefire.test.class.path").split(":")).map(Path::of)
                    .filter(p -> Files.exists(p) && !p.endsWith("test-classes")).toList();
            Path folder = Files.createDirectories(Path.of("target", "program").toAbsolutePath());
            try (var lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var held = lock.lock()) {
                Path made = folder.resolve(key(runtime));
                if (!Files.exists(made)) {
                    pack(runtime, Files.createDirectories(folder.resolve("new")));
                    Files.move(folder.resolve("new"), made);
                    archive(made);
                }
                List<String> options = new ArrayList<>(List.of("-cp", classPath(made)));
                if (Files.exists(made.resolve("hv.aot"))) {
                    options.add("-XX:AOTCache=" + made.resolve("hv.aot"));
                }
                return options;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another one for other files, or the same at another time. */
    private static String key(List<Path> runtime) throws IOException {
        var crc = new CRC32();
        for (Path p : runtime) {
            try (var files = Files.walk(p)) {
                for (Path f : files.sorted().toList()) {
                    crc.update((f + " " + Files.getLastModifiedTime(f) + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return Long.toHexString(crc.getValue());
    }

    private static void pack(List<Path> runtime, Path folder) throws IOException, InterruptedException {
        int n = 100;
        for (Path p : runtime) {
            Path jar = folder.resolve(n++ + "-" + (Files.isDirectory(p) ? p.getParent().getParent().getFileName() + ".jar" : p.getFileName()));
            if (!Files.isDirectory(p)) {
                Files.copy(p, jar);
                if (jar.toString().contains("picocli")) {
                    start(List.of(java(), MODERN_CLASSES, jar.toString()));
                }
                continue;
            }
            try (OutputStream file = Files.newOutputStream(jar); var out = new JarOutputStream(file); var files = Files.walk(p)) {
                for (Path f : files.filter(Files::isRegularFile).sorted().toList()) {
                    out.putNextEntry(new JarEntry(p.relativize(f).toString()));
                    Files.copy(f, out);
                }
            }
        }
    }

    /** As the launcher makes it. Where none can be made everything works, slower. */
    private static void archive(Path made) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(HvProcess.FLAGS);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:AOTCacheOutput=" + made.resolve("hv.aot"), "-cp", classPath(made), "dev.hv.cli.ClassArchive", "machines"));
        start(command);
    }

    private static void start(List<String> command) throws IOException, InterruptedException {
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(Path.of("/dev/null").toFile()).start().waitFor();
    }

    private static String classPath(Path made) throws IOException {
        try (var jars = Files.list(made)) {
            return String.join(":", jars.map(Path::toString).filter(f -> f.endsWith(".jar")).sorted().toList());
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
