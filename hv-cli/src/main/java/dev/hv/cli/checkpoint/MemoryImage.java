package dev.hv.cli.checkpoint;

import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The memory of a machine in a file: a sparse one with every page at its own place, which a run maps privately, so that its start costs what it touches;
 * or the pages in zstd frames, one a run. A table of runs (a section of the state) says which pages there are and what their check sums are.
 */
public final class MemoryImage implements Saveable {

    /** Name of the file. */
    public static final String FILE = "memory";
    /** Name of the section. */
    static final String SECTION = "memory";

    private static final int VERSION = 1;
    /** Bytes of a run at most. */
    private static final int RUN = 1 << 20;
    private static final int PAGE = SystemMemory.PAGE;
    /** Bytes of a frame at most. */
    private static final int FRAME = new ZstdJavaCompressor().maxCompressedLength(RUN);

    /** Pages in a row that are not zero: where they are in memory, where in the file, and the check sum of what they hold. */
    private record Run(long offset, int length, long at, int stored, long crc) {}

    private long size;
    private boolean compressed;
    private final List<Run> runs = new ArrayList<>();
    /** The pages' check sums were right once; who goes on from them again reads only what is touched. */
    private volatile boolean checked;

    /** Bytes of memory. */
    public long size() {
        return size;
    }

    /** Bytes of pages that are not zero. */
    public long usedBytes() {
        return runs.stream().mapToLong(Run::length).sum();
    }

    /** Whether the file is compressed. */
    public boolean compressed() {
        return compressed;
    }

    /** Writes memory into a new file in a folder, durably. */
    static MemoryImage write(SystemMemory memory, Path folder, boolean compress) throws IOException {
        var image = new MemoryImage();
        image.size = memory.size();
        image.compressed = compress;
        try (var file = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            ByteBuffer frame = compress ? ByteBuffer.allocateDirect(FRAME) : null;
            var zstd = new ZstdJavaCompressor();
            long[] end = {0};
            memory.forEachRun(RUN, (offset, pages) -> {
                var crc = new CRC32C();
                crc.update(pages.duplicate());
                int length = pages.remaining();
                if (compress) {
                    int n = zstd.compress(MemorySegment.ofBuffer(pages), MemorySegment.ofBuffer(frame.clear()));
                    writeFully(file, frame.limit(n), end[0]);
                    image.runs.add(new Run(offset, length, end[0], n, crc.getValue()));
                    end[0] += n;
                } else {
                    writeFully(file, pages, offset);
                    image.runs.add(new Run(offset, length, offset, length, crc.getValue()));
                }
            });
            if (!compress && file.size() < memory.size()) {
                // its last page makes it as long as memory; the hole before it takes no room
                writeFully(file, ByteBuffer.allocate(1), memory.size() - 1);
            }
            file.force(true);
        }
        return image;
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    /**
     * Replaces a machine's memory by what a folder holds; all of it is checked first.
     *
     * @param arena for how long the memory stays
     */
    void load(Path folder, SystemMemory memory, Arena arena) throws CheckpointException {
        if (memory.size() != size) {
            throw new CheckpointException("memory of %d bytes where %d were expected".formatted(size, memory.size()));
        }
        long[] present = new long[(int) (size / PAGE + 63 >>> 6)];
        for (Run r : runs) {
            for (long p = r.offset / PAGE; p < (r.offset + r.length) / PAGE; p++) {
                present[(int) (p >>> 6)] |= 1L << p;
            }
        }
        memory.adopt(contents(folder, arena), present);
    }

    /** What the file holds, checked. */
    MemorySegment contents(Path folder, Arena arena) throws CheckpointException {
        try (FileChannel file = FileChannel.open(folder.resolve(FILE), StandardOpenOption.READ)) {
            checkLength(file.size());
            MemorySegment contents = compressed ? unpack(file, arena) : map(file, folder, arena);
            for (Run r : checked ? List.<Run>of() : runs) {
                var crc = new CRC32C();
                crc.update(contents.asSlice(r.offset, r.length).asByteBuffer());
                if (crc.getValue() != r.crc) {
                    throw new CheckpointException("memory is damaged: the check sum of the pages from 0x%x on is wrong".formatted(r.offset));
                }
            }
            checked = true;
            return contents;
        } catch (IOException e) {
            throw new CheckpointException("memory cannot be read: " + e.getMessage());
        }
    }

    private void checkLength(long length) throws CheckpointException {
        long expected = compressed ? runs.stream().mapToLong(Run::stored).sum() : size;
        if (length != expected) {
            throw new CheckpointException("memory is %s: %d bytes where %d were written".formatted(length < expected ? "cut off" : "damaged", length, expected));
        }
    }

    /** A private mapping needs a file that could be written, for Java; one that cannot is copied. */
    private MemorySegment map(FileChannel file, Path folder, Arena arena) throws IOException {
        try (FileChannel writable = FileChannel.open(folder.resolve(FILE), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return writable.map(FileChannel.MapMode.PRIVATE, 0, size, arena);
        } catch (AccessDeniedException e) {
            MemorySegment copy = arena.allocate(size, PAGE);
            for (Run r : runs) {
                readFully(file, copy.asSlice(r.offset, r.length).asByteBuffer(), r.at);
            }
            return copy;
        }
    }

    private MemorySegment unpack(FileChannel file, Arena arena) throws IOException, CheckpointException {
        MemorySegment contents = arena.allocate(size, PAGE);
        ByteBuffer frame = ByteBuffer.allocateDirect(FRAME);
        var zstd = new ZstdJavaDecompressor();
        for (Run r : runs) {
            readFully(file, frame.clear().limit(r.stored), r.at);
            try {
                zstd.decompress(MemorySegment.ofBuffer(frame.flip()), contents.asSlice(r.offset, r.length));
            } catch (MalformedInputException e) {
                throw new CheckpointException("memory is damaged: the pages from 0x%x on cannot be unpacked".formatted(r.offset));
            }
        }
        return contents;
    }

    private static void readFully(FileChannel file, ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int n = file.read(into, at);
            if (n < 0) {
                throw new IOException("the file ends early");
            }
            at += n;
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin(SECTION, VERSION);
        out.put(size);
        out.put(compressed);
        out.put(runs.size());
        for (Run r : runs) {
            out.put(r.offset);
            out.put(r.length);
            out.put(r.at);
            out.put(r.stored);
            out.put(r.crc);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin(SECTION, VERSION);
        size = in.take();
        compressed = in.takeBoolean();
        checked = false;
        runs.clear();
        for (long n = in.take(); n > 0; n--) {
            var r = new Run(in.take(), (int) in.take(), in.take(), (int) in.take(), in.take());
            boolean good = r.offset >= 0 && r.offset % PAGE == 0 && r.length > 0 && r.length % PAGE == 0 && r.length <= RUN && r.offset <= size - r.length
                    && r.at >= 0 && r.stored > 0 && r.stored <= FRAME;
            if (!good) {
                throw new StateFormatException("section memory has pages that are not in memory");
            }
            runs.add(r);
        }
        in.end();
    }
}
