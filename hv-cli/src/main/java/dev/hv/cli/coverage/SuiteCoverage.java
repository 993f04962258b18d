package dev.hv.cli.coverage;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
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
 * Which lines of kernels and modules all cases of a suite reached together. Each case leaves a part in a folder, whatever becomes of its process: the name of the image in a line, and the addresses of instructions that were executed, as they are linked, 8 bytes each with the
 * highest first. At the end the parts of an image become one report.
 */
public final class SuiteCoverage {

    private static final String PART = ".part";

    /**
     * What a suite wants to be covered.
     *
     * @param kernel image with line tables; null for none
     * @param modules files of modules with line tables, and folders of them
     */
    public record Wanted(Path kernel, List<Path> modules) {

        /**
         * Reads the images.
         *
         * @throws UsageException when one does not serve
         */
        public CoveredCode open() {
            return new CoveredCode(kernel == null ? null : CoveredImage.open("coverage ", kernel), ModuleImages.open("coverage-modules ", modules));
        }
    }

    private SuiteCoverage() {}

    /**
     * Leaves a part of each image; whole or not at all.
     *
     * @param name of the case, as a file's
     * @param executed addresses by images, in rising order
     */
    public static void leave(Path folder, String name, Map<Path, long[]> executed) throws IOException {
        int number = 0;
        for (Map.Entry<Path, long[]> e : executed.entrySet()) {
            leave(folder, name + "." + number++, e.getKey(), e.getValue());
        }
    }

    private static void leave(Path folder, String name, Path image, long[] addresses) throws IOException {
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
        Map<Path, long[]> together = new TreeMap<>();
        // as CoverageReport searches them: by their signed values
        images.forEach((image, parts) -> together.put(Path.of(image), parts.stream().flatMapToLong(LongStream::of).sorted().distinct().toArray()));
        OutputFiles.whole(file, "rw-r--r--", part -> CoverageReport.write(part, together));
    }
}
