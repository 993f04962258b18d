package dev.hv.cli.coverage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which lines of kernels all cases of a suite reached together. Each case leaves a part in a folder, whatever becomes of its process: the name of the image in a line, and the addresses of instructions that were executed, as they are linked, 8 bytes each with the
 * highest first. At the end the parts of an image become one report.
 */
public final class SuiteCoverage {

    private static final String PART = ".part";

    private SuiteCoverage() {}

    /**
     * Leaves a part; whole or not at all.
     *
     * @param name of the case, as a file's
     * @param addresses in rising order
     */
    public static void leave(Path folder, String name, Path image, long[] addresses) throws IOException {
        byte[] head = (image.toAbsolutePath().normalize() + "\n").getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(head.length + addresses.length * Long.BYTES).put(head);
        all.asLongBuffer().put(addresses);
        Path half = folder.resolve(name + ".half");
        Files.write(half, all.array());
        Files.move(half, folder.resolve(name + PART), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Writes lcov's tracefile of all parts, whole or not at all.
     *
     * @throws IOException when a part or an image cannot be read, or the file not be written
     */
    public static void write(Path folder, Path file) throws IOException {
        Map<String, List<long[]>> images = new TreeMap<>();
        try (Stream<Path> parts = Files.list(folder)) {
            for (Path p : parts.filter(f -> f.toString().endsWith(PART)).sorted().toList()) {
                byte[] all = Files.readAllBytes(p);
                int end = 0;
                while (all[end] != '\n') {
                    end++;
                }
                LongBuffer longs = ByteBuffer.wrap(all, end + 1, all.length - end - 1).slice().asLongBuffer();
                long[] addresses = new long[longs.remaining()];
                longs.get(addresses);
                images.computeIfAbsent(new String(all, 0, end, StandardCharsets.UTF_8), i -> new ArrayList<>()).add(addresses);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        Path half = file.resolveSibling(file.getFileName() + ".half");
        try {
            Files.write(half, new byte[0]);
            for (Map.Entry<String, List<long[]>> e : images.entrySet()) {
                append(Path.of(e.getKey()), e.getValue(), half);
            }
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(half);
        }
    }

    private static void append(Path image, List<long[]> parts, Path file) throws IOException {
        // as CoverageReport searches them: by their signed values
        long[] together = parts.stream().flatMapToLong(LongStream::of).sorted().distinct().toArray();
        try (var elf = new ElfImage(image)) {
            var report = new CoverageReport(elf);
            report.add(together, 0);
            report.append(file);
        }
    }
}
