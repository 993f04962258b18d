package dev.hv.devices.disk.image;

import static dev.hv.devices.disk.image.VhdxLayout.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every field of a VHDX's headers, region tables, metadata, table and log with values that it must not have: refused by name, and the file is not written. Check sums are right unless they are what is wrong. */
class BadVhdxTest {

    private static final int SIZE = 6 << 20;
    private static final UUID STRANGER = new UUID(1, 2);

    private final CutFile.Folder folder = new CutFile.Folder();
    private final DiskChain chain = new DiskChain(folder);
    private byte[] sound;
    /** Its log was not emptied. */
    private byte[] dirty;
    private int bat;
    private int metadata;

    @BeforeEach
    void disk() throws Exception {
        chain.create("disk", VirtualDisk.Format.VHDX, VirtualDisk.Kind.DYNAMIC, SIZE, 1 << 20, 512);
        CutFile file;
        try (VirtualDisk disk = chain.open("disk", false)) {
            file = folder.last.get("disk");
            byte[] b = new byte[512];
            b[0] = 1;
            for (int i = 0; i < 3; i++) {
                assertThat(disk.write((long) i << 20, b, 0, b.length)).isEqualTo(DiskStatus.OK);
                disk.flush();
            }
            dirty = file.contents();
        }
        sound = file.contents();
        for (int i = 0; i < 2; i++) {
            int entry = (int) REGION_TABLES[0] + REGION_ENTRIES + ENTRY * i;
            int at = (int) wrap(sound).getLong(entry + 16);
            if (guid(sound, entry).equals(BAT)) {
                bat = at;
            } else {
                metadata = at;
            }
        }
    }

    private void refused(byte[] bad, String field) {
        folder.put("disk", bad);
        assertThatThrownBy(() -> chain.open("disk", false).close()).as(field).isInstanceOf(DiskException.class).hasMessageStartingWith("disk disk: ").hasMessageContaining(field).message().doesNotContain("\n");
        assertThat(folder.last.get("disk").steps()).as("changes of the file: " + field).isZero();
    }

    private void accepted(byte[] bytes) throws Exception {
        folder.put("disk", bytes);
        chain.open("disk", true).close();
    }

    private static byte[] changed(byte[] of, Consumer<ByteBuffer> change) {
        byte[] b = of.clone();
        change.accept(wrap(b));
        return b;
    }

    private static void seal(ByteBuffer b, long at, int length) {
        byte[] part = new byte[length];
        b.get((int) at, part);
        b.putInt((int) at + CHECKSUM, crc(part, length));
    }

    // ---- headers ---------------------------------------------------------------------------------------------------------

    /** One bad header leaves the other; two are refused. */
    private void header(String field, Consumer<ByteBuffer> change, boolean sealed) throws Exception {
        byte[] both = sound;
        for (long at : HEADERS) {
            Consumer<ByteBuffer> one = b -> {
                byte[] h = new byte[PAGE];
                b.get((int) at, h);
                change.accept(wrap(h));
                b.put((int) at, h);
                if (sealed) {
                    seal(b, at, PAGE);
                }
            };
            accepted(changed(sound, one));
            both = changed(both, one);
        }
        refused(both, "header 1 " + field);
        refused(both, "header 2 " + field);
    }

