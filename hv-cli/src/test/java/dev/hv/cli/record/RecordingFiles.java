package dev.hv.cli.record;

import dev.hv.cpu.memory.LittleEndian;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Recordings as bytes, for tests that change them. */
public final class RecordingFiles {

    private static final int MAGIC = 8;
    private static final int HEAD = 14;
    private static final int CRC = 4;

    /**
     * A section of a file.
     *
     * @param offset of its first byte
     * @param contents offset of its contents
     * @param length bytes of all of it
     */
    public record Section(String name, int offset, int contents, int length) {}

    private RecordingFiles() {}

    /** The sections of a recording. */
    public static List<Section> sections(byte[] bytes) {
        List<Section> all = new ArrayList<>();
        for (int at = MAGIC; at < bytes.length; at += all.getLast().length()) {
            all.add(section(bytes, at));
        }
        return all;
    }

    /** The section that begins there. */
    static Section section(byte[] bytes, int at) {
        int text = LittleEndian.u16(bytes, at);
        int length = (int) LittleEndian.u64(bytes, at + text + 6);
        return new Section(new String(bytes, at + 2, text, StandardCharsets.US_ASCII), at, at + text + HEAD, text + HEAD + length + CRC);
    }

    /**
     * Writes a recording in which the host made something else of the first request to a disk that went well.
     *
     * @return whether there is such a request in it
     */
    static boolean answerDisk(Path file, Path to, byte[] result) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (Section s : sections(bytes)) {
            if (!s.name().equals("events")) {
                continue;
            }
            // number, two instants of three numbers each, the host's clock, and the length of the entries
            int entries = s.contents() + 8 * Long.BYTES + Integer.BYTES;
            int at = emptyResult(bytes, entries, s.offset() + s.length() - CRC);
            if (at >= 0) {
                var out = new ByteArrayOutputStream();
                out.write(bytes, 0, at);
                int kept = bytes[at];
                int left = kept + result.length;
                for (; left > 0x7F; left >>>= 7) {
                    out.write(left & 0x7F | 0x80);
                }
                out.write(left);
                out.write(bytes, at + 1, kept);
                out.writeBytes(result);
                int more = out.size() - at - 1 - kept;
                out.write(bytes, at + 1 + kept, bytes.length - at - 1 - kept);
                byte[] changed = out.toByteArray();
                LittleEndian.put64(changed, s.contents() - Long.BYTES, LittleEndian.u64(bytes, s.contents() - Long.BYTES) + more);
                LittleEndian.put32(changed, entries - Integer.BYTES, LittleEndian.u32(bytes, entries - Integer.BYTES) + more);
                seal(changed, new Section(s.name(), s.offset(), s.contents(), s.length() + more));
                Files.write(to, changed);
                return true;
            }
        }
        return false;
    }

    /** Where the length stands of what a disk's request left, nothing but, in real time, its number; negative for none. */
    private static int emptyResult(byte[] bytes, int from, int to) {
        int[] at = {from};
        while (at[0] < to) {
            long head = number(bytes, at);
            if ((head & 1) == 0) {
                continue;
            }
            switch ((int) (head >>> RecordingFormat.KIND_SHIFT) & (1 << RecordingFormat.KIND_BITS) - 1) {
                case RecordingFormat.ANSWER -> number(bytes, at);
                case RecordingFormat.TAKEN -> {
                    number(bytes, at);
                    int length = at[0];
                    // the request's number alone
                    if (bytes[length] == Long.BYTES) {
                        return length;
                    }
                    skip(bytes, at);
                }
                case RecordingFormat.ANSWER_BYTES -> {
                    int length = at[0];
                    if (bytes[length] == 0) {
                        return length;
                    }
                    skip(bytes, at);
                }
                default -> { }
            }
        }
        return -1;
    }

    private static void skip(byte[] bytes, int[] at) {
        long length = number(bytes, at);
        at[0] += (int) length;
    }

    private static long number(byte[] bytes, int[] at) {
        long n = 0;
        int shift = 0;
        byte b;
        do {
            b = bytes[at[0]++];
            n |= (b & 0x7FL) << shift;
            shift += 7;
        } while (b < 0);
        return n;
    }

    /** Makes the check sum of a section that was changed right. */
    public static void seal(byte[] bytes, Section s) {
        var crc = new CRC32C();
        crc.update(bytes, s.offset(), s.length() - CRC);
        LittleEndian.put32(bytes, s.offset() + s.length() - CRC, (int) crc.getValue());
    }

    /** Writes a recording in which a key was another. */
    public static Path replace(Path file, Path to, int key, int by) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (Section s : sections(bytes)) {
            for (int i = s.contents(); s.name().equals("events") && i < s.offset() + s.length() - CRC; i++) {
                // a run of one byte
                if (bytes[i] == key && bytes[i - 1] == 1) {
                    bytes[i] = (byte) by;
                    seal(bytes, s);
                    return Files.write(to, bytes);
                }
            }
        }
        throw new IOException("the key is not there");
    }
}
