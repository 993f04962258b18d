package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