    @Test
    void headers() throws Exception {
        folder.put("disk", changed(sound, b -> b.put(0, (byte) 'V')));
        assertThat(chain.format("disk")).as("without its identifier it is bytes").isEqualTo(VirtualDisk.Format.RAW);
        header("signature", b -> b.putInt(0, 0x6865_6164), true);
        header("checksum", b -> b.putInt(CHECKSUM, b.getInt(CHECKSUM) ^ 1), false);
        header("checksum", b -> b.put(PAGE - 1, (byte) 1), false);
        header("version", b -> b.putShort(VERSION, (short) 2), true);
        header("log version", b -> b.putShort(LOG_VERSION, (short) 1), true);
        header("log length", b -> b.putInt(LOG_LENGTH, 0), true);
        header("log length", b -> b.putInt(LOG_LENGTH, (1 << 20) + 4096), true);
        header("log offset", b -> b.putInt(LOG_LENGTH, 0xFFF0_0000), true);
        for (long offset : new long[] {0, 4096, (1 << 20) + 512, 1L << 40, -(1L << 20), Long.MIN_VALUE}) {
            header("log offset", b -> b.putLong(LOG_OFFSET, offset), true);
        }
        refused(changed(sound, b -> {
            b.putLong((int) HEADERS[1] + SEQUENCE, b.getLong((int) HEADERS[0] + SEQUENCE)).put((int) HEADERS[1] + FILE_WRITE_GUID, (byte) 77);
            seal(b, HEADERS[1], PAGE);
        }), "header sequence number");
    }

    // ---- regions ---------------------------------------------------------------------------------------------------------

    private void regions(String field, Consumer<ByteBuffer> change, boolean sealed) {
        byte[] bad = sound;
        for (long at : REGION_TABLES) {
            bad = changed(bad, b -> {
                byte[] t = new byte[TABLE];
                b.get((int) at, t);
                change.accept(wrap(t));
                b.put((int) at, t);
                if (sealed) {
                    seal(b, at, TABLE);
                }
            });
        }
        refused(bad, field);
    }

    @Test
    void regionTables() throws Exception {
        int first = REGION_ENTRIES;
        int second = REGION_ENTRIES + ENTRY;
        accepted(changed(sound, b -> b.putInt((int) REGION_TABLES[0], 0)));
        regions("region table 1 signature", b -> b.putInt(0, 0), true);
        regions("region table 1 checksum", b -> b.put(TABLE - 1, (byte) 1), false);
        regions("region table 1 entry count", b -> b.putInt(REGION_COUNT, 2048), true);
        regions("region table entry count", b -> b.putInt(REGION_COUNT, 0), true);
        regions("region table entry count", b -> b.putInt(REGION_COUNT, 1), true);
        regions("GUID", b -> {
            putGuid(b.array(), second, STRANGER);
            b.putInt(second + 28, 1);
        }, true);
        regions("overlaps another", b -> b.putLong(second + 16, b.getLong(first + 16)), true);
        regions("overlaps the log", b -> b.putLong(first + 16, wrap(sound).getLong((int) HEADERS[0] + LOG_OFFSET)), true);
        for (long offset : new long[] {0, 512, (1 << 20) + 4096, -(1L << 20), 1L << 50}) {
            regions("region", b -> b.putLong(first + 16, offset), true);
        }
        for (int length : new int[] {0, 4096, 0x7FF0_0000, 0xFFF0_0000}) {
            regions("length", b -> b.putInt(first + 24, length), true);
        }
        regions("GUID", b -> {
            b.put(REGION_ENTRIES + 2 * ENTRY, b.array(), first, ENTRY).putLong(REGION_ENTRIES + 2 * ENTRY + 16, 4 << 20).putInt(REGION_ENTRIES + 2 * ENTRY + 24, 1 << 20).putInt(REGION_COUNT, 3);
        }, true);
    }

    // ---- metadata --------------------------------------------------------------------------------------------------------

    private int entry(UUID id) {
        for (int i = 0; i < 16; i++) {
            int at = metadata + METADATA_ENTRIES + i * ENTRY;
            if (guid(sound, at).equals(id)) {
                return at;
            }
        }
        throw new AssertionError(id);
    }

    private int item(UUID id) {
        return metadata + wrap(sound).getInt(entry(id) + 16);
    }

