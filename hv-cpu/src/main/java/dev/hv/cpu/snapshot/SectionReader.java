package dev.hv.cpu.snapshot;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads what a {@link SectionWriter} wrote. Every section is checked against its check sum when it is entered; nothing is read beyond its end, and
 * its end is reached only when all of it was read. Complaints name the section.
 */
public final class SectionReader implements StateReader {

    /** Bytes of a section besides name and contents: length of the name, version, length of the contents. */
    private static final int FIXED = 14;
    private static final int CRC = 4;

    /**
     * A section at the top.
     *
     * @param name its name
     * @param version the version it was written in
     * @param offset where it starts
     * @param length bytes of all of it
     */
    public record Entry(String name, int version, int offset, int length) {}

    private record Open(String name, int end) {}

    private final byte[] bytes;
    private final Deque<Open> open = new ArrayDeque<>();
    private int at;
    private int end;

    /** A reader of all sections, from the first on. */
    public SectionReader(byte[] bytes) {
        this.bytes = bytes;
        end = bytes.length;
    }

    /** A reader of one section alone. */
    public SectionReader(byte[] bytes, Entry section) {
        this(Arrays.copyOfRange(bytes, section.offset(), section.offset() + section.length()));
    }

    /**
     * The sections at the top, in their order; all are checked.
     *
     * @throws StateFormatException when one is damaged, or cut off
     */
    public static List<Entry> list(byte[] bytes) {
        List<Entry> all = new ArrayList<>();
        var reader = new SectionReader(bytes);
        String before = "";
        while (reader.at < reader.end) {
            int start = reader.at;
            try {
                String name = reader.enter();
                int version = reader.version(start);
                reader.at = reader.end;
                reader.end();
                all.add(new Entry(name, version, start, reader.at - start));
                before = name;
            } catch (StateFormatException e) {
                throw before.isEmpty() ? e : new StateFormatException(e.getMessage() + ", behind section " + before);
            }
        }
        return all;
    }

    private int version(int start) {
        return LittleEndian.u32(bytes, start + 2 + LittleEndian.u16(bytes, start));
    }

    @Override
    public int begin(String name) {
        int start = at;
        if (at == end) {
            throw new StateFormatException("section %s is missing%s".formatted(name, where()));
        }
        String found = enter();
        if (!found.equals(name)) {
            throw new StateFormatException("section %s where %s was expected".formatted(found, name));
        }
        return version(start);
    }

    /** Enters the section that comes next. */
    private String enter() {
        if (end - at < FIXED) {
            throw new StateFormatException("a section is cut off" + where());
        }
        int text = LittleEndian.u16(bytes, at);
        if (end - at - FIXED < text) {
            throw new StateFormatException("a section's name is cut off" + where());
        }
        String name = new String(bytes, at + 2, text, StandardCharsets.UTF_8);
        long length = LittleEndian.u64(bytes, at + text + FIXED - 8);
        int contents = at + text + FIXED;
        if (length < 0 || length > end - contents - CRC) {
            throw new StateFormatException("section %s is cut off, or its head is damaged%s".formatted(printable(name), where()));
        }
        int behind = contents + (int) length;
        var crc = new CRC32C();
        crc.update(bytes, at, behind - at);
        if (crc.getValue() != LittleEndian.get(bytes, behind, CRC)) {
            throw new StateFormatException("section %s is damaged: its check sum is wrong%s".formatted(printable(name), where()));
        }
        open.push(new Open(name, end));
        at = contents;
        end = behind;
        return name;
    }

    private static String printable(String name) {
        return name.chars().allMatch(c -> c >= ' ' && c < 0x7F) ? name : "?";
    }

    private String where() {
        return open.isEmpty() ? "" : " (in section " + open.peek().name + ")";
    }

    /** Leaves the section entered last, whatever is left of it. */
    public void skip() {
        at = end;
        end();
    }

    /** Whether all sections have been read. */
    public boolean atEnd() {
        return open.isEmpty() && at == end;
    }

    /** The section that is being read, or an empty text. */
    public String section() {
        return open.isEmpty() ? "" : open.peekLast().name;
    }

    @Override
    public void end() {
        if (at != end) {
            throw new StateFormatException("section %s has %d bytes that this program does not know".formatted(open.peek().name, end - at));
        }
        at += CRC;
        end = open.pop().end;
    }

    @Override
    public long take() {
        need(8);
        long value = LittleEndian.u64(bytes, at);
        at += 8;
        return value;
    }

    @Override
    public byte[] takeBytes() {
        need(4);
        long length = LittleEndian.get(bytes, at, 4);
        need(4 + length);
        at += 4 + (int) length;
        return Arrays.copyOfRange(bytes, at - (int) length, at);
    }

    private void need(long count) {
        if (open.isEmpty() || end - at < count) {
            throw new StateFormatException(open.isEmpty() ? "a value outside all sections" : "section %s is too short".formatted(open.peek().name));
        }
    }
}
