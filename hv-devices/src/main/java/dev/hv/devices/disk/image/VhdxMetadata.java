package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What the metadata region of a VHDX says of the disk. [MS-VHDX] section 2.6. */
final class VhdxMetadata {

    private static final int MOST_LOCATOR = 1 << 16;
    private static final Map<UUID, String> NAMES = Map.of(FILE_PARAMETERS, "file parameters", DISK_SIZE, "virtual disk size", DISK_ID, "virtual disk id",
            LOGICAL_SECTOR, "logical sector size", PHYSICAL_SECTOR, "physical sector size", PARENT_LOCATOR, "parent locator");

    /** An item of the table: its place in the table and its place in the file. */
    private record Item(int entry, long offset, int length) {}

    private final ImageFile file;
    private final VhdxRegions.Region region;
    private final Map<UUID, Item> items = new HashMap<>();
    private long lastItemEnd = TABLE;

    int blockSize;
    boolean leavesAllocated;
    boolean hasParent;
    long size;
    UUID id;
    int sector;
    int physicalSector;

    private VhdxMetadata(ImageFile file, VhdxRegions.Region region) {
        this.file = file;
        this.region = region;
    }

    static VhdxMetadata read(ImageFile file, VhdxRegions.Region region) throws DiskException, IOException {
        var m = new VhdxMetadata(file, region);
        m.table();
        m.values();
        if (m.hasParent) {
            m.link();
        }
        return m;
    }

    private void table() throws DiskException, IOException {
        byte[] t = new byte[TABLE];
        file.read(region.offset(), t, 0, TABLE);
        if (!new String(t, 0, 8, StandardCharsets.US_ASCII).equals(METADATA_SIGNATURE)) {
            throw Bad.field(file, "metadata table signature", "is not \"metadata\"");
        }
        int count = wrap(t).getShort(METADATA_COUNT) & 0xFFFF;
        if (count > MOST_ENTRIES) {
            throw Bad.field(file, "metadata table entry count", count + " is more than " + MOST_ENTRIES);
        }
        for (int i = 0; i < count; i++) {
            int at = METADATA_ENTRIES + i * ENTRY;
            UUID item = guid(t, at);
            long offset = u32(t, at + 16);
            long length = u32(t, at + 20);
            boolean user = (u32(t, at + 24) & IS_USER) != 0;
            String name = "metadata entry " + i + (user || !NAMES.containsKey(item) ? "" : " (" + NAMES.get(item) + ")");
            if (length > MIB || length > 0 && (offset < TABLE || offset + length > region.length())) {
                throw Bad.field(file, name + " offset", length + " bytes at " + offset + " are not in the region");
            }
            lastItemEnd = Math.max(lastItemEnd, offset + length);
            if (user || !NAMES.containsKey(item)) {
                if ((u32(t, at + 24) & IS_REQUIRED) != 0) {
                    throw Bad.field(file, name + " item id", item + " is required and not known");
                }
                continue;
            }
            if (items.put(item, new Item(at, region.offset() + offset, (int) length)) != null) {
                throw Bad.field(file, name + " item id", item + " is there twice");
            }
        }
    }

    private byte[] item(UUID id, int length) throws DiskException, IOException {
        Item item = items.get(id);
        if (item == null || item.length < length) {
            throw Bad.field(file, NAMES.get(id), item == null ? "is missing in the metadata table" : "has " + item.length + " bytes instead of " + length);
        }
        byte[] b = new byte[item.length];
        file.read(item.offset, b, 0, b.length);
        return b;
    }

    private void values() throws DiskException, IOException {
        byte[] parameters = item(FILE_PARAMETERS, 8);
        long block = u32(parameters, 0);
        if (block < MIB || block > LARGEST_BLOCK || Long.bitCount(block) != 1) {
            throw Bad.field(file, "file parameters block size", block + " is no power of two from 1 MiB to 256 MiB");
        }
        blockSize = (int) block;
        leavesAllocated = (parameters[4] & LEAVE_ALLOCATED) != 0;
        hasParent = (parameters[4] & HAS_PARENT) != 0;
        sector = sector(LOGICAL_SECTOR);
        physicalSector = sector(PHYSICAL_SECTOR);
        size = wrap(item(DISK_SIZE, 8)).getLong(0);
        if (size <= 0 || size % sector != 0 || size > LARGEST_DISK) {
            throw Bad.field(file, "virtual disk size", Long.toUnsignedString(size) + " is no multiple of " + sector + " up to 64 TiB");
        }
        id = guid(item(DISK_ID, 16), 0);
        if (hasParent && !items.containsKey(PARENT_LOCATOR)) {
            throw Bad.field(file, "parent locator", "is missing; the file parameters say that there is a parent");
        }
    }

    private int sector(UUID which) throws DiskException, IOException {
        long n = u32(item(which, 4), 0);
        if (n != 512 && n != 4096) {
            throw Bad.field(file, NAMES.get(which), n + " is neither 512 nor 4096");
        }
        return (int) n;
    }

