package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The region table of a VHDX, of which there are two. [MS-VHDX] section 2.2.3. */
final class VhdxRegions {

    /** A part of the file. */
    record Region(long offset, long length) {
        boolean overlaps(long at, long bytes) {
            return at < offset + length && offset < at + bytes;
        }
    }

    private final byte[] bytes;
    private final Map<UUID, Region> regions = new HashMap<>();

    private VhdxRegions(byte[] bytes) {
        this.bytes = bytes;
    }

    static VhdxRegions read(ImageFile file, VhdxHeader header) throws DiskException, IOException {
        String[] wrong = new String[2];
        for (int i = 0; i < 2; i++) {
            byte[] t = new byte[TABLE];
            file.read(REGION_TABLES[i], t, 0, TABLE);
            wrong[i] = problem(t);
            if (wrong[i] == null) {
                var table = new VhdxRegions(t);
                table.parse(file, header);
                return table;
            }
        }
        throw Bad.field(file, "region table 1 " + wrong[0], "and region table 2 " + wrong[1]);
    }

    /** What is wrong with one of the two; null for nothing. */
    static String problems(ImageFile file) throws IOException {
        for (int i = 0; i < 2; i++) {
            byte[] t = new byte[TABLE];
            file.read(REGION_TABLES[i], t, 0, TABLE);
            if (problem(t) != null) {
                return "region table " + (i + 1) + " " + problem(t);
            }
        }
        return null;
    }

    private static String problem(byte[] t) {
        ByteBuffer b = wrap(t);
        if (b.getInt(0) != REGION_SIGNATURE) {
            return "signature: is not \"regi\"";
        }
        int crc = crc(t, TABLE);
        if (b.getInt(CHECKSUM) != crc) {
            return "checksum: is 0x%08x; the bytes make 0x%08x".formatted(b.getInt(CHECKSUM), crc);
        }
        return u32(t, REGION_COUNT) > MOST_ENTRIES ? "entry count: " + u32(t, REGION_COUNT) + " is more than " + MOST_ENTRIES : null;
    }

    private void parse(ImageFile file, VhdxHeader header) throws DiskException, IOException {
        int count = (int) u32(bytes, REGION_COUNT);
        for (int i = 0; i < count; i++) {
            int at = REGION_ENTRIES + i * ENTRY;
            UUID id = guid(bytes, at);
            var region = new Region(wrap(bytes).getLong(at + 16), u32(bytes, at + 24));
            String name = "region table entry " + i;
            boolean known = id.equals(BAT) || id.equals(METADATA);
            if (!known && (u32(bytes, at + 28) & 1) != 0) {
                throw Bad.field(file, name + " GUID", id + " is required and not known");
            }
            if (region.offset < MIB || region.offset % MIB != 0) {
                throw Bad.field(file, name + " file offset", Long.toUnsignedString(region.offset) + " is no multiple of 1 MiB from 1 MiB on");
            }
            if (region.length == 0 || region.length % MIB != 0 || region.offset > file.size() - region.length) {
                throw Bad.field(file, name + " length", region.length + " bytes at " + region.offset + " are no multiple of 1 MiB in the file");
            }
            if (region.overlaps(header.logOffset(), header.logLength())) {
                throw Bad.field(file, name + " file offset", region.offset + ": the region overlaps the log");
            }
            for (Region other : regions.values()) {
                if (other.overlaps(region.offset, region.length)) {
                    throw Bad.field(file, name + " file offset", region.offset + ": the region overlaps another");
                }
            }
            if (regions.put(id, region) != null) {
                throw Bad.field(file, name + " GUID", id + " is there twice");
            }
        }
        for (UUID id : new UUID[] {BAT, METADATA}) {
            if (!regions.containsKey(id)) {
                throw Bad.field(file, "region table entry count", "there is no " + (id.equals(BAT) ? "BAT" : "metadata") + " region among " + count);
            }
        }
    }

    Region bat() {
        return regions.get(BAT);
    }

    Region metadata() {
        return regions.get(METADATA);
    }

    /** Whether something else is to be found in a part of the file. */
    boolean overlap(long at, long length) {
        return regions.values().stream().anyMatch(r -> r.overlaps(at, length));
    }

    static void create(ImageFile file, Region bat, Region metadata) throws IOException {
        byte[] t = new byte[TABLE];
        wrap(t).putInt(0, REGION_SIGNATURE).putInt(REGION_COUNT, 2);
        put(t, 0, BAT, bat);
        put(t, 1, METADATA, metadata);
        new VhdxRegions(t).write(file);
    }

    private static void put(byte[] t, int i, UUID id, Region r) {
        int at = REGION_ENTRIES + i * ENTRY;
        putGuid(t, at, id);
        wrap(t).putLong(at + 16, r.offset).putInt(at + 24, (int) r.length).putInt(at + 28, 1);
    }

    /** The table of blocks is somewhere else from now on. */
    void moveBat(ImageFile file, Region to) throws IOException {
        int count = (int) u32(bytes, REGION_COUNT);
        for (int i = 0; i < count; i++) {
            if (guid(bytes, REGION_ENTRIES + i * ENTRY).equals(BAT)) {
                put(bytes, i, BAT, to);
            }
        }
        regions.put(BAT, to);
        write(file);
    }

    private void write(ImageFile file) throws IOException {
        wrap(bytes).putInt(CHECKSUM, 0).putInt(CHECKSUM, crc(bytes, TABLE));
        for (long at : REGION_TABLES) {
            file.write(at, bytes, 0, TABLE);
            // one of the two is whole at any time
            file.flush();
        }
    }
}