    @Test
    void metadata() {
        refused(changed(sound, b -> b.put(metadata, (byte) 'M')), "metadata table signature");
        refused(changed(sound, b -> b.putShort(metadata + METADATA_COUNT, (short) 2048)), "metadata table entry count");
        String[] names = {"file parameters", "virtual disk size", "virtual disk id", "logical sector size", "physical sector size"};
        UUID[] ids = {FILE_PARAMETERS, DISK_SIZE, DISK_ID, LOGICAL_SECTOR, PHYSICAL_SECTOR};
        for (int i = 0; i < ids.length; i++) {
            int at = entry(ids[i]);
            refused(changed(sound, b -> {
                putGuid(b.array(), at, STRANGER);
                b.putInt(at + 24, 0);
            }), names[i] + ": is missing");
            refused(changed(sound, b -> putGuid(b.array(), at, STRANGER)), "item id: " + STRANGER + " is required");
            refused(changed(sound, b -> b.putInt(at + 20, 1)), names[i] + ": has 1 bytes");
            for (int offset : new int[] {0, 512, 1 << 20, -1}) {
                refused(changed(sound, b -> b.putInt(at + 16, offset)), "(" + names[i] + ") offset");
            }
            refused(changed(sound, b -> b.putInt(at + 20, -1)), "(" + names[i] + ") offset");
        }
        refused(changed(sound, b -> putGuid(b.array(), entry(DISK_ID), DISK_SIZE)), "is there twice");
        for (int block : new int[] {0, 512, 3 << 20, 512 << 20, -1}) {
            refused(changed(sound, b -> b.putInt(item(FILE_PARAMETERS), block)), "file parameters block size");
        }
        refused(changed(sound, b -> b.putInt(item(FILE_PARAMETERS) + 4, HAS_PARENT)), "parent locator");
        for (int sector : new int[] {0, 256, 513, 2048, 8192, -1}) {
            refused(changed(sound, b -> b.putInt(item(LOGICAL_SECTOR), sector)), "logical sector size");
            refused(changed(sound, b -> b.putInt(item(PHYSICAL_SECTOR), sector)), "physical sector size");
        }
        for (long size : new long[] {0, -512, 513, (64L << 40) + 512, Long.MIN_VALUE}) {
            refused(changed(sound, b -> b.putLong(item(DISK_SIZE), size)), "virtual disk size");
        }
        refused(changed(sound, b -> b.putLong(item(DISK_SIZE), 60L << 40)), "BAT region length");
    }

    // ---- table -----------------------------------------------------------------------------------------------------------

    private void bat(int index, long value, String field) {
        refused(changed(sound, b -> b.putLong(bat + 8 * index, value)), "BAT entry " + index + field);
    }

    @Test
    void table() {
        long first = wrap(sound).getLong(bat);
        assertThat(first & STATE).as("a block is there").isEqualTo(FULLY_PRESENT);
        for (int bit = 3; bit < 20; bit++) {
            bat(0, first | 1L << bit, ": reserved bits");
        }
        bat(0, first & ~STATE | 4, " state");
        bat(0, first & ~STATE | 5, " state");
        bat(0, first & ~STATE | PARTIALLY_PRESENT, " state");
        bat(0, FULLY_PRESENT, " file offset");
        bat(0, 1L << 40 | FULLY_PRESENT, " file offset");
        bat(0, -1L << 20 | FULLY_PRESENT, " file offset");
        long log = wrap(sound).getLong((int) HEADERS[0] + LOG_OFFSET);
        for (long over : new long[] {log, bat, metadata}) {
            bat(0, over | FULLY_PRESENT, " file offset");
        }
        refused(changed(sound, b -> b.putLong(bat + 8, first)), "overlaps the block of BAT entry");
        refused(changed(sound, b -> b.putLong(bat + 16, first)), "overlaps the block of BAT entry");
    }

    // ---- log -------------------------------------------------------------------------------------------------------------

    private void log(Consumer<ByteBuffer> change, String field, boolean sealed) {
        int log = (int) wrap(dirty).getLong((int) HEADERS[0] + LOG_OFFSET);
        refused(changed(dirty, b -> {
            for (int at = log; b.getInt(at) == LOG_SIGNATURE; ) {
                int length = b.getInt(at + LOG_ENTRY_LENGTH);
                byte[] e = new byte[length];
                b.get(at, e);
                change.accept(wrap(e));
                b.put(at, e);
                if (sealed) {
                    seal(b, at, length);
                }
                at += length;
            }
        }), field);
    }

