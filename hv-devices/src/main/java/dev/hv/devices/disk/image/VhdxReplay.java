package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** Finds what a log says that the file should have. Nothing is written. [MS-VHDX] section 2.3.2, "Log Replay". */
final class VhdxReplay {

    private static final int MOST_ENTRY = 64 << 20;
    private static final int MOST_PAGES = 1 << 16;
    private static final byte[] ZEROES = new byte[PAGE];

    /** An entry of the ring. */
    private record Entry(long at, long length, long sequence, long tail, long flushed, long last) {}

    private final ImageFile file;
    private final long offset;
    private final long length;
    private final UUID id;
    private final SortedMap<Long, byte[]> pages = new TreeMap<>();
    private String wrong;
    private long size;

    private VhdxReplay(ImageFile file, VhdxHeader header) {
        this.file = file;
        offset = header.logOffset();
        length = header.logLength();
        id = header.logGuid();
    }

    /** The file's pages that the log has, and how long the file has to be. */
    static VhdxReplay of(ImageFile file, VhdxHeader header) throws DiskException, IOException {
        var replay = new VhdxReplay(file, header);
        replay.size = file.size();
        replay.run();
        return replay;
    }

    SortedMap<Long, byte[]> pages() {
        return pages;
    }

    long size() {
        return size;
    }

    private void run() throws DiskException, IOException {
        List<Entry> best = List.of();
        long at = 0;
        while (at < length) {
            List<Entry> some = sequence(at);
            Entry last = some.isEmpty() ? null : some.getLast();
            boolean valid = last != null && some.stream().anyMatch(e -> e.at == last.tail);
            if (valid && (best.isEmpty() || Long.compareUnsigned(last.sequence, best.getLast().sequence) > 0)) {
                best = some;
            }
            if (last != null && !valid && wrong == null) {
                wrong = "log entry at " + last.at + " tail: " + last.tail + ": the entry there has the wrong sequence number, or there is none";
            }
            long next = last == null ? at + PAGE : last.at + last.length;
            // a sequence that goes over the end of the ring was the last one
            at = last == null || next > at ? next : length;
        }
        if (best.isEmpty()) {
            throw new DiskException("disk " + file.name() + ": " + (wrong == null ? "log GUID: is " + id + ", but the log has no entry of it" : wrong));
        }
        Entry head = best.getLast();
        if (file.size() < head.flushed) {
            throw Bad.field(file, "log entry at " + head.at + " flushed file offset", head.flushed + " bytes were there once, and " + file.size() + " are now");
        }
        if (head.last > LARGEST_DISK * 2 || head.last < 0) {
            throw Bad.field(file, "log entry at " + head.at + " last file offset", Long.toUnsignedString(head.last) + " bytes are longer than any disk");
        }
        size = Math.max(size, head.last);
        boolean counts = false;
        for (Entry e : best) {
            counts |= e.at == head.tail;
            if (counts) {
                apply(e);
            }
        }
    }

    private List<Entry> sequence(long from) throws IOException {
        List<Entry> all = new ArrayList<>();
        long at = from;
        long whole = 0;
        while (true) {
            Entry e = entry(at);
            if (e == null || !all.isEmpty() && e.sequence != all.getLast().sequence + 1 || whole + e.length > length) {
                return all;
            }
            all.add(e);
            whole += e.length;
            at = (at + e.length) % length;
        }
    }

    private byte[] ring(long at, int n) throws IOException {
        byte[] b = new byte[n];
        int first = (int) Math.min(n, length - at);
        file.read(offset + at, b, 0, first);
        if (first < n) {
            file.read(offset, b, first, n - first);
        }
        return b;
    }

