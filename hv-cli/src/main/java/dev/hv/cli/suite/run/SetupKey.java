package dev.hv.cli.suite.run;

import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.run.DrivenLab;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Testbed;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.disk.Disk;
import dev.hv.vmbus.Vmbus;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a setup's state depends on, as a hash: machines, the contents of their files, what is done, and hv's own build. */
final class SetupKey {

    private static final int DIGITS = 32;
    /** A class of each module: where they were loaded from is what hv is. */
    private static final List<Class<?>> MODULES = List.of(DrivenLab.class, Disk.class, Vmbus.class, Machine.class, CpuModel.class);

    private final MessageDigest sha = sha256();

    /** What tells that a file is still the one that was read: hashing a kernel for every case would take longer than the case. */
    private record Version(Path file, Object key, long size, FileTime modified) {}

    private static final Map<Version, String> HASHES = new ConcurrentHashMap<>();

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * The key of a setup.
     *
     * @throws IOException when a file cannot be read
     */
    static String of(Testbed testbed, Setup setup) throws IOException {
        var key = new SetupKey();
        for (Class<?> module : MODULES) {
            key.module(module);
        }
        key.text(testbed.platform().toString());
        for (MachineSpec m : testbed.machines()) {
            key.text(m.toString());
            for (Path file : files(m)) {
                key.file(file);
            }
        }
        if (testbed.checkpoint() != null) {
            key.file(testbed.checkpoint().resolve("manifest.json"));
        }
        key.text(setup.timeouts().toString());
        for (Step s : setup.steps()) {
            // where it is written makes no difference to what it does
            key.text(s.toString().replace(s.head().place().toString(), "").replaceAll("place=Place\\[[^\\]]*\\]", ""));
            if (s instanceof Step.Put put && put.file() != null) {
                key.file(put.file());
            }
            if (s instanceof Step.Copy copy) {
                key.file(copy.what().file());
            }
        }
        return HexFormat.of().formatHex(key.sha.digest()).substring(0, DIGITS);
    }

    private static List<Path> files(MachineSpec m) {
        List<Path> all = new ArrayList<>();
        switch (m.vm().boot()) {
            case BootConfig.Linux linux -> {
                all.add(linux.kernel());
                add(all, linux.initrd());
                add(all, linux.guestScript());
            }
            case BootConfig.Multiboot multiboot -> {
                all.add(multiboot.image());
                multiboot.modules().stream().filter(Files::isRegularFile).forEach(all::add);
            }
        }
        m.vm().disks().stream().map(DiskConfig::file).forEach(all::add);
        return all;
    }

    private static void add(List<Path> all, Path file) {
        if (file != null) {
            all.add(file);
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sha.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        sha.update(bytes);
    }

    private void file(Path file) throws IOException {
        text(file.toString());
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        var version = new Version(file, now.fileKey(), now.size(), now.lastModifiedTime());
        String hash = HASHES.get(version);
        if (hash == null) {
            hash = InputFiles.digest(file);
            HASHES.put(version, hash);
        }
        text(hash);
    }

    /** An archive by its contents; a folder of classes, as developers have it, by when each was written. */
    private void module(Class<?> one) throws IOException {
        Path at;
        try {
            at = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        if (Files.isRegularFile(at)) {
            file(at);
            return;
        }
        try (var all = Files.walk(at)) {
            for (Path f : all.filter(Files::isRegularFile).sorted().toList()) {
                text(at.relativize(f) + " " + Files.size(f) + " " + Files.getLastModifiedTime(f).toMillis());
            }
        }
    }
}
