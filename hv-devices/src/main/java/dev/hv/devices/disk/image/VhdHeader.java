package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The header of a dynamic or differencing VHD, 1024 bytes. VHD specification, "Dynamic Disk Header Format". */
final class VhdHeader {

    static final int SIZE = 1024;
    static final int COOKIE = 0;
    static final int DATA_OFFSET = 8;
    static final int TABLE_OFFSET = 16;
    static final int VERSION = 24;
    static final int ENTRIES = 28;
    static final int BLOCK_SIZE = 32;
    static final int CHECKSUM = 36;
    static final int PARENT_ID = 40;
    static final int PARENT_TIME = 56;
    static final int PARENT_NAME = 64;
    static final int LOCATORS = 576;

    private static final byte[] MAGIC = "cxsparse".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION_1 = 0x0001_0000;
    private static final int NAME_BYTES = 512;
    private static final int MOST_LOCATORS = 8;
    private static final int LOCATOR = 24;
    private static final int RELATIVE = 0x5732_7275;
    private static final int ABSOLUTE = 0x5732_6B75;
    private static final int MOST_PATH = 1 << 16;
    /** Room for each path that a new disk has. */
    static final int PATH_ROOM = 4096;

    final ByteBuffer bytes;

    VhdHeader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /** A header of a new disk whose table follows at {@code table}. */
    static VhdHeader of(int entries, int blockSize, long table) {
        var h = new VhdHeader(new byte[SIZE]);
        h.bytes.put(COOKIE, MAGIC).putLong(DATA_OFFSET, -1).putLong(TABLE_OFFSET, table).putInt(VERSION, VERSION_1).putInt(ENTRIES, entries).putInt(BLOCK_SIZE, blockSize);
        h.sign();
        return h;
    }

    /** Checks all fields against the file and the footer. */
    void check(ImageFile file, VhdFooter footer) throws DiskException, IOException {
        byte[] magic = new byte[MAGIC.length];
        bytes.get(COOKIE, magic);
        if (!java.util.Arrays.equals(magic, MAGIC)) {
            throw Bad.field(file, "dynamic header cookie", "is not \"cxsparse\"");
        }
        int sum = VhdFooter.sum(bytes.array(), SIZE, CHECKSUM);
        if (bytes.getInt(CHECKSUM) != sum) {
            throw Bad.field(file, "dynamic header checksum", "is 0x%08x; the bytes make 0x%08x".formatted(bytes.getInt(CHECKSUM), sum));
        }
        if (bytes.getInt(VERSION) != VERSION_1) {
            throw Bad.field(file, "dynamic header version", "is 0x%08x instead of 0x%08x".formatted(bytes.getInt(VERSION), VERSION_1));
        }
        int block = bytes.getInt(BLOCK_SIZE);
        if (block < 4096 || block > 1 << 28 || Integer.bitCount(block) != 1) {
            throw Bad.field(file, "dynamic header block size", Integer.toUnsignedString(block) + " is no power of two from 4096 to 268435456");
        }
        long entries = bytes.getInt(ENTRIES) & 0xFFFF_FFFFL;
        long table = bytes.getLong(TABLE_OFFSET);
        if (entries < (footer.size() + block - 1) / block) {
            throw Bad.field(file, "dynamic header max table entries", entries + " blocks of " + block + " bytes are not the disk's " + footer.size());
        }
        if (table < VhdFooter.SIZE || table % VhdFooter.SECTOR != 0 || table > file.size() || entries * 4 > file.size() - table) {
            throw Bad.field(file, "dynamic header table offset", Long.toUnsignedString(table) + ": a table of " + entries + " entries is not in the file there");
        }
        long header = footer.bytes.getLong(VhdFooter.DATA_OFFSET);
        if (table < VhdFooter.SIZE + VhdFooter.SIZE || table < header + SIZE && header < table + entries * 4) {
            throw Bad.field(file, "dynamic header table offset", table + ": the table would lie over the header");
        }
    }

    int entries() {
        return bytes.getInt(ENTRIES);
    }

    int blockSize() {
        return bytes.getInt(BLOCK_SIZE);
    }

