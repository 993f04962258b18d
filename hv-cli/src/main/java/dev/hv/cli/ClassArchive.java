package dev.hv.cli;

import dev.hv.cli.commands.HvCommand;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * What the launcher runs to have the JVM make an archive of classes. There are two, since a start maps and links all that its archive has, which for a machine are three times as many as
 * for a command that has none.
 *
 * <ul>
 * <li>{@code machines}: the demonstration, a machine that is saved and restored, one with a disk, and what systems need besides.
 * <li>{@code commands}: virtual disks, help, manual and what is said of bad usage.
 * </ul>
 */
public final class ClassArchive {

    private static final int DISK = 4 << 20;
    /** Where that is whose classes a guest comes to need sooner or later. */
    private static final List<String> NEEDED = List.of("dev/hv/cpu/instructions/", "dev/hv/cpu/softfloat/", "dev/hv/cpu/state/", "dev/hv/cpu/apic/", "dev/hv/cpu/vmx/", "dev/hv/core/machine/", "dev/hv/vmbus/",
            "dev/hv/devices/", "dev/hv/cli/root/", "dev/hv/cli/agent/");

    private ClassArchive() {}

    /** Runs through it all, and ends as a command does; what it prints is of no interest. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("hv-classes");
        try {
            switch (args[0]) {
                case "machines" -> machines(folder);
                case "commands" -> commands(folder);
                default -> throw new IllegalArgumentException(args[0]);
            }
        } finally {
            delete(folder);
        }
        // ends the JVM: what it loads for that belongs to every start
        Main.main(new String[] {"--version"});
    }

    private static void machines(Path folder) throws IOException {
        Path image = folder.resolve("demo.elf");
        String checkpoint = folder.resolve("checkpoint").toString();
        try (InputStream in = ClassArchive.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
        Main.run("demo");
        Main.run("run", "--multiboot", image.toString(), "--append", "name=N", "--time", "virtual", "--at", "1ms:checkpoint=" + checkpoint + ",stop");
        Main.run("run", "--restore", checkpoint, "--max-instructions", "1");
        Main.run("checkpoint", "info", checkpoint);
        Main.run("inspect", checkpoint);
        // a disk that is a file, which those of the demonstration are not; the guest ends for want of a network
        Path disk = Files.write(folder.resolve("disk.img"), new byte[DISK]);
        Main.run("run", "--multiboot", image.toString(), "--append", "name=N vmbus", "--memory", "64M", "--disk", disk.toString(), "--time", "virtual", "--timeout", "20s");
        load();
    }

    /** Loads what a system needs that the demonstration's guests do not. */
    private static void load() throws IOException {
        for (String jar : System.getProperty("java.class.path").split(File.pathSeparator)) {
            try (var in = new JarFile(jar)) {
                for (String name : in.stream().map(ZipEntry::getName).filter(n -> n.endsWith(".class") && NEEDED.stream().anyMatch(n::startsWith)).toList()) {
                    Class.forName(name.substring(0, name.length() - ".class".length()).replace('/', '.'), false, ClassArchive.class.getClassLoader());
                }
            } catch (ClassNotFoundException e) {
                throw new IOException(e);
            }
        }
    }

    private static void commands(Path folder) throws IOException {
        byte[] data = new byte[DISK];
        new Random(1).nextBytes(data);
        String raw = Files.write(folder.resolve("disk.raw"), data).toString();
        for (String format : List.of("vhdx", "vhd", "raw")) {
            String disk = folder.resolve("made." + format).toString();
            String copy = folder.resolve("copy." + format).toString();
            Main.run("disk", "create", disk, "--size", "8M");
            Main.run("disk", "resize", disk, "16M");
            Main.run("disk", "convert", raw, copy);
            Main.run("disk", "convert", copy, folder.resolve("back-of-" + format + ".raw").toString());
            Main.run("disk", "compact", copy);
            Main.run("disk", "info", copy);
            Main.run("disk", "check", copy);
            String child = folder.resolve("child." + format).toString();
            Main.run("disk", "create", "--parent", copy, child);
            Main.run("disk", "chain", child);
            Main.run("disk", "merge", child);
        }
        Main.run("disk", "info", folder.resolve("none").toString());
        Main.run("inspect", "--control", "unix:" + folder.resolve("none"));
        Main.run("--help");
        Main.run("man");
        HvCommand.line().getSubcommands().forEach((name, command) -> {
            Main.run(name, "--help");
            Main.run(name, "--no-such-option");
            command.getSubcommands().keySet().forEach(below -> Main.run(name, below, "--help"));
        });
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
