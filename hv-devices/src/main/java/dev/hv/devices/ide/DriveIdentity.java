package dev.hv.devices.ide;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.Disk;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The 256 words that a disk answers IDENTIFY DEVICE with (ATA/ATAPI-7, 6.17). */
public final class DriveIdentity {

    /** Most sectors of a block of READ and WRITE MULTIPLE. */
    static final int MOST_MULTIPLE = 16;
    static final int HEADS = 16;
    static final int SECTORS_PER_TRACK = 63;
    private static final int MOST_CYLINDERS = 16383;
    private static final long MOST_LBA28 = 0x0FFF_FFFF;
    private static final int WORD_DMA = 0x0700;
    private static final int NANOS_PER_WORD = 120;
    private static final int INTEGRITY_WORD = 510;
    private static final int INTEGRITY = 0xA5;

    private DriveIdentity() {}

    /** Sectors of a disk. */
    static long sectors(Disk disk) {
        return disk.size() / AtaFormat.SECTOR;
    }

    /** Cylinders that a disk shows by default. */
    static int cylinders(Disk disk) {
        return (int) Math.clamp(sectors(disk) / (HEADS * SECTORS_PER_TRACK), 1, MOST_CYLINDERS);
    }

    /** Fills 512 bytes. */
    public static void fill(byte[] to, Disk disk, DriveSettings settings, String serial) {
        Arrays.fill(to, 0, AtaFormat.SECTOR, (byte) 0);
        long sectors = sectors(disk);
        word(to, 0, 0x0040);
        word(to, 1, cylinders(disk));
        word(to, 3, HEADS);
        word(to, 6, SECTORS_PER_TRACK);
        text(to, 10, 10, serial);
        text(to, 23, 4, "1.0");
        text(to, 27, 20, "hv disk");
        word(to, 47, 0x8000 | MOST_MULTIPLE);
        // DMA, LBA, IORDY
        word(to, 49, 0x0F00);
        word(to, 50, 0x4000);
        // words 54 … 58, 64 … 70 and 88 are valid
        word(to, 53, 0x0007);
        word(to, 54, settings.cylinders());
        word(to, 55, settings.heads());
        word(to, 56, settings.sectorsPerTrack());
        int current = settings.cylinders() * settings.heads() * settings.sectorsPerTrack();
        word(to, 57, current);
        word(to, 58, current >>> 16);
        word(to, 59, settings.multiple() == 0 ? 0 : 0x0100 | settings.multiple());
        long lba28 = Math.min(sectors, MOST_LBA28);
        word(to, 60, (int) lba28);
        word(to, 61, (int) (lba28 >>> 16));
        word(to, 63, 0x0007 | (settings.multiwordMode() < 0 ? 0 : 1 << 8 + settings.multiwordMode()) & WORD_DMA);
        word(to, 64, 0x0003);
        for (int i = 65; i <= 68; i++) {
            word(to, i, NANOS_PER_WORD);
        }
        // ATA-4 to ATA-7
        word(to, 80, 0x00F0);
        // supported, enabled: write cache, look-ahead; LBA48, FLUSH CACHE and its EXT form
        word(to, 82, 0x0060);
        word(to, 83, 0x7400);
        word(to, 84, 0x4000);
        word(to, 85, (settings.writeCache() ? 0x0020 : 0) | (settings.lookAhead() ? 0x0040 : 0));
        word(to, 86, 0x3400);
        word(to, 87, 0x4000);
        word(to, 88, 0x003F | (settings.ultraMode() < 0 ? 0 : 1 << 8 + settings.ultraMode()));
        for (int i = 0; i < 4; i++) {
            word(to, 100 + i, (int) (sectors >>> 16 * i));
        }
        int perPhysical = disk.physicalSectorSize() / AtaFormat.SECTOR;
        if (perPhysical > 1) {
            word(to, 106, 0x6000 | Integer.numberOfTrailingZeros(perPhysical));
        }
        seal(to);
    }

    /** Sets the check sum in the last word anew. */
    public static void seal(byte[] to) {
        to[INTEGRITY_WORD] = (byte) INTEGRITY;
        int sum = 0;
        for (int i = 0; i <= INTEGRITY_WORD; i++) {
            sum += to[i];
        }
        to[INTEGRITY_WORD + 1] = (byte) -sum;
    }

    private static void word(byte[] to, int index, int value) {
        LittleEndian.put16(to, 2 * index, value);
    }

    /** Text fills words from their high byte on, padded with spaces. */
    private static void text(byte[] to, int first, int words, String text) {
        byte[] b = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 2 * words; i++) {
            to[2 * first + (i ^ 1)] = i < b.length ? b[i] : (byte) ' ';
        }
    }
}
