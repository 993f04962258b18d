package dev.hv.cli.record;

import dev.hv.cpu.memory.LittleEndian;
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
            int text = LittleEndian.u16(bytes, at);
            int length = (int) LittleEndian.u64(bytes, at + text + 6);
            all.add(new Section(new String(bytes, at + 2, text, StandardCharsets.US_ASCII), at, at + text + HEAD, text + HEAD + length + CRC));
        }
        return all;
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