    long table() {
        return bytes.getLong(TABLE_OFFSET);
    }

    void table(long offset, int entries) {
        bytes.putLong(TABLE_OFFSET, offset).putInt(ENTRIES, entries);
        sign();
    }

    private void sign() {
        bytes.putInt(CHECKSUM, VhdFooter.sum(bytes.array(), SIZE, CHECKSUM));
    }

    /** A parent's identity: its unique id and, behind it, its time stamp. */
    String parentIdentity() {
        return new UUID(bytes.getLong(PARENT_ID), bytes.getLong(PARENT_ID + 8)) + "@" + Integer.toUnsignedString(bytes.getInt(PARENT_TIME));
    }

    ParentLink link(ImageFile file) throws DiskException, IOException {
        List<String> names = new ArrayList<>();
        List<String> absolute = new ArrayList<>();
        for (int i = 0; i < MOST_LOCATORS; i++) {
            int at = LOCATORS + i * LOCATOR;
            int code = bytes.getInt(at);
            if (code != RELATIVE && code != ABSOLUTE) {
                continue;
            }
            int length = bytes.getInt(at + 8);
            long offset = bytes.getLong(at + 16);
            if (length <= 0 || length > MOST_PATH || length % 2 != 0 || offset < 0 || offset > file.size() - length) {
                throw Bad.field(file, "parent locator " + i, Integer.toUnsignedString(length) + " bytes at " + Long.toUnsignedString(offset) + " are not in the file");
            }
            byte[] path = new byte[length];
            file.read(offset, path, 0, length);
            (code == RELATIVE ? names : absolute).add(name(new String(path, StandardCharsets.UTF_16LE)));
        }
        names.addAll(absolute);
        byte[] name = new byte[NAME_BYTES];
        bytes.get(PARENT_NAME, name);
        String text = new String(name, StandardCharsets.UTF_16BE);
        int end = text.indexOf(0);
        names.add(name(end < 0 ? text : text.substring(0, end)));
        return new ParentLink(parentIdentity(), names.stream().filter(n -> !n.isEmpty()).toList());
    }

    /** Paths are written with the separators of Windows. */
    private static String name(String path) {
        int end = path.indexOf(0);
        return (end < 0 ? path : path.substring(0, end)).replace('\\', '/');
    }

    /**
     * Takes down a parent.
     *
     * @param paths where the file has room for two paths of {@link #PATH_ROOM} bytes
     * @param link its relative name first, its absolute name behind that
     */
    void link(ImageFile file, ParentLink link, long paths) throws DiskException, IOException {
        String[] parts = link.identity().split("@");
        UUID id = UUID.fromString(parts[0]);
        bytes.putLong(PARENT_ID, id.getMostSignificantBits()).putLong(PARENT_ID + 8, id.getLeastSignificantBits());
        bytes.putInt(PARENT_TIME, Integer.parseUnsignedInt(parts[1]));
        byte[] name = new byte[NAME_BYTES];
        String simple = link.names().getFirst().substring(link.names().getFirst().lastIndexOf('/') + 1);
        byte[] text = simple.getBytes(StandardCharsets.UTF_16BE);
        System.arraycopy(text, 0, name, 0, Math.min(text.length, NAME_BYTES - 2));
        bytes.put(PARENT_NAME, name);
        for (int i = 0; i < 2; i++) {
            String path = link.names().get(i).replace('/', '\\');
            byte[] b = (i == 0 && !path.startsWith(".") ? ".\\" + path : path).getBytes(StandardCharsets.UTF_16LE);
            if (b.length > PATH_ROOM) {
                throw Bad.field(file, "parent locator " + i, "a path of " + b.length / 2 + " characters has no room there");
            }
            long at = paths + (long) i * PATH_ROOM;
            file.write(at, java.util.Arrays.copyOf(b, PATH_ROOM), 0, PATH_ROOM);
            int entry = LOCATORS + i * LOCATOR;
            bytes.putInt(entry, i == 0 ? RELATIVE : ABSOLUTE).putInt(entry + 4, PATH_ROOM).putInt(entry + 8, b.length).putInt(entry + 12, 0).putLong(entry + 16, at);
        }
        sign();
    }
}