    /** The same for entries with data. */
    private void logData(Consumer<ByteBuffer> change, String field, boolean sealed) {
        log(b -> {
            if (b.capacity() > PAGE) {
                change.accept(b);
            }
        }, field, sealed);
    }

    @Test
    void log() throws Exception {
        accepted(dirty);
        log(b -> b.putInt(CHECKSUM, b.getInt(CHECKSUM) ^ 1), "checksum", false);
        log(b -> b.put(b.capacity() - 1, (byte) (b.get(b.capacity() - 1) ^ 1)), "checksum", false);
        log(b -> b.putInt(0, 0), "log GUID", false);
        log(b -> putGuid(b.array(), LOG_ENTRY_GUID, STRANGER), "log GUID", true);
        log(b -> b.putInt(LOG_ENTRY_LENGTH, 0), "entry length", false);
        log(b -> b.putInt(LOG_ENTRY_LENGTH, 4097), "entry length", false);
        log(b -> b.putInt(LOG_ENTRY_LENGTH, 1 << 30), "entry length", false);
        log(b -> b.putInt(LOG_TAIL, 512), "tail", true);
        log(b -> b.putInt(LOG_TAIL, 1 << 30), "tail", true);
        log(b -> b.putInt(LOG_TAIL, 512 << 10), "tail", true);
        log(b -> b.putLong(LOG_SEQUENCE, 0), "sequence number", true);
        log(b -> b.putLong(LOG_SEQUENCE, b.getLong(LOG_SEQUENCE) + 1000), "sequence number", true);
        log(b -> b.putLong(LOG_HEADER + 24, 4711), "descriptor 0 sequence number", true);
        log(b -> b.putInt(LOG_DESCRIPTORS, 1 << 20), "descriptor count", true);
        log(b -> b.putInt(LOG_HEADER, 0x1234), "descriptor 0 signature", true);
        log(b -> b.putLong(LOG_HEADER + 16, 513), "descriptor 0 file offset", true);
        log(b -> b.putLong(LOG_HEADER + 16, -4096), "descriptor 0 file offset", true);
        log(b -> b.putLong(LOG_HEADER + 16, 1L << 50), "descriptor 0 file offset", true);
        log(b -> b.putInt(LOG_HEADER, ZERO_DESCRIPTOR).putLong(LOG_HEADER + 8, 3), "descriptor 0 zero length", true);
        log(b -> b.putInt(LOG_HEADER, ZERO_DESCRIPTOR).putLong(LOG_HEADER + 8, -4096), "descriptor 0 zero length", true);
        logData(b -> b.putInt(PAGE, 0), "data sector is missing", true);
        logData(b -> b.putInt(PAGE + 4, 1), "data sector 0 sequence number", true);
        logData(b -> b.putInt(2 * PAGE - 4, 1), "data sector 0 sequence number", true);
        log(b -> b.putLong(LOG_FLUSHED, 1L << 50), "flushed file offset", true);
        log(b -> b.putLong(LOG_LAST, -1), "last file offset", true);
        log(b -> b.putLong(LOG_LAST, 1L << 60), "last file offset", true);
    }

    /** A disk cut off anywhere is refused or read, and not written. */
    @Test
    void truncated() {
        for (int length : new int[] {0, 1, 511, 512, 4096, 64 << 10, (64 << 10) + 100, 192 << 10, 1 << 20, (1 << 20) + 1, 2 << 20, 3 << 20, sound.length - (1 << 20), sound.length - 1}) {
            byte[] cut = java.util.Arrays.copyOf(sound, length);
            folder.put("disk", cut);
            try (VirtualDisk disk = chain.open("disk", false)) {
                assertThat(disk.format()).as("of " + length + " bytes").isEqualTo(VirtualDisk.Format.RAW);
            } catch (DiskException e) {
                assertThat(e.getMessage()).startsWith("disk disk: ").doesNotContain("\n");
                assertThat(folder.last.get("disk").steps()).isZero();
            }
        }
    }
}
