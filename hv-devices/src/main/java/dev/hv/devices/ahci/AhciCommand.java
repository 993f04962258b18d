package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;
import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.cpu.memory.LittleEndian;

/**
 * A command that a port has taken from its list.
 *
 * @param slot its place there
 * @param fis the host-to-device register FIS, 20 bytes
 */
record AhciCommand(int slot, byte[] fis) {

    int code() {
        return fis[2] & 0xFF;
    }

    int features() {
        return fis[3] & 0xFF | (fis[11] & 0xFF) << 8;
    }

    int count() {
        return LittleEndian.u16(fis, 12);
    }

    boolean queued() {
        return code() == READ_QUEUED || code() == WRITE_QUEUED;
    }

    /** Tag of a queued command. */
    int tag() {
        return (fis[12] & 0xFF) >> 3;
    }

    boolean writes() {
        return switch (code()) {
            case WRITE_QUEUED, WRITE_DMA, WRITE_DMA_EXT, WRITE_SECTORS, WRITE_SECTORS_EXT, WRITE_MULTIPLE, WRITE_MULTIPLE_EXT, WRITE_DMA_FUA_EXT, WRITE_MULTIPLE_FUA_EXT -> true;
            default -> false;
        };
    }

    boolean reads() {
        return switch (code()) {
            case READ_QUEUED, READ_DMA, READ_DMA_EXT, READ_SECTORS, READ_SECTORS_EXT, READ_MULTIPLE, READ_MULTIPLE_EXT -> true;
            default -> false;
        };
    }

    /** Whether it reads the medium for its own sake: no data goes to the system. */
    boolean verifies() {
        return code() == READ_VERIFY || code() == READ_VERIFY_EXT;
    }

    /** Whether sectors are named by 48 bits. */
    boolean extended() {
        return switch (code()) {
            case READ_DMA, WRITE_DMA, READ_SECTORS, WRITE_SECTORS, READ_MULTIPLE, WRITE_MULTIPLE, READ_VERIFY -> false;
            default -> true;
        };
    }

    /** Whether data goes by programmed I/O, which the port does for the system. */
    boolean pio() {
        return switch (code()) {
            case READ_SECTORS, READ_SECTORS_EXT, WRITE_SECTORS, WRITE_SECTORS_EXT, IDENTIFY, READ_LOG_EXT -> true;
            default -> multiple();
        };
    }

    /** Whether its sectors go in blocks of SET MULTIPLE MODE. */
    boolean multiple() {
        return switch (code()) {
            case READ_MULTIPLE, READ_MULTIPLE_EXT, WRITE_MULTIPLE, WRITE_MULTIPLE_EXT, WRITE_MULTIPLE_FUA_EXT -> true;
            default -> false;
        };
    }

    /** Whether what is written is durable when the command ends. */
    boolean through() {
        return code() == WRITE_DMA_FUA_EXT || code() == WRITE_MULTIPLE_FUA_EXT || code() == WRITE_QUEUED && (fis[7] & 0x80) != 0;
    }

    long sector() {
        long low = fis[4] & 0xFFL | (fis[5] & 0xFFL) << 8 | (fis[6] & 0xFFL) << 16;
        return extended() ? low | (fis[8] & 0xFFL) << 24 | (fis[9] & 0xFFL) << 32 | (fis[10] & 0xFFL) << 40 : low | (fis[7] & 0x0FL) << 24;
    }

    /** Leaves the sector at which it has failed where the command named its first one: so the device's registers have it. */
    void failedAt(long sector) {
        LittleEndian.put(fis, 4, 3, sector);
        if (extended()) {
            LittleEndian.put(fis, 8, 3, sector >> 24);
        } else {
            fis[7] = (byte) (fis[7] & 0xF0 | (int) (sector >> 24) & 0x0F);
        }
    }

    /** Sectors that it moves; 0 in the register means all that it can say. */
    int sectors() {
        int n = queued() ? features() : extended() ? count() : count() & 0xFF;
        return n != 0 ? n : extended() ? 1 << 16 : 1 << 8;
    }
}
