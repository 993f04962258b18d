package dev.hv.cpu.snapshot;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.zip.CRC32C;

/**
 * Collects state as bytes: sections one after the other, nested ones within. A section is its name (length u16, UTF-8), its version (u32), the length
 * of its contents (u64), the contents, and the CRC-32C of all that (u32). Numbers are 64 bits, a run of bytes is its length (u32) and the bytes;
 * everything is little-endian. Equal states give equal bytes.
 */
public final class SectionWriter implements StateWriter {

    /** A section that was begun: where it starts, and where its contents do. */
    private record Open(int start, int contents) {}

    private final Deque<Open> open = new ArrayDeque<>();
    private byte[] bytes = new byte[1 << 16];
    private int size;

    @Override
    public void begin(String name, int version) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int start = size;
        number(text.length, 2);
        room(text.length);
        System.arraycopy(text, 0, bytes, size, text.length);
        size += text.length;
        number(version, 4);
        number(0, 8);
        open.push(new Open(start, size));
    }

    @Override
    public void end() {
        Open section = open.pop();
        long length = size - section.contents;
        LittleEndian.put64(bytes, section.contents - 8, length);
        var crc = new CRC32C();
        crc.update(bytes, section.start, size - section.start);
        number(crc.getValue(), 4);
    }

    @Override
    public void put(long value) {
        number(value, 8);
    }

    @Override
    public void put(byte[] from, int offset, int length) {
        number(length, 4);
        room(length);
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
    }

    private void number(long value, int width) {
        room(width);
        LittleEndian.put(bytes, size, width, value);
        size += width;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
        }
    }

    /**
     * All that was written.
     *
     * @throws IllegalStateException when a section has not ended
     */
    public byte[] toBytes() {
        if (!open.isEmpty()) {
            throw new IllegalStateException(open.size() + " sections have not ended");
        }
        return Arrays.copyOf(bytes, size);
    }
}
