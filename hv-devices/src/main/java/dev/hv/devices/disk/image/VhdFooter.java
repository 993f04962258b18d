package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** The footer of a VHD, 512 bytes at its end and, unless it is fixed, at its beginning too. Numbers are big-endian. VHD specification, "Hard Disk Footer Format". */
final class VhdFooter {

    static final int SIZE = 512;
    static final int COOKIE = 0;
    static final int FEATURES = 8;
    static final int VERSION = 12;
    static final int DATA_OFFSET = 16;
    static final int TIME_STAMP = 24;
    static final int CREATOR = 28;
    static final int CREATOR_VERSION = 32;
    static final int CREATOR_HOST = 36;
    static final int ORIGINAL_SIZE = 40;
    static final int CURRENT_SIZE = 48;
    static final int GEOMETRY = 56;
    static final int TYPE = 60;
    static final int CHECKSUM = 64;
    static final int UNIQUE_ID = 68;
    static final byte[] MAGIC = "conectix".getBytes(StandardCharsets.US_ASCII);

    static final int SECTOR = 512;
    /** Table entries are numbers of sectors, of 32 bits: 2 TiB less what the tables take. */
    static final long MOST = 2040L << 30;
    /** 1970 to 2000 in seconds. */
    static final long EPOCH = 946_684_800;

    private static final int RESERVED_FEATURE = 2;
    private static final int KNOWN_FEATURES = 3;
    private static final int VERSION_1 = 0x0001_0000;
    private static final String[] TYPES = {null, null, "fixed", "dynamic", "differencing"};

    final ByteBuffer bytes;

    VhdFooter(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /** A footer of a new disk. */
    static VhdFooter of(long size, VirtualDisk.Kind kind, long secondsSince1970) {
        var f = new VhdFooter(new byte[SIZE]);
        f.bytes.put(COOKIE, MAGIC).putInt(FEATURES, RESERVED_FEATURE).putInt(VERSION, VERSION_1);
        f.bytes.putLong(DATA_OFFSET, kind == VirtualDisk.Kind.FIXED ? -1 : SIZE);
        f.bytes.putInt(TIME_STAMP, (int) (secondsSince1970 - EPOCH));
        // readers take the size from the geometry, which is coarser, unless they know who wrote it: this is what Hyper-V writes
        f.bytes.put(CREATOR, "win ".getBytes(StandardCharsets.US_ASCII)).putInt(CREATOR_VERSION, 0x000A_0000).put(CREATOR_HOST, "Wi2k".getBytes(StandardCharsets.US_ASCII));
        f.bytes.putLong(ORIGINAL_SIZE, size);
        f.bytes.putInt(TYPE, kind.ordinal() + 2);
        UUID id = UUID.randomUUID();
        f.bytes.putLong(UNIQUE_ID, id.getMostSignificantBits()).putLong(UNIQUE_ID + 8, id.getLeastSignificantBits());
        f.size(size);
        return f;
    }

    static boolean looksLike(byte[] b) {
        return java.util.Arrays.equals(b, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * Checks all fields.
     *
     * @param where which of the two it is, for messages
     */
    void check(ImageFile file, String where) throws DiskException {
        if (!looksLike(bytes.array())) {
            throw Bad.field(file, where + " cookie", "is not \"conectix\"");
        }
        if (bytes.getInt(CHECKSUM) != sum(bytes.array(), SIZE, CHECKSUM)) {
            throw Bad.field(file, where + " checksum", "is 0x%08x; the bytes make 0x%08x".formatted(bytes.getInt(CHECKSUM), sum(bytes.array(), SIZE, CHECKSUM)));
        }
        if ((bytes.getInt(FEATURES) & ~KNOWN_FEATURES) != 0) {
            throw Bad.field(file, where + " features", "0x%08x has bits that mean nothing".formatted(bytes.getInt(FEATURES)));
        }
        if (bytes.getInt(VERSION) != VERSION_1) {
            throw Bad.field(file, where + " file format version", "is 0x%08x instead of 0x%08x".formatted(bytes.getInt(VERSION), VERSION_1));
        }
        int type = bytes.getInt(TYPE);
        if (type < 2 || type > 4) {
            throw Bad.field(file, where + " disk type", type + " is none of 2 (fixed), 3 (dynamic) and 4 (differencing)");
        }
        long size = bytes.getLong(CURRENT_SIZE);
        if (size <= 0 || size % SECTOR != 0 || size > MOST) {
            throw Bad.field(file, where + " current size", Long.toUnsignedString(size) + " is no multiple of 512 from 512 to " + MOST);
        }
    }

    VirtualDisk.Kind kind() {
        return VirtualDisk.Kind.valueOf(TYPES[bytes.getInt(TYPE)].toUpperCase(java.util.Locale.ROOT));
    }

    long size() {
        return bytes.getLong(CURRENT_SIZE);
    }

    void size(long size) {
        bytes.putLong(CURRENT_SIZE, size);
        bytes.putInt(GEOMETRY, geometry(size / SECTOR));
        sign();
    }

    /** The disk is written for the first time since it was opened: children that know it as it was can tell. */
    void touch(long secondsSince1970) {
        int now = (int) (secondsSince1970 - EPOCH);
        int was = bytes.getInt(TIME_STAMP);
        bytes.putInt(TIME_STAMP, Integer.compareUnsigned(now, was) > 0 ? now : was + 1);
        sign();
    }

    UUID id() {
        return new UUID(bytes.getLong(UNIQUE_ID), bytes.getLong(UNIQUE_ID + 8));
    }

    private void sign() {
        bytes.putInt(CHECKSUM, sum(bytes.array(), SIZE, CHECKSUM));
    }

    /** One's complement of the sum of all bytes but those of the sum. */
    static int sum(byte[] b, int length, int field) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += i >= field && i < field + 4 ? 0 : b[i] & 0xFF;
        }
        return ~sum;
    }

    /** Cylinders (16 bits), heads and sectors a track (8 each). VHD specification, appendix "CHS Calculation". */
    static int geometry(long sectors) {
        long total = Math.min(sectors, 65535L * 16 * 255);
        int track;
        int heads;
        long cylinderHeads;
        if (total >= 65535L * 16 * 63) {
            track = 255;
            heads = 16;
            cylinderHeads = total / track;
        } else {
            track = 17;
            cylinderHeads = total / track;
            heads = (int) Math.max(4, (cylinderHeads + 1023) / 1024);
            if (cylinderHeads >= heads * 1024L || heads > 16) {
                track = 31;
                heads = 16;
                cylinderHeads = total / track;
            }
            if (cylinderHeads >= heads * 1024L) {
                track = 63;
                heads = 16;
                cylinderHeads = total / track;
            }
        }
        return (int) (cylinderHeads / heads) << 16 | heads << 8 | track;
    }
}
