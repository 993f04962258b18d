package dev.hv.cli.checkpoint;

import dev.hv.cli.config.LabConfig;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.snapshot.SectionWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a machine at rest into a folder, whole or not at all: into a folder beside it, made durable file by file, that takes the name at the end. What
 * stood under the name before goes only then.
 */
public final class CheckpointWriter {

    /** Version of this program. */
    public static final String VERSION = "0.1.0";

    private static final String NEW = ".new";
    private static final String OLD = ".old";

    private CheckpointWriter() {}

    /**
     * Writes a checkpoint.
     *
     * @param machine at rest
     * @param lab as it is to be built again
     * @param disks those of all its machines, in order
     * @throws CheckpointException when the host does not take it; what stood there before still does
     */
    public static void write(Path folder, Machine machine, Conditions conditions, LabConfig lab, List<DiskImage.Source> disks, boolean compress)
            throws CheckpointException {
        Path target = folder.toAbsolutePath().normalize();
        Path work = target.resolveSibling(target.getFileName() + NEW + "-" + ProcessHandle.current().pid());
        try {
            deleteRemains(target);
            Files.createDirectory(work);
            try {
                fill(work, machine, conditions, lab, disks, compress);
                sync(work);
                replace(target, work);
            } finally {
                delete(work);
            }
        } catch (IOException e) {
            throw new CheckpointException("checkpoint %s: cannot be written: %s".formatted(folder, reason(e)));
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName().replace("Exception", "") + (e.getMessage() == null ? "" : " " + e.getMessage());
    }

    private static void fill(Path work, Machine machine, Conditions conditions, LabConfig lab, List<DiskImage.Source> disks, boolean compress)
            throws IOException {
        MemoryImage memory = MemoryImage.write(machine.bus().memory(), work, compress);
        var out = new SectionWriter();
        memory.save(out);
        List<DiskImage> images = new ArrayList<>();
        for (DiskImage.Source d : disks) {
            images.add(DiskImage.write(d, work, "disk-" + images.size()));
        }
        out.begin(Checkpoint.DISKS, Checkpoint.DISKS_VERSION);
        out.put(images.size());
        images.forEach(d -> d.save(out));
        out.end();
        machine.save(out);
        byte[] state = out.toBytes();
        put(work.resolve(Checkpoint.STATE), state);
        List<Manifest.Part> parts = new ArrayList<>();
        parts.add(new Manifest.Part(Checkpoint.STATE, state.length, sha256(state)));
        parts.add(new Manifest.Part(MemoryImage.FILE, Files.size(work.resolve(MemoryImage.FILE)), ""));
        for (DiskImage d : images) {
            if (!d.layer().isEmpty()) {
                parts.add(new Manifest.Part(d.layer(), Files.size(work.resolve(d.layer())), ""));
            }
        }
        var manifest = new Manifest(program(), conditions, lab, parts);
        put(work.resolve(Manifest.FILE), manifest.toText().getBytes(StandardCharsets.UTF_8));
    }

    /** Version of this program. */
    public static String program() {
        return VERSION;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void put(Path file, byte[] bytes) throws IOException {
        try (var out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer b = ByteBuffer.wrap(bytes);
            while (b.hasRemaining()) {
                out.write(b);
            }
            out.force(true);
        }
    }

    /** Makes a folder's entries durable. */
    private static void sync(Path folder) throws IOException {
        try (var f = FileChannel.open(folder, StandardOpenOption.READ)) {
            f.force(true);
        }
    }

    private static void replace(Path target, Path work) throws IOException {
        Path old = target.resolveSibling(target.getFileName() + OLD + "-" + ProcessHandle.current().pid());
        boolean replaces = Files.exists(target);
        if (replaces) {
            if (!Files.exists(target.resolve(Manifest.FILE))) {
                throw new IOException(target + " is there already and is no checkpoint");
            }
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
        sync(target.getParent());
        if (replaces) {
            delete(old);
        }
    }

    /** Removes what processes left behind that ended while they wrote. */
    private static void deleteRemains(Path target) throws IOException {
        try (var siblings = Files.newDirectoryStream(target.getParent(), f -> isRemains(target.getFileName().toString(), f.getFileName().toString()))) {
            for (Path f : siblings) {
                delete(f);
            }
        }
    }

    private static boolean isRemains(String target, String name) {
        for (String kind : new String[] {NEW, OLD}) {
            String prefix = target + kind + "-";
            if (name.startsWith(prefix) && name.substring(prefix.length()).matches("\\d{1,18}")) {
                long pid = Long.parseLong(name.substring(prefix.length()));
                return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
            }
        }
        return false;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path f : files.toList()) {
                Files.delete(f);
            }
        }
        Files.delete(folder);
    }
}
