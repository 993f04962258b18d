package dev.hv.cli.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.run.HvProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many processes start from one checkpoint at once, each with a script, a memory and a disk of its own. */
class SideBySideTest {

    private static final int PROCESSES = 10;
    private static final String BASE = "what the disk held";

    @TempDir
    private Path temp;
    private Path image;
    private Path disk;

    @BeforeEach
    void files() throws IOException {
        image = temp.resolve("demo.elf");
        try (InputStream in = SideBySideTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
        disk = Files.write(temp.resolve("disk.img"), Arrays.copyOf(BASE.getBytes(StandardCharsets.US_ASCII), 8 << 20));
    }

    private String[] held(String diskOptions, String... more) {
        List<String> all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--append", "name=H hold", "--memory", "8M", "--disk", disk + ",bus=ide" + diskOptions));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private Path booted(String diskOptions) throws Exception {
        Path folder = temp.resolve("booted");
        HvProcess hv = HvProcess.run(held(diskOptions, "--at", "console=HV-GUEST-READY:checkpoint=" + folder + ",stop"));
        assertThat(hv.err()).contains("checkpoint " + folder + " written");
        assertThat(hv.status()).isZero();
        return folder;
    }

    private Path script(String name) throws IOException {
        return Files.writeString(temp.resolve(name), "script " + name + "\n");
    }

    /** What every file holds, and when it was written. */
    private static Map<String, String> contents(Path... places) throws IOException {
        Map<String, String> all = new TreeMap<>();
        for (Path place : places) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path f : files.filter(Files::isRegularFile).toList()) {
                    all.put(f.toString(), CheckpointWriter.sha256(Files.readAllBytes(f)) + " " + Files.getLastModifiedTime(f));
                }
            }
        }
        return all;
    }

    private String firstSector() throws IOException {
        try (InputStream in = Files.newInputStream(disk)) {
            return new String(in.readNBytes(512), StandardCharsets.US_ASCII).replace("\0", "");
        }
    }

    @Test
    void eachHasItsOwnScriptMemoryAndDisk() throws Exception {
        // with a layer of its own in the checkpoint: what the guest wrote before is there, in no file of the user's
        byte[] untouched = Files.readAllBytes(disk);
        Path folder = booted(",snapshot");
        assertThat(Files.readAllBytes(disk)).as("a snapshot's base").isEqualTo(untouched);
        assertThat(folder.resolve("disk-0")).exists();
        Map<String, String> before = contents(folder, disk);
        List<Callable<HvProcess>> runs = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            Path script = script("s" + i);
            runs.add(() -> HvProcess.run("run", "--restore", folder.toString(), "--guest-script", script.toString()));
        }
        try (var threads = Executors.newFixedThreadPool(PROCESSES)) {
            List<Future<HvProcess>> all = threads.invokeAll(runs);
            for (int i = 0; i < PROCESSES; i++) {
                HvProcess hv = all.get(i).get();
                // the newline behind the line that the checkpoint waited for
                assertThat(hv.out()).as(hv.err()).isEqualTo("\nH: script: script s%d\nH: disk: %s\nH: disk: before\nH: HV-GUEST-STATUS 0\n".formatted(i, BASE));
                assertThat(hv.err()).isEmpty();
                assertThat(hv.status()).isZero();
            }
        }
        assertThat(contents(folder, disk)).as("what all of them started from").isEqualTo(before);
    }

    @Test
    void aLayerIsWrittenBackWhenItIsToBeKept() throws Exception {
        Path folder = booted("");
        assertThat(folder.resolve("disk-0")).as("what was written before the checkpoint is in the user's file").doesNotExist();
        Map<String, String> before = contents(folder, disk);
        Path script = script("first");
        String[] restore = {"run", "--restore", folder.toString(), "--guest-script", script.toString()};
        assertThat(HvProcess.run(restore).out()).contains("HV-GUEST-STATUS 0");
        assertThat(contents(folder, disk)).as("without --keep-disk").isEqualTo(before);

        HvProcess kept = HvProcess.run("run", "--restore", folder.toString(), "--guest-script", script.toString(), "--keep-disk");
        assertThat(kept.out()).contains("H: disk: " + BASE, "HV-GUEST-STATUS 0");
        assertThat(kept.status()).as(kept.err()).isZero();
        assertThat(firstSector()).isEqualTo("script first\n");
        byte[] now = Files.readAllBytes(disk);
        assertThat(now).hasSize(8 << 20);
        assertThat(Arrays.copyOfRange(now, 4096, 4102)).as("written before the checkpoint").isEqualTo("before".getBytes(StandardCharsets.US_ASCII));
        assertThat(Arrays.copyOfRange(now, 8192, now.length)).as("never written").containsOnly(0);

        HvProcess refused = HvProcess.run(restore);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("disk " + disk + " is not what it was");
    }

    @Test
    void aRunThatWentOnAfterItsCheckpointKeepsItsDiskWhenAsked() throws Exception {
        Path folder = temp.resolve("early");
        byte[] before = Files.readAllBytes(disk);
        // long before the guest has found its disk
        HvProcess lost = HvProcess.run(held("", "--at", "1us:checkpoint=" + folder, "--at", "console=HV-GUEST-READY:checkpoint=" + temp.resolve("late") + ",stop"));
        assertThat(lost.err()).contains("ends with this run (--keep-disk keeps it)");
        assertThat(Files.readAllBytes(disk)).as("the file that the checkpoint names").isEqualTo(before);
        HvProcess kept = HvProcess.run(held("", "--at", "1us:checkpoint=" + folder, "--at", "console=HV-GUEST-READY:checkpoint=" + temp.resolve("late") + ",stop", "--keep-disk"));
        assertThat(kept.status()).as(kept.err()).isZero();
        assertThat(Arrays.copyOfRange(Files.readAllBytes(disk), 4096, 4102)).isEqualTo("before".getBytes(StandardCharsets.US_ASCII));
        HvProcess refused = HvProcess.run("run", "--restore", temp.resolve("early").toString());
        assertThat(refused.status()).as("the checkpoint is of the disk before").isEqualTo(2);
    }
}