    /** What it says of its parent. */
    ParentLink link() throws DiskException, IOException {
        byte[] b = item(PARENT_LOCATOR, 20);
        if (!guid(b, 0).equals(LOCATOR_TYPE)) {
            throw Bad.field(file, "parent locator type", guid(b, 0) + " is not known");
        }
        int count = wrap(b).getShort(18) & 0xFFFF;
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int at = 20 + 12 * i;
            if (at + 12 > b.length) {
                throw Bad.field(file, "parent locator key value count", count + " entries are not in " + b.length + " bytes");
            }
            int keyLength = wrap(b).getShort(at + 8) & 0xFFFF;
            int valueLength = wrap(b).getShort(at + 10) & 0xFFFF;
            if (u32(b, at) + keyLength > b.length || u32(b, at + 4) + valueLength > b.length) {
                throw Bad.field(file, "parent locator entry " + i, "its key or its value is not in the item's " + b.length + " bytes");
            }
            values.put(new String(b, (int) u32(b, at), keyLength, StandardCharsets.UTF_16LE), new String(b, (int) u32(b, at + 4), valueLength, StandardCharsets.UTF_16LE));
        }
        String linkage = values.get("parent_linkage");
        if (linkage == null) {
            throw Bad.field(file, "parent locator parent_linkage", "is missing");
        }
        List<String> names = new ArrayList<>();
        for (String key : new String[] {"relative_path", "absolute_win32_path"}) {
            if (values.containsKey(key)) {
                names.add(values.get(key).replace('\\', '/'));
            }
        }
        if (names.isEmpty()) {
            throw Bad.field(file, "parent locator relative_path", "is missing, and absolute_win32_path too");
        }
        return new ParentLink(linkage.toLowerCase(java.util.Locale.ROOT), names);
    }

    private static byte[] locator(ParentLink link) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("parent_linkage", link.identity());
        String relative = link.names().getFirst().replace('/', '\\');
        values.put("relative_path", relative.startsWith(".") ? relative : ".\\" + relative);
        values.put("absolute_win32_path", link.names().getLast().replace('/', '\\'));
        ByteBuffer b = wrap(new byte[MOST_LOCATOR]);
        putGuid(b.array(), 0, LOCATOR_TYPE);
        b.putShort(18, (short) values.size());
        int at = 20 + 12 * values.size();
        int entry = 20;
        for (Map.Entry<String, String> e : values.entrySet()) {
            byte[] key = e.getKey().getBytes(StandardCharsets.UTF_16LE);
            byte[] value = e.getValue().getBytes(StandardCharsets.UTF_16LE);
            b.putInt(entry, at).putInt(entry + 4, at + key.length).putShort(entry + 8, (short) key.length).putShort(entry + 10, (short) value.length);
            b.put(at, key).put(at + key.length, value);
            at += key.length + value.length;
            entry += 12;
        }
        return java.util.Arrays.copyOf(b.array(), at);
    }

    /** The disk's new size, to be written at the place of the old one. */
    Map<Long, byte[]> resized(long wanted) {
        byte[] b = new byte[8];
        wrap(b).putLong(0, wanted);
        return Map.of(items.get(DISK_SIZE).offset, b);
    }

    /** Another parent: a new item behind all others, and the table's entry for it; both to be written together. */
    Map<Long, byte[]> relinked(ParentLink link) throws DiskException {
        byte[] b = locator(link);
        long at = (lastItemEnd + 7) / 8 * 8;
        if (at + b.length > region.length()) {
            // where the last one was written there was room once
            at = TABLE + PAGE;
        }
        byte[] entry = new byte[8];
        wrap(entry).putInt(0, (int) at).putInt(4, b.length);
        Map<Long, byte[]> all = new LinkedHashMap<>();
        int place = items.get(PARENT_LOCATOR).entry;
        all.put(region.offset() + at, b);
        all.put(region.offset() + place + 16, entry);
        items.put(PARENT_LOCATOR, new Item(place, region.offset() + at, b.length));
        lastItemEnd = at + b.length;
        return all;
    }

    /** Writes the region of a new disk. */
    static void create(ImageFile file, long offset, long size, int blockSize, int sector, int physical, boolean fixed, ParentLink link) throws IOException {
        byte[] t = new byte[TABLE];
        System.arraycopy(METADATA_SIGNATURE.getBytes(StandardCharsets.US_ASCII), 0, t, 0, 8);
        byte[] values = new byte[PAGE];
        ByteBuffer v = wrap(values);
        v.putInt(0, blockSize).putInt(4, (fixed ? LEAVE_ALLOCATED : 0) | (link != null ? HAS_PARENT : 0)).putLong(8, size).putInt(32, sector).putInt(36, physical);
        putGuid(values, 16, UUID.randomUUID());
        int n = 0;
        entry(t, n++, FILE_PARAMETERS, TABLE, 8, IS_REQUIRED);
        entry(t, n++, DISK_SIZE, TABLE + 8, 8, IS_REQUIRED | IS_VIRTUAL_DISK);
        entry(t, n++, DISK_ID, TABLE + 16, 16, IS_REQUIRED | IS_VIRTUAL_DISK);
        entry(t, n++, LOGICAL_SECTOR, TABLE + 32, 4, IS_REQUIRED | IS_VIRTUAL_DISK);
        entry(t, n++, PHYSICAL_SECTOR, TABLE + 36, 4, IS_REQUIRED | IS_VIRTUAL_DISK);
        if (link != null) {
            byte[] b = locator(link);
            entry(t, n++, PARENT_LOCATOR, TABLE + PAGE, b.length, IS_REQUIRED);
            file.write(offset + TABLE + PAGE, b, 0, b.length);
        }
        wrap(t).putShort(METADATA_COUNT, (short) n);
        file.write(offset, t, 0, TABLE);
        file.write(offset + TABLE, values, 0, PAGE);
    }

    private static void entry(byte[] t, int i, UUID id, int offset, int length, int flags) {
        int at = METADATA_ENTRIES + i * ENTRY;
        putGuid(t, at, id);
        wrap(t).putInt(at + 16, offset).putInt(at + 20, length).putInt(at + 24, flags);
    }
}
