package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The log of a VHDX that is written: a ring of entries, each with pages of the file as they shall be. An entry is written before its pages are; the pages are written to their own places only when the
 * entries are durable, and the entries are given up only when the pages are. [MS-VHDX] section 2.3.
 */
final class VhdxLog {

    private final ImageFile file;
    private final long offset;
    private final long ring;
    /** Bytes of the ring that are used before it is emptied. */
    private final int length;
    private final UUID id = UUID.randomUUID();
    /** Pages by their place in the file that are in the log and not, or not certainly, at their places. */
    private final SortedMap<Long, byte[]> pages = new TreeMap<>();
    private long sequence = 1;
    /** Offsets in the ring: of the oldest entry that counts, and of the next one. */
    private long tail;
    private long head;
    private int used;
    private long flushedSize;

    /** An empty log in a file whose old log has been replayed. */
    VhdxLog(ImageFile file, VhdxHeader header) throws IOException {
        this.file = file;
        offset = header.logOffset();
        ring = header.logLength();
        // entries are far shorter than this; more of a ring would only be kept in memory
        length = (int) Math.min(header.logLength(), MIB);
        flushedSize = file.size();
    }

    /** Begins it: an entry without pages, durable before a header names the log, so that a named log has a valid entry. */
    UUID begin() throws IOException {
        mark();
        return id;
    }

    private void mark() throws IOException {
        tail = head;
        used = 0;
        append(new TreeMap<>());
        flushed();
    }

    /** A page as it is from now on; null when the log has nothing newer than what is in the file. */
    byte[] page(long at) {
        return pages.get(at);
    }

    /** Everything is durable. */
    void flushed() throws IOException {
        long size = file.size();
        file.flush();
        flushedSize = size;
    }

    /** Has pages be as they are given, all of them or none. */
    void write(SortedMap<Long, byte[]> changed) throws IOException {
        int need = entryLength(changed.size()) + PAGE;
        if (need > length - PAGE) {
            throw new IOException("a change of " + changed.size() + " pages is longer than the log");
        }
        if (used + need > length) {
            apply();
        }
        append(changed);
        pages.putAll(changed);
    }

    /** Brings all pages to their places, and empties the log. */
    void apply() throws IOException {
        flushed();
        for (Map.Entry<Long, byte[]> e : pages.entrySet()) {
            file.write(e.getKey(), e.getValue(), 0, PAGE);
        }
        flushed();
        pages.clear();
        // in room that was kept for it: nothing older is written over before this is durable
        mark();
    }

    private static int entryLength(int count) {
        return (LOG_HEADER + DESCRIPTOR * count + PAGE - 1) / PAGE * PAGE + count * PAGE;
    }

    private void append(SortedMap<Long, byte[]> changed) throws IOException {
        int total = entryLength(changed.size());
        byte[] e = new byte[total];
        ByteBuffer b = wrap(e);
        b.putInt(0, LOG_SIGNATURE).putInt(LOG_ENTRY_LENGTH, total).putInt(LOG_TAIL, (int) tail).putLong(LOG_SEQUENCE, sequence).putInt(LOG_DESCRIPTORS, changed.size());
        putGuid(e, LOG_ENTRY_GUID, id);
        b.putLong(LOG_FLUSHED, flushedSize).putLong(LOG_LAST, file.size());
        int descriptor = LOG_HEADER;
        int sector = total - changed.size() * PAGE;
        for (Map.Entry<Long, byte[]> page : changed.entrySet()) {
            byte[] p = page.getValue();
            b.putInt(descriptor, DATA_DESCRIPTOR);
            // the page's first eight and last four bytes: their places have a signature and the sequence number
            System.arraycopy(p, PAGE - 4, e, descriptor + 4, 4);
            System.arraycopy(p, 0, e, descriptor + 8, 8);
            b.putLong(descriptor + 16, page.getKey()).putLong(descriptor + 24, sequence);
            System.arraycopy(p, 8, e, sector + 8, PAGE - 12);
            b.putInt(sector, DATA_SECTOR).putInt(sector + 4, (int) (sequence >>> 32)).putInt(sector + PAGE - 4, (int) sequence);
            descriptor += DESCRIPTOR;
            sector += PAGE;
        }
        b.putInt(CHECKSUM, crc(e, total));
        int first = (int) Math.min(total, ring - head);
        file.write(offset + head, e, 0, first);
        if (first < total) {
            file.write(offset, e, first, total - first);
        }
        head = (head + total) % ring;
        used += total;
        sequence++;
    }
}
