package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in a tree of its own: this build's classes behind one jar, and a Maven that does nothing but talk. */
class LauncherTest {

    @TempDir
    private Path temp;
    private Path tree;
    private Path launcher;

    @BeforeEach
    void tree() throws Exception {
        Path original = Path.of("..", "hv");
        assumeTrue(Files.isExecutable(original), "SKIPPED: the launcher is not beside the module");
        tree = Files.createDirectories(temp.resolve("tree"));
        Path target = Files.createDirectories(tree.resolve("hv-cli/target/lib")).getParent();
        launcher = Files.copy(original, tree.resolve("hv"));
        launcher.toFile().setExecutable(true);
        Files.createFile(tree.resolve("pom.xml"));
        Files.createFile(tree.resolve("hv-cli/pom.xml"));
        Files.createDirectories(tree.resolve("hv-cli/src/main"));
        Files.createDirectories(tree.resolve("hv-cli/src/generator"));
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, Stream.of(System.getProperty("java.class.path").split(":"))
                .map(p -> Path.of(p).toUri().toString()).collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(target.resolve("hv-cli-test.jar")), manifest).close();
        maven("printf '\\033[1mINFO\\033[m built\\033[0m\\n'");
    }

    private void maven(String body) throws IOException {
        Path mvn = Files.writeString(Files.createDirectories(temp.resolve("bin")).resolve("mvn"), "#!/bin/sh\n" + body + "\n");
        mvn.toFile().setExecutable(true);
    }

    private LiveProcess start(String redirection, String... arguments) throws IOException {
        return start(redirection, Map.of(), arguments);
    }

    private LiveProcess start(String redirection, Map<String, String> more, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" " + redirection, "bash", launcher.toString()));
        all.addAll(List.of(arguments));
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(Map.of("PATH", temp.resolve("bin") + ":" + System.getenv("PATH"), "JAVA_HOME", System.getProperty("java.home"),
                "HV_NO_ARCHIVE", "1"));
        return new LiveProcess(all, environment);
    }

    private void built() throws IOException {
        Files.createFile(tree.resolve("hv-cli/target/launcher.stamp"));
    }

    @Test
    void theFirstStartSaysThatItBuildsAndHowLongAndLaterOnesSayNothing() throws Exception {
        try (var hv = start("", "--version")) {
            assertThat(hv.status()).as(hv.err()).isZero();
            assertThat(hv.err()).contains("hv: first start: building").contains("a minute or two").containsPattern("hv: built in \\d+ s");
            assertThat(hv.err()).contains("INFO built").doesNotContain("\033");
            assertThat(hv.out()).isEqualTo("hv 0.1.0\n");
        }
        try (var hv = start("", "--version")) {
            assertThat(hv.status()).isZero();
            assertThat(hv.err()).isEmpty();
        }
    }

    @Test
    void itStartsWithoutAHomeAndKeepsTemporaryFilesWhereItIsTold() throws Exception {
        built();
        Path elsewhere = Files.createDirectories(temp.resolve("else where"));
        try (var hv = new LiveProcess(List.of("env", "-u", "HOME", launcher.toString(), "--version"), Map.of("HV_NO_ARCHIVE", "1", "JAVA_HOME", System.getProperty("java.home"), "TMPDIR", elsewhere.toString(), "HV_JAVA_OPTIONS",
                "-XshowSettings:properties"))) {
            assertThat(hv.status()).as(hv.err()).isZero();
            assertThat(hv.err()).contains("java.io.tmpdir = " + elsewhere + "\n");
            assertThat(hv.out()).isEqualTo("hv 0.1.0\n");
        }
        try (var hv = start("", Map.of("TMPDIR", "/nowhere"), "--version")) {
            assertThat(hv.status()).as(hv.err()).isZero();
        }
    }

    /** As few files as a shell and a JVM come up with, and not one more. */
    @Test
    void aHostThatLetsItOpenNoMoreFilesIsToldSoInOneLine() throws Exception {
        built();
        Path guest = SmallGuest.write(temp.resolve("guest"), "x", SmallGuest.Then.CRASH);
        for (int files : new int[] {16, 20, 24}) {
            try (var hv = new LiveProcess(List.of("bash", "-c", "ulimit -n " + files + "; exec \"$@\"", "bash", launcher.toString(), "run", "--multiboot", guest.toString(), "--memory", "16M"),
                    Map.of("HV_NO_ARCHIVE", "1", "JAVA_HOME", System.getProperty("java.home")))) {
                int status = hv.status();
                assertThat(hv.err()).as("status %d with %d files", status, files).doesNotContain("\tat ");
            }
        }
    }

    @Test
    void aBuildThatFailsIsSaid() throws Exception {
        maven("echo broken; exit 1");
        try (var hv = start("", "--version")) {
            assertThat(hv.status()).isEqualTo(5);
            assertThat(hv.err()).contains("broken").endsWith("hv: the build failed\n");
            assertThat(hv.out()).isEmpty();
        }
    }

    @Test
    void aThreadDumpGoesToStandardErrorAndTheGuestGoesOn() throws Exception {
        built();
        Path guest = SmallGuest.write(temp.resolve("guest"), "only this\n", SmallGuest.Then.SPIN);
        try (var hv = start("", "run", "--multiboot", guest.toString(), "--memory", "16M", "--timeout", "170s")) {
            hv.await("only this\n");
            hv.signal("QUIT");
            hv.awaitError("Full thread dump");
            hv.awaitError("JNI global refs");
            hv.signal("TERM");
            assertThat(hv.status()).isEqualTo(143);
            assertThat(hv.out()).isEqualTo("only this\n");
        }
    }

    @Test
    void closedDescriptorsAreNotGivenToDisks() throws Exception {
        built();
        Path guest = SmallGuest.write(temp.resolve("guest"), "not into the disk\n", SmallGuest.Then.SPIN);
        Path disk = Files.write(temp.resolve("disk.img"), new byte[1 << 20]);
        try (var hv = start(">&- <&-", "run", "--multiboot", guest.toString(), "--memory", "16M", "--disk", disk.toString(), "--timeout", "170s")) {
            assertThat(hv.status()).as(hv.err()).isEqualTo(6);
            assertThat(hv.err()).contains("standard output cannot be written any more");
        }
        assertThat(Files.readAllBytes(disk)).containsOnly(0);
    }

    /** A JDK that makes archives of nothing, and says what it was started with, a word a line. */
    private Path wordyJdk() throws IOException {
        Path jdk = Files.createDirectories(temp.resolve("jdk/bin")).getParent();
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"26.0.1\"\n");
        Path java = Files.writeString(jdk.resolve("bin/java"), """
                #!/bin/bash
                for word; do
                  case $word in -XX:AOTCacheOutput=*) echo "${*: -1}" > "${word#*=}"; echo "${*: -2}" >> "%s"; exit 0 ;; esac
                done
                printf '%%s\\n' "$@"
                """.formatted(temp.resolve("made")));
        java.toFile().setExecutable(true);
        return jdk;
    }

    /** The words that the JVM is started with, by a launcher that finds no programs but the few that it needs. */
    private List<String> words(String... arguments) throws Exception {
        Path bare = Files.createDirectories(temp.resolve("bare"));
        for (String program : List.of("bash", "find", "readlink", "mv", "rm", "touch")) {
            Path real = Stream.of(System.getenv("PATH").split(":")).map(f -> Path.of(f, program)).filter(Files::isExecutable).findFirst().orElseThrow();
            Files.writeString(bare.resolve(program), "#!/bin/sh\nexec " + real + " \"$@\"\n").toFile().setExecutable(true);
        }
        List<String> all = new ArrayList<>(List.of("env", "-u", "HV_NO_ARCHIVE", "-u", "HV_ENGINE", "PATH=" + bare, "JAVA_HOME=" + wordyJdk(), launcher.toString()));
        all.addAll(List.of(arguments));
        try (var hv = new LiveProcess(all, Map.of())) {
            assertThat(hv.status()).as(hv.err()).isZero();
            return hv.out().lines().toList();
        }
    }

    private String archive(String kind) {
        return "-XX:AOTCache=" + tree.resolve("hv-cli/target/" + kind + ".aot").toAbsolutePath();
    }

    @Test
    void commandsWithoutAMachineHaveAnArchiveOfTheirOwn() throws Exception {
        built();
        for (String command : List.of("disk info a.vhdx", "--version", "--help", "run --help", "inspect --control unix:x a", "completion bash", "screenshot", "")) {
            assertThat(words(command.isEmpty() ? new String[0] : command.split(" "))).as(command).contains(archive("commands"));
        }
        for (String command : List.of("demo", "run lab.yaml", "inspect checkpoint", "test suite.yaml", "replay x", "trace exits", "checkpoint info x")) {
            assertThat(words(command.split(" "))).as(command).contains(archive("machines"));
        }
        assertThat(temp.resolve("made")).hasContent("dev.hv.cli.ClassArchive commands\ndev.hv.cli.ClassArchive machines\n");
    }

    /** The JVM takes no archive of other jars, and says nothing. */
    @Test
    void archivesAreMadeAgainWhenAJarIsNewer() throws Exception {
        built();
        words("--version");
        Path jar = Files.createFile(tree.resolve("hv-cli/target/lib/other.jar"));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        words("--version");
        assertThat(Files.readAllLines(temp.resolve("made"))).hasSize(2);
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plus(Duration.ofSeconds(10))));
        words("--version");
        assertThat(Files.readAllLines(temp.resolve("made"))).hasSize(4);
        words("--version");
        assertThat(Files.readAllLines(temp.resolve("made"))).as("from a clock that was ahead").hasSize(4);
    }

    @Test
    void theClassPathIsThatOfTheTreeHoweverTheLauncherIsNamed() throws Exception {
        built();
        List<String> plain = words("--version");
        String classPath = plain.get(plain.indexOf("-cp") + 1);
        String target = tree.toRealPath() + "/hv-cli/target/";
        // an empty name is the current folder, whose files would be part of the program
        assertThat(classPath.split(":", -1)).isNotEmpty().allMatch(p -> p.startsWith(target));
        Path elsewhere = Files.createDirectories(temp.resolve("links"));
        Path original = launcher;
        launcher = Files.createSymbolicLink(elsewhere.resolve("linked"), original);
        assertThat(words("--version")).isEqualTo(plain);
        launcher = Files.createSymbolicLink(temp.resolve("other"), tree).resolve("hv");
        assertThat(words("--version")).isEqualTo(plain);
        launcher = Path.of("").toAbsolutePath().relativize(original.toAbsolutePath());
        assertThat(words("--version")).isEqualTo(plain);
    }

    @Test
    void aSourceThatIsNewerIsBuiltAndNoneIsNot() throws Exception {
        built();
        Path source = Files.createDirectories(tree.resolve("hv-cli/src/main/java")).resolve("A.java");
        Files.setLastModifiedTime(Files.createFile(source), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        try (var hv = start("", "--version")) {
            assertThat(hv.status()).isZero();
            assertThat(hv.err()).isEmpty();
        }
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plus(Duration.ofSeconds(10))));
        try (var hv = start("", "--version")) {
            assertThat(hv.status()).isZero();
            assertThat(hv.err()).contains("hv: the sources have changed").contains("INFO built");
        }
    }

    @Test
    void aJdkThatIsTooOldIsPassedOver() throws Exception {
        built();
        Path jdk = wordyJdk();
        for (String version : List.of("24.0.2", "9", "1.8.0_452", "", "x")) {
            Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
            try (var hv = new LiveProcess(List.of(launcher.toString(), "--version"), Map.of("HV_NO_ARCHIVE", "1", "JAVA_HOME", jdk.toString(),
                    "PATH", System.getProperty("java.home") + "/bin:" + System.getenv("PATH")))) {
                assertThat(hv.status()).as(hv.err()).isZero();
                assertThat(hv.out()).as(version).isEqualTo("hv 0.1.0\n");
            }
        }
    }

    @Test
    void whatGettingStartedMakesIsIgnoredByGit() throws Exception {
        assumeTrue(Files.exists(Path.of("..", ".git")), "SKIPPED: not in a clone");
        for (String made : List.of("guests/bookworm/vmlinuz", "look.sh", "root.img", "lab.yaml", "server.sh", "client.sh", "lab.pcapng", "run.json")) {
            String guide = Files.readString(Path.of("..", "docs", "getting-started.md"));
            assertThat(guide).contains(made);
            Process git = new ProcessBuilder("git", "check-ignore", "-q", made).directory(Path.of("..").toFile()).inheritIO().start();
            assertThat(git.waitFor()).as(made).isZero();
        }
    }
}