    /** The entry at a place of the ring; null when there is no valid one. */
    private Entry entry(long at) throws IOException {
        byte[] h = ring(at, LOG_HEADER);
        ByteBuffer b = wrap(h);
        if (b.getInt(0) != LOG_SIGNATURE || !guid(h, LOG_ENTRY_GUID).equals(id)) {
            return null;
        }
        long n = u32(h, LOG_ENTRY_LENGTH);
        long tail = u32(h, LOG_TAIL);
        if (n == 0 || n % PAGE != 0 || n > Math.min(length, MOST_ENTRY)) {
            return invalid(at, "entry length", n + " is no multiple of 4096 in the log");
        }
        if (tail % PAGE != 0 || tail >= length) {
            return invalid(at, "tail", tail + " is no place of the log");
        }
        if (b.getLong(LOG_SEQUENCE) == 0) {
            return invalid(at, "sequence number", "is 0");
        }
        byte[] e = ring(at, (int) n);
        if (b.getInt(CHECKSUM) != crc(e, e.length)) {
            return invalid(at, "checksum", "is 0x%08x; the bytes make 0x%08x".formatted(b.getInt(CHECKSUM), crc(e, e.length)));
        }
        return new Entry(at, n, b.getLong(LOG_SEQUENCE), tail, b.getLong(LOG_FLUSHED), b.getLong(LOG_LAST));
    }

    private Entry invalid(long at, String field, String why) {
        if (wrong == null) {
            wrong = "log entry at " + at + " " + field + ": " + why;
        }
        return null;
    }

    private void apply(Entry entry) throws DiskException, IOException {
        byte[] e = ring(entry.at, (int) entry.length);
        ByteBuffer b = wrap(e);
        long count = u32(e, LOG_DESCRIPTORS);
        String name = "log entry at " + entry.at;
        long sector = (LOG_HEADER + DESCRIPTOR * count + PAGE - 1) / PAGE * PAGE;
        if (sector > e.length) {
            throw Bad.field(file, name + " descriptor count", count + " descriptors are not in " + e.length + " bytes");
        }
        for (int i = 0; i < count; i++) {
            int d = LOG_HEADER + DESCRIPTOR * i;
            long to = b.getLong(d + 16);
            if (b.getLong(d + 24) != entry.sequence) {
                throw Bad.field(file, name + " descriptor " + i + " sequence number", b.getLong(d + 24) + " is not the entry's " + entry.sequence);
            }
            if (to < 0 || to % PAGE != 0 || to > size - PAGE) {
                throw Bad.field(file, name + " descriptor " + i + " file offset", Long.toUnsignedString(to) + " is no page of the file");
            }
            if (b.getInt(d) == ZERO_DESCRIPTOR) {
                zero(name + " descriptor " + i, to, b.getLong(d + 8));
            } else if (b.getInt(d) == DATA_DESCRIPTOR) {
                if (sector > e.length - PAGE || b.getInt((int) sector) != DATA_SECTOR) {
                    throw Bad.field(file, name + " descriptor " + i, "its data sector is missing");
                }
                int s = (int) sector;
                if (b.getInt(s + 4) != (int) (entry.sequence >>> 32) || b.getInt(s + PAGE - 4) != (int) entry.sequence) {
                    throw Bad.field(file, name + " data sector " + i + " sequence number", "is not the entry's " + entry.sequence);
                }
                byte[] p = new byte[PAGE];
                System.arraycopy(e, d + 8, p, 0, 8);
                System.arraycopy(e, s + 8, p, 8, PAGE - 12);
                System.arraycopy(e, d + 4, p, PAGE - 4, 4);
                put(name, to, p);
                sector += PAGE;
            } else {
                throw Bad.field(file, name + " descriptor " + i + " signature", "is neither \"desc\" nor \"zero\"");
            }
        }
    }

    private void zero(String name, long to, long n) throws DiskException {
        if (n <= 0 || n % PAGE != 0 || n > size - to) {
            throw Bad.field(file, name + " zero length", Long.toUnsignedString(n) + " bytes at " + to + " are not pages of the file");
        }
        for (long at = to; at < to + n; at += PAGE) {
            put(name, at, ZEROES);
        }
    }

    private void put(String name, long at, byte[] page) throws DiskException {
        pages.put(at, page);
        if (pages.size() > MOST_PAGES) {
            throw Bad.field(file, name, "the log changes more than " + MOST_PAGES + " pages");
        }
    }
}
