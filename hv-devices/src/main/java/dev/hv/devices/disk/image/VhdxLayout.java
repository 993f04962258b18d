package dev.hv.devices.disk.image;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Where things are in a VHDX. Numbers are little-endian. [MS-VHDX] section 2. */
final class VhdxLayout {

    static final long MIB = 1 << 20;
    static final int PAGE = 4096;
    static final int TABLE = 64 << 10;

    static final String FILE_SIGNATURE = "vhdxfile";
    static final long[] HEADERS = {64 << 10, 128 << 10};
    static final long[] REGION_TABLES = {192 << 10, 256 << 10};

    static final int HEADER_SIGNATURE = 0x6461_6568;
    static final int CHECKSUM = 4;
    static final int SEQUENCE = 8;
    static final int FILE_WRITE_GUID = 16;
    static final int DATA_WRITE_GUID = 32;
    static final int LOG_GUID = 48;
    static final int LOG_VERSION = 64;
    static final int VERSION = 66;
    static final int LOG_LENGTH = 68;
    static final int LOG_OFFSET = 72;

    static final int REGION_SIGNATURE = 0x6967_6572;
    static final int REGION_COUNT = 8;
    static final int REGION_ENTRIES = 16;
    static final int ENTRY = 32;
    static final int MOST_ENTRIES = 2047;

    static final String METADATA_SIGNATURE = "metadata";
    static final int METADATA_COUNT = 10;
    static final int METADATA_ENTRIES = 32;
    static final int IS_USER = 1;
    static final int IS_VIRTUAL_DISK = 2;
    static final int IS_REQUIRED = 4;

    static final UUID BAT = UUID.fromString("2dc27766-f623-4200-9d64-115e9bfd4a08");
    static final UUID METADATA = UUID.fromString("8b7ca206-4790-4b9a-b8fe-575f050f886e");
    static final UUID FILE_PARAMETERS = UUID.fromString("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    static final UUID DISK_SIZE = UUID.fromString("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    static final UUID DISK_ID = UUID.fromString("beca12ab-b2e6-4523-93ef-c309e000c746");
    static final UUID LOGICAL_SECTOR = UUID.fromString("8141bf1d-a96f-4709-ba47-f233a8faab5f");
    static final UUID PHYSICAL_SECTOR = UUID.fromString("cda348c7-445d-4471-9cc9-e9885251c556");
    static final UUID PARENT_LOCATOR = UUID.fromString("a8d35f2d-b30b-454d-abf7-d3d84834ab0c");
    static final UUID LOCATOR_TYPE = UUID.fromString("b04aefb7-d19e-4a81-b789-25b8e9445913");
    static final UUID NONE = new UUID(0, 0);

    static final int LEAVE_ALLOCATED = 1;
    static final int HAS_PARENT = 2;

    static final int NOT_PRESENT = 0;
    static final int UNDEFINED = 1;
    static final int ZERO = 2;
    static final int UNMAPPED = 3;
    static final int FULLY_PRESENT = 6;
    static final int PARTIALLY_PRESENT = 7;
    static final long STATE = 7;
    static final long RESERVED = 0xF_FFF8;

    static final int LOG_SIGNATURE = 0x6567_6F6C;
    static final int LOG_ENTRY_LENGTH = 8;
    static final int LOG_TAIL = 12;
    static final int LOG_SEQUENCE = 16;
    static final int LOG_DESCRIPTORS = 24;
    static final int LOG_ENTRY_GUID = 32;
    static final int LOG_FLUSHED = 48;
    static final int LOG_LAST = 56;
    static final int LOG_HEADER = 64;
    static final int DESCRIPTOR = 32;
    static final int DATA_DESCRIPTOR = 0x6373_6564;
    static final int ZERO_DESCRIPTOR = 0x6F72_657A;
    static final int DATA_SECTOR = 0x6174_6164;

    static final int LARGEST_BLOCK = 256 << 20;
    static final long LARGEST_DISK = 64L << 40;
    /** Sectors that a sector bitmap block has bits for. */
    static final long BITMAP_SECTORS = 1 << 23;

    private VhdxLayout() {}

    /** Numbers of a structure. */
    static ByteBuffer wrap(byte[] b) {
        return ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** CRC-32C of bytes, with four of them taken for zero. */
    static int crc(byte[] b, int length) {
        var crc = new CRC32C();
        crc.update(b, 0, CHECKSUM);
        crc.update(new byte[4], 0, 4);
        crc.update(b, CHECKSUM + 4, length - CHECKSUM - 4);
        return (int) crc.getValue();
    }

    /** The first three parts of a GUID are little-endian. */
    static UUID guid(byte[] b, int at) {
        ByteBuffer g = wrap(b);
        return new UUID((long) g.getInt(at) << 32 | (g.getShort(at + 4) & 0xFFFFL) << 16 | g.getShort(at + 6) & 0xFFFFL, Long.reverseBytes(g.getLong(at + 8)));
    }

    static void putGuid(byte[] b, int at, UUID id) {
        long high = id.getMostSignificantBits();
        wrap(b).putInt(at, (int) (high >>> 32)).putShort(at + 4, (short) (high >>> 16)).putShort(at + 6, (short) high).putLong(at + 8, Long.reverseBytes(id.getLeastSignificantBits()));
    }

    static long u32(byte[] b, int at) {
        return LittleEndian.u32(b, at) & 0xFFFF_FFFFL;
    }

    /** Payload blocks for each sector bitmap block. [MS-VHDX] section 2.5: the chunk ratio. */
    static int chunkRatio(int sector, int block) {
        return (int) (BITMAP_SECTORS * sector / block);
    }

    /** Entries of the table: those of bitmaps stand behind their payload blocks, and that of the last chunk is left out without a parent. */
    static long batEntries(long size, int sector, int block, boolean parent) {
        long blocks = (size + block - 1) / block;
        int ratio = chunkRatio(sector, block);
        return parent ? (blocks + ratio - 1) / ratio * (ratio + 1) : blocks + (blocks - 1) / ratio;
    }
}
