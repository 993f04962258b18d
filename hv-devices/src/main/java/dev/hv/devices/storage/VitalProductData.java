package dev.hv.devices.storage;

import dev.hv.devices.disk.Disk;
import dev.hv.vmbus.protocol.Guid;
import java.util.Locale;

/** Vital product data pages (SPC-3 section 7.6, SBC-3 section 6.5). */
final class VitalProductData {

    static final int SUPPORTED = 0x00;
    static final int SERIAL_NUMBER = 0x80;
    static final int IDENTIFICATION = 0x83;
    static final int BLOCK_LIMITS = 0xB0;
    static final int CHARACTERISTICS = 0xB1;
    static final int PROVISIONING = 0xB2;

    private static final int HEADER = 4;
    private static final int BINARY = 1;
    private static final int NAA = 3;
    private static final int NAA_SIZE = 16;
    /** NAA 6 (IEEE registered extended) with Microsoft's company id 002248, as its virtual disks have. */
    private static final int NAA_START = 0x6002_2480;
    private static final int NOT_ROTATING = 1;

    private VitalProductData() {}

    private static byte[] page(int type, int number, int length) {
        byte[] b = new byte[HEADER + length];
        b[0] = (byte) type;
        b[1] = (byte) number;
        Wire.putBig16(b, 2, length);
        return b;
    }

    /** The pages there are. */
    static byte[] supported(int type, int... pages) {
        byte[] b = page(type, SUPPORTED, pages.length);
        for (int i = 0; i < pages.length; i++) {
            b[HEADER + i] = (byte) pages[i];
        }
        return b;
    }

    /** Unit serial number: the identity as 32 hexadecimal digits. */
    static byte[] serialNumber(int type, Guid identity) {
        String text = identity.toString().replace("-", "").toUpperCase(Locale.ROOT);
        byte[] b = page(type, SERIAL_NUMBER, text.length());
        Wire.putText(b, HEADER, text.length(), text);
        return b;
    }

    /** Device identification: one designator of the unit. */
    static byte[] identification(int type, Guid identity) {
        byte[] b = page(type, IDENTIFICATION, 4 + NAA_SIZE);
        b[HEADER] = BINARY;
        b[HEADER + 1] = NAA;
        b[HEADER + 3] = NAA_SIZE;
        Wire.putBig32(b, HEADER + 4, NAA_START);
        // twelve bytes of the identity's sixteen: which ones does not matter as long as different disks differ
        Wire.putBig32(b, HEADER + 8, (int) identity.first());
        Wire.putBig64(b, HEADER + 12, identity.second() ^ identity.first() >>> 32);
        return b;
    }

    /** Block limits. */
    static byte[] blockLimits(Disk disk, long mostTransfer, long mostUnmap, int mostUnmapRanges, long mostWriteSame) {
        byte[] b = page(0, BLOCK_LIMITS, 0x3C);
        int sector = disk.sectorSize();
        b[4] = 1; // WSNZ: WRITE SAME wants a number of blocks
        Wire.putBig16(b, 6, disk.physicalSectorSize() / sector);
        Wire.putBig32(b, 8, (int) (mostTransfer / sector));
        Wire.putBig32(b, 12, (int) (mostTransfer / sector));
        if (disk.discards() && !disk.readOnly()) {
            Wire.putBig32(b, 20, (int) mostUnmap);
            Wire.putBig32(b, 24, mostUnmapRanges);
            Wire.putBig32(b, 28, disk.physicalSectorSize() / sector);
            Wire.putBig32(b, 32, 0x8000_0000); // UGAVALID, alignment 0
        }
        Wire.putBig64(b, 36, mostWriteSame);
        return b;
    }

    /** Block device characteristics. */
    static byte[] characteristics() {
        byte[] b = page(0, CHARACTERISTICS, 0x3C);
        Wire.putBig16(b, 4, NOT_ROTATING);
        return b;
    }

    /** Logical block provisioning: thin, with UNMAP and WRITE SAME for it, unmapped blocks read as zero. */
    static byte[] provisioning(Disk disk) {
        byte[] b = page(0, PROVISIONING, 4);
        if (disk.discards() && !disk.readOnly()) {
            b[5] = (byte) (0x80 | 0x40 | 0x20 | 0x04); // LBPU, LBPWS, LBPWS10, LBPRZ
            b[6] = 2;
        }
        return b;
    }
}
