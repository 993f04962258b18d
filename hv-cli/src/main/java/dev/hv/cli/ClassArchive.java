package dev.hv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the launcher runs once to have the JVM's archive of classes made: everything that later starts should find ready, so the demonstration, a
 * machine that is saved and restored, and a virtual disk.
 */
public final class ClassArchive {

    private static final int DISK = 1 << 20;

    private ClassArchive() {}

    /** Runs through it all; what it prints is of no interest. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("hv-classes");
        Path image = folder.resolve("demo.elf");
        Path checkpoint = folder.resolve("checkpoint");
        try {
            try (InputStream in = ClassArchive.class.getResourceAsStream("/guests/demo.elf")) {
                Files.copy(in, image);
            }
            Main.run("demo");
            Main.run("run", "--multiboot", image.toString(), "--append", "name=N", "--time", "virtual", "--at", "1ms:checkpoint=" + checkpoint + ",stop");
            Main.run("run", "--restore", checkpoint.toString(), "--max-instructions", "1");
            Main.run("disk", "convert", Files.write(folder.resolve("disk.raw"), new byte[DISK]).toString(), folder.resolve("disk.vhdx").toString());
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (var walk = Files.walk(folder)) {
            all = walk.sorted((a, b) -> b.compareTo(a)).toList();
        }
        for (Path p : all) {
            Files.delete(p);
        }
    }
}
