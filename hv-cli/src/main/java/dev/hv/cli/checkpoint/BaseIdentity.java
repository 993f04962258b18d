package dev.hv.cli.checkpoint;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * What tells that the file below a disk is the one it was: its length, when it was written last, and the check sum of blocks spread over it.
 *
 * @param size bytes
 * @param modified nanoseconds since 1970; 0 for what is no regular file
 * @param samples CRC-32C of {@link #BLOCKS} blocks
 */
public record BaseIdentity(long size, long modified, long samples) {

    private static final int BLOCKS = 64;
    private static final int BLOCK = 4096;

    /** The identity of a file now. */
    public static BaseIdentity of(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            var crc = new CRC32C();
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            for (int i = 0; i < BLOCKS; i++) {
                long at = (size - 1) / BLOCK * i / (BLOCKS - 1) * BLOCK;
                block.clear();
                while (block.hasRemaining() && channel.read(block, at + block.position()) > 0) {
                    // until the block or the file ends
                }
                crc.update(block.flip());
            }
            long modified = Files.isRegularFile(file) ? Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS) : 0;
            return new BaseIdentity(size, modified, crc.getValue());
        }
    }

    /** How a file differs from this, for people; null when it does not. */
    public String difference(BaseIdentity now) {
        if (now.size != size) {
            return "it has %d bytes instead of %d".formatted(now.size, size);
        }
        if (now.samples != samples) {
            return "its contents are others";
        }
        return now.modified != modified ? "it was written since" : null;
    }

    /** Writes it. */
    public void save(StateWriter out) {
        out.put(size);
        out.put(modified);
        out.put(samples);
    }

    /** Reads what {@link #save} wrote. */
    public static BaseIdentity restored(StateReader in) {
        return new BaseIdentity(in.take(), in.take(), in.take());
    }
}
