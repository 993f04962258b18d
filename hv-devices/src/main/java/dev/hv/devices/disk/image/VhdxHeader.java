package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;

/** The two headers of a VHDX, of which the one with the higher sequence number counts. [MS-VHDX] section 2.2.2. */
final class VhdxHeader {

    private final ImageFile file;
    private final byte[] bytes;
    private final ByteBuffer b;
    private int current;

    private VhdxHeader(ImageFile file, byte[] bytes, int current) {
        this.file = file;
        this.bytes = bytes;
        this.current = current;
        b = wrap(bytes);
    }

    static VhdxHeader read(ImageFile file) throws DiskException, IOException {
        byte[][] both = new byte[2][PAGE];
        String[] wrong = new String[2];
        for (int i = 0; i < 2; i++) {
            file.read(HEADERS[i], both[i], 0, PAGE);
            wrong[i] = problem(file, both[i]);
        }
        if (wrong[0] != null && wrong[1] != null) {
            throw Bad.field(file, "header 1 " + wrong[0], "and header 2 " + wrong[1]);
        }
        if (wrong[0] == null && wrong[1] == null) {
            int order = Long.compareUnsigned(wrap(both[0]).getLong(SEQUENCE), wrap(both[1]).getLong(SEQUENCE));
            if (order == 0 && !Arrays.equals(both[0], both[1])) {
                throw Bad.field(file, "header sequence number", "both headers have " + wrap(both[0]).getLong(SEQUENCE) + " and differ");
            }
            return new VhdxHeader(file, order >= 0 ? both[0] : both[1], order >= 0 ? 0 : 1);
        }
        return new VhdxHeader(file, wrong[0] == null ? both[0] : both[1], wrong[0] == null ? 0 : 1);
    }

    /** What is wrong with the header that does not count, or with either; null for nothing. */
    static String problems(ImageFile file) throws IOException {
        for (int i = 0; i < 2; i++) {
            byte[] h = new byte[PAGE];
            file.read(HEADERS[i], h, 0, PAGE);
            String wrong = problem(file, h);
            if (wrong != null) {
                return "header " + (i + 1) + " " + wrong;
            }
        }
        return null;
    }

    private static String problem(ImageFile file, byte[] h) throws IOException {
        ByteBuffer b = wrap(h);
        if (b.getInt(0) != HEADER_SIGNATURE) {
            return "signature: is not \"head\"";
        }
        int crc = crc(h, PAGE);
        if (b.getInt(CHECKSUM) != crc) {
            return "checksum: is 0x%08x; the bytes make 0x%08x".formatted(b.getInt(CHECKSUM), crc);
        }
        if (b.getShort(VERSION) != 1) {
            return "version: is " + b.getShort(VERSION) + " instead of 1";
        }
        if (b.getShort(LOG_VERSION) != 0) {
            return "log version: is " + b.getShort(LOG_VERSION) + " instead of 0";
        }
        long length = u32(h, LOG_LENGTH);
        long offset = b.getLong(LOG_OFFSET);
        if (length == 0 || length % MIB != 0) {
            return "log length: " + length + " is no multiple of 1 MiB";
        }
        if (offset < MIB || offset % MIB != 0 || offset > file.size() - length) {
            return "log offset: " + Long.toUnsignedString(offset) + ": a log of " + length + " bytes is not in the file there";
        }
        return null;
    }

    static void create(ImageFile file, long logOffset, long logLength) throws IOException {
        byte[] h = new byte[PAGE];
        wrap(h).putInt(0, HEADER_SIGNATURE).putShort(VERSION, (short) 1).putInt(LOG_LENGTH, (int) logLength).putLong(LOG_OFFSET, logOffset);
        putGuid(h, FILE_WRITE_GUID, UUID.randomUUID());
        putGuid(h, DATA_WRITE_GUID, UUID.randomUUID());
        var header = new VhdxHeader(file, h, 0);
        header.write();
        header.write();
    }

    long logOffset() {
        return b.getLong(LOG_OFFSET);
    }

    long logLength() {
        return u32(bytes, LOG_LENGTH);
    }

    UUID logGuid() {
        return guid(bytes, LOG_GUID);
    }

    UUID dataWriteGuid() {
        return guid(bytes, DATA_WRITE_GUID);
    }

    long sequence() {
        return b.getLong(SEQUENCE);
    }

    /** The file is going to be written, and what is in it for its guest too. */
    void begin(UUID log) throws IOException {
        putGuid(bytes, FILE_WRITE_GUID, UUID.randomUUID());
        putGuid(bytes, DATA_WRITE_GUID, UUID.randomUUID());
        log(log);
    }

    /** Names the log that is in use; {@link VhdxLayout#NONE} for none. Durable when it returns. */
    void log(UUID log) throws IOException {
        putGuid(bytes, LOG_GUID, log);
        // both, so that one that the medium loses later does not bring back the time before
        write();
        write();
    }

    private void write() throws IOException {
        b.putLong(SEQUENCE, b.getLong(SEQUENCE) + 1);
        b.putInt(CHECKSUM, crc(bytes, PAGE));
        current = 1 - current;
        file.write(HEADERS[current], bytes, 0, PAGE);
        file.flush();
    }
}
