package dev.hv.devices.disk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every field of a dynamic VHD's footer, header and table with values that it must not have: refused by name, and the file is not written. Check sums are right unless they are what is wrong. */
class BadVhdTest {

    private static final int SIZE = 6 << 20;
    private static final int HEADER = 512;

    private final CutFile.Folder folder = new CutFile.Folder();
    private final DiskChain chain = new DiskChain(folder);
    private byte[] sound;
    private int table;

    @BeforeEach
    void disk() throws Exception {
        chain.create("disk", VirtualDisk.Format.VHD, VirtualDisk.Kind.DYNAMIC, SIZE, 1 << 20, 512);
        CutFile file;
        try (VirtualDisk disk = chain.open("disk", false)) {
            file = folder.last.get("disk");
            byte[] b = new byte[512];
            b[0] = 1;
            for (int i = 0; i < 3; i++) {
                assertThat(disk.write((long) i << 20, b, 0, b.length)).isEqualTo(DiskStatus.OK);
            }
        }
        sound = file.contents();
        table = (int) ByteBuffer.wrap(sound).getLong(HEADER + VhdHeader.TABLE_OFFSET);
    }

    private void refused(byte[] bad, String field) {
        folder.put("disk", bad);
        assertThatThrownBy(() -> chain.open("disk", false).close()).as(field).isInstanceOf(DiskException.class).hasMessageStartingWith("disk disk: ").hasMessageContaining(field).message().doesNotContain("\n");
        assertThat(folder.last.get("disk").steps()).as("changes of the file: " + field).isZero();
    }

    private static byte[] changed(byte[] of, int at, int length, int checksum, boolean sealed, Consumer<ByteBuffer> change) {
        byte[] b = of.clone();
        byte[] part = Arrays.copyOfRange(b, at, at + length);
        change.accept(ByteBuffer.wrap(part));
        if (sealed) {
            ByteBuffer.wrap(part).putInt(checksum, VhdFooter.sum(part, length, checksum));
        }
        System.arraycopy(part, 0, b, at, length);
        return b;
    }

    private void footer(String field, Consumer<ByteBuffer> change, boolean sealed) throws Exception {
        byte[] end = changed(sound, sound.length - VhdFooter.SIZE, VhdFooter.SIZE, VhdFooter.CHECKSUM, sealed, change);
        folder.put("disk", end);
        try (VirtualDisk disk = chain.open("disk", true)) {
            assertThat(disk.size()).as("the copy at the beginning counts: " + field).isEqualTo(SIZE);
        }
        refused(changed(end, 0, VhdFooter.SIZE, VhdFooter.CHECKSUM, sealed, change), "footer");
        refused(changed(end, 0, VhdFooter.SIZE, VhdFooter.CHECKSUM, sealed, change), field);
    }

    @Test
    void footers() throws Exception {
        footer("checksum", b -> b.putInt(VhdFooter.CHECKSUM, b.getInt(VhdFooter.CHECKSUM) ^ 1), false);
        footer("checksum", b -> b.put(VhdFooter.SIZE - 1, (byte) 1), false);
        footer("features", b -> b.putInt(VhdFooter.FEATURES, 0x10), true);
        footer("file format version", b -> b.putInt(VhdFooter.VERSION, 0x0002_0000), true);
        for (int type : new int[] {0, 1, 5, -1}) {
            footer("disk type", b -> b.putInt(VhdFooter.TYPE, type), true);
        }
        for (long size : new long[] {0, -512, 513, VhdFooter.MOST + 512, Long.MIN_VALUE}) {
            footer("current size", b -> b.putLong(VhdFooter.CURRENT_SIZE, size), true);
        }
        byte[] bad = sound;
        for (int at : new int[] {0, sound.length - VhdFooter.SIZE}) {
            bad = changed(bad, at, VhdFooter.SIZE, VhdFooter.CHECKSUM, true, b -> b.putLong(VhdFooter.CURRENT_SIZE, VhdFooter.MOST));
        }
        refused(bad, "max table entries");
        for (long offset : new long[] {0, -1, 1L << 40, 100, Long.MIN_VALUE}) {
            byte[] b1 = sound;
            for (int at : new int[] {0, sound.length - VhdFooter.SIZE}) {
                b1 = changed(b1, at, VhdFooter.SIZE, VhdFooter.CHECKSUM, true, b -> b.putLong(VhdFooter.DATA_OFFSET, offset));
            }
            refused(b1, offset == 0 || offset == 100 ? "disk" : "footer data offset");
        }
    }

    private void header(String field, Consumer<ByteBuffer> change, boolean sealed) {
        refused(changed(sound, HEADER, VhdHeader.SIZE, VhdHeader.CHECKSUM, sealed, change), "dynamic header " + field);
    }

    @Test
    void header() {
        header("cookie", b -> b.put(0, (byte) 'C'), true);
        header("checksum", b -> b.putInt(VhdHeader.CHECKSUM, b.getInt(VhdHeader.CHECKSUM) ^ 1), false);
        header("checksum", b -> b.put(VhdHeader.SIZE - 1, (byte) 1), false);
        header("version", b -> b.putInt(VhdHeader.VERSION, 0x0002_0000), true);
        for (int block : new int[] {0, 512, 3 << 20, 1 << 29, -1, Integer.MIN_VALUE}) {
            header("block size", b -> b.putInt(VhdHeader.BLOCK_SIZE, block), true);
        }
        for (int entries : new int[] {0, 5}) {
            header("max table entries", b -> b.putInt(VhdHeader.ENTRIES, entries), true);
        }
        header("table offset", b -> b.putInt(VhdHeader.ENTRIES, -1), true);
        for (long offset : new long[] {0, 512, 1024, 1537, 1L << 40, -512, Long.MIN_VALUE}) {
            header("table offset", b -> b.putLong(VhdHeader.TABLE_OFFSET, offset), true);
        }
    }

    private void bat(int index, int sector, String why) {
        refused(changed(sound, table + 4 * index, 4, 0, false, b -> b.putInt(0, sector)), "BAT entry " + index + ": " + why);
    }

    @Test
    void table() {
        int first = ByteBuffer.wrap(sound).getInt(table);
        assertThat(first).as("a block is there").isPositive();
        bat(0, 0, "sector 0: the block would lie over");
        bat(0, 1, "sector 1: the block would lie over");
        bat(0, table / 512, "sector " + table / 512 + ": the block would lie over");
        bat(0, 0x7FFF_FFFF, "sector 2147483647: the block ends behind");
        bat(0, -2, "sector 4294967294: the block ends behind");
        refused(changed(sound, table + 4, 4, 0, false, b -> b.putInt(0, first)), "overlaps the block of BAT entry");
        refused(changed(sound, table + 8, 4, 0, false, b -> b.putInt(0, first + 1)), "overlaps the block of BAT entry");
    }

    /** A disk cut off anywhere is refused, read by its footer's copy, or no VHD any more; and it is not written. */
    @Test
    void truncated() {
        for (int length : new int[] {0, 1, 511, 512, 1024, 1536, table, table + 512, sound.length - 512, sound.length - 1}) {
            folder.put("disk", Arrays.copyOf(sound, length));
            try (VirtualDisk disk = chain.open("disk", true)) {
                assertThat(disk.size()).isEqualTo(SIZE);
            } catch (DiskException e) {
                assertThat(e.getMessage()).startsWith("disk disk: ").doesNotContain("\n");
            }
            assertThat(folder.last.get("disk").steps()).isZero();
        }
    }
}
