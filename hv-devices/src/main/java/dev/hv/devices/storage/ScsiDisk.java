package dev.hv.devices.storage;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A direct-access block device (SPC-3, SBC-3) on a {@link Disk}. Its write cache is the host's: SYNCHRONIZE CACHE makes data safe. */
final class ScsiDisk implements ScsiDevice {

    private static final Logger LOG = LoggerFactory.getLogger(ScsiDisk.class);
    private static final int VERSION = 1;
    private static final int PIECE = 1 << 20;
    private static final int FUA = 1 << 3;
    private static final int CACHING_PAGE = 0x08;
    private static final int ALL_PAGES = 0x3F;
    /** Longest UNMAP and transfer that are announced, in bytes. */
    private static final long LONGEST = 32 << 20;
    private static final int MOST_DESCRIPTORS = 256;
    private static final int MOST_WARNINGS = 20;

    private final Disk disk;
    private final String serial;
    private final byte[] piece = new byte[PIECE];
    private boolean writeCache = true;
    private Sense attention = Sense.POWER_ON;
    private int warnings;

    /**
     * A disk.
     *
     * @param serial serial number, up to 20 printable characters
     */
    ScsiDisk(Disk disk, String serial) {
        this.disk = disk;
        this.serial = serial;
    }

    @Override
    public void execute(ScsiCommand c) {
        int opcode = c.u8(0);
        boolean always = opcode == 0x12 || opcode == 0xA0 || opcode == 0x03;
        if (attention != null && !always) {
            Sense why = attention;
            attention = null;
            c.fail(why);
            return;
        }
        try {
            switch (opcode) {
                // TEST UNIT READY, START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL
                case 0x00, 0x1B, 0x1E -> { }
                case 0x03 -> requestSense(c);
                case 0x12 -> inquiry(c);
                case 0x15, 0x55 -> modeSelect(c);
                case 0x1A -> modeSense(c, false);
                case 0x5A -> modeSense(c, true);
                case 0x25 -> readCapacity10(c);
                case 0x9E -> serviceActionIn(c);
                case 0x08 -> read(c, c.u32(0) & 0x1F_FFFF, c.u8(4) == 0 ? 256 : c.u8(4));
                case 0x28 -> read(c, c.u32(2), c.u16(7));
                case 0xA8 -> read(c, c.u32(2), c.u32(6));
                case 0x88 -> read(c, c.u64(2), c.u32(10));
                case 0x0A -> write(c, c.u32(0) & 0x1F_FFFF, c.u8(4) == 0 ? 256 : c.u8(4), false);
                case 0x2A -> write(c, c.u32(2), c.u16(7), (c.u8(1) & FUA) != 0);
                case 0xAA -> write(c, c.u32(2), c.u32(6), (c.u8(1) & FUA) != 0);
                case 0x8A -> write(c, c.u64(2), c.u32(10), (c.u8(1) & FUA) != 0);
                case 0x2F -> check(c, c.u32(2), c.u16(7));
                case 0x8F -> check(c, c.u64(2), c.u32(10));
                case 0x35, 0x91 -> disk.flush();
                case 0x42 -> unmap(c);
                case 0xA0 -> reportLuns(c);
                default -> c.fail(Sense.INVALID_OPCODE);
            }
        } catch (IOException e) {
            hostError(c, e, opcode);
        }
    }

    private void hostError(ScsiCommand c, IOException e, int opcode) {
        if (warnings++ < MOST_WARNINGS) {
            LOG.warn("disk {}: command {}: {}", serial, Integer.toHexString(opcode), e.toString());
        }
        String text = String.valueOf(e.getMessage());
        boolean writing = opcode != 0x08 && opcode != 0x28 && opcode != 0xA8 && opcode != 0x88;
        if (text.contains("No space left") || text.contains("Disk quota exceeded")) {
            c.fail(Sense.NO_SPACE);
        } else {
            c.fail(writing ? Sense.WRITE_ERROR : Sense.READ_ERROR);
        }
    }

    private long blocks() {
        return disk.size() / disk.sectorSize();
    }

    // ---- data ----------------------------------------------------------------------------------------------------------

    private boolean check(ScsiCommand c, long block, long count) {
        if (block < 0 || count < 0 || block > blocks() - count) {
            c.fail(Sense.OUT_OF_RANGE);
            return false;
        }
        return true;
    }

    /** Bytes that a transfer moves; -1 when there is no room for them. */
    private long bytes(ScsiCommand c, long count, boolean fromDevice) {
        long bytes = count * disk.sectorSize();
        if (bytes > 0 && (c.data == null || c.fromDevice != fromDevice || c.allocation < bytes || c.data.length() < bytes)) {
            c.fail(Sense.INVALID_FIELD);
            return -1;
        }
        return bytes;
    }

    private void read(ScsiCommand c, long block, long count) throws IOException {
        if (!check(c, block, count)) {
            return;
        }
        long bytes = bytes(c, count, true);
        long from = block * disk.sectorSize();
        for (long done = 0; done < bytes; ) {
            int n = (int) Math.min(PIECE, bytes - done);
            disk.read(from + done, piece, 0, n);
            if (!c.data.write(done, piece, 0, n)) {
                c.fail(Sense.HARDWARE_ERROR);
                return;
            }
            done += n;
            c.transferred = done;
        }
    }

    private void write(ScsiCommand c, long block, long count, boolean unitAccess) throws IOException {
        if (disk.readOnly()) {
            c.fail(Sense.WRITE_PROTECTED);
            return;
        }
        if (!check(c, block, count)) {
            return;
        }
        long bytes = bytes(c, count, false);
        long to = block * disk.sectorSize();
        for (long done = 0; done < bytes; ) {
            int n = (int) Math.min(PIECE, bytes - done);
            if (!c.data.read(done, piece, 0, n)) {
                c.fail(Sense.HARDWARE_ERROR);
                return;
            }
            disk.write(to + done, piece, 0, n);
            done += n;
            c.transferred = done;
        }
        if (bytes > 0 && (unitAccess || !writeCache)) {
            disk.flush();
        }
    }

    /** UNMAP (SBC-3, 5.28): descriptors of block u64 and count u32 behind a header of 8 bytes. */
    private void unmap(ScsiCommand c) throws IOException {
        int length = (int) Math.min(c.u16(7), c.allocation);
        byte[] list = new byte[length];
        if (length == 0) {
            return;
        }
        if (disk.readOnly()) {
            c.fail(Sense.WRITE_PROTECTED);
            return;
        }
        if (length < 8 || c.data == null || c.fromDevice || !c.data.read(0, list, 0, length)) {
            c.fail(Sense.INVALID_PARAMETER_LIST);
            return;
        }
        int descriptors = Math.min((list[2] & 0xFF) << 8 | list[3] & 0xFF, length - 8) / 16;
        if (descriptors > MOST_DESCRIPTORS) {
            c.fail(Sense.INVALID_PARAMETER_LIST);
            return;
        }
        for (int i = 0; i < descriptors; i++) {
            long block = big(list, 8 + 16 * i, 8);
            long count = big(list, 16 + 16 * i, 4);
            if (count * disk.sectorSize() > LONGEST) {
                c.fail(Sense.INVALID_PARAMETER_LIST);
                return;
            }
            if (!check(c, block, count)) {
                return;
            }
            disk.discard(block * disk.sectorSize(), count * disk.sectorSize());
        }
        c.transferred = length;
    }

    // ---- what it is ----------------------------------------------------------------------------------------------------

    private void inquiry(ScsiCommand c) {
        int page = c.u8(2);
        if ((c.u8(1) & 1) == 0) {
            if (page != 0) {
                c.fail(Sense.INVALID_FIELD);
                return;
            }
            c.reply(standardInquiry(), c.u16(3));
            return;
        }
        byte[] data = switch (page) {
            case 0x00 -> vital(page, new byte[] {0x00, (byte) 0x80, (byte) 0x83, (byte) 0xB0, (byte) 0xB1, (byte) 0xB2});
            case 0x80 -> vital(page, ascii(serial));
            case 0x83 -> vital(page, identification());
            case 0xB0 -> vital(page, limits());
            case 0xB1 -> vital(page, characteristics());
            // logical block provisioning: UNMAP, unmapped blocks read as zeros, thin
            case 0xB2 -> vital(page, new byte[] {0, (byte) 0x84, 2, 0});
            default -> null;
        };
        if (data == null) {
            c.fail(Sense.INVALID_FIELD);
        } else {
            c.reply(data, c.u16(3));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** SPC-3, command queuing, in the words of Hyper-V's virtual disks. */
    private static byte[] standardInquiry() {
        byte[] b = new byte[36];
        b[2] = 5;
        b[3] = 2;
        b[4] = 31;
        b[7] = 2;
        System.arraycopy(ascii("Msft    Virtual Disk    1.0 "), 0, b, 8, 28);
        return b;
    }

    private static byte[] vital(int page, byte[] body) {
        byte[] b = new byte[4 + body.length];
        b[1] = (byte) page;
        b[2] = (byte) (body.length >>> 8);
        b[3] = (byte) body.length;
        System.arraycopy(body, 0, b, 4, body.length);
        return b;
    }

    /** A designator of type T10 vendor identification, in ASCII, of the logical unit. */
    private byte[] identification() {
        byte[] id = ascii("Msft    " + serial);
        byte[] b = new byte[4 + id.length];
        b[0] = 2;
        b[1] = 1;
        b[3] = (byte) id.length;
        System.arraycopy(id, 0, b, 4, id.length);
        return b;
    }

    /** Block limits (SBC-3, 6.5.3): longest transfer, longest UNMAP, its descriptors and granularity. */
    private byte[] limits() {
        byte[] b = new byte[60];
        int sector = disk.sectorSize();
        put(b, 2, 2, 4096 / sector);
        put(b, 4, 4, LONGEST / sector);
        put(b, 8, 4, PIECE / sector);
        put(b, 16, 4, LONGEST / sector);
        put(b, 20, 4, MOST_DESCRIPTORS);
        put(b, 24, 4, 4096 / sector);
        return b;
    }

    /** Block device characteristics: no rotation. */
    private static byte[] characteristics() {
        byte[] b = new byte[60];
        b[1] = 1;
        return b;
    }

    private static void put(byte[] b, int at, int size, long value) {
        for (int i = 0; i < size; i++) {
            b[at + i] = (byte) (value >>> 8 * (size - 1 - i));
        }
    }

    private static long big(byte[] b, int at, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = value << 8 | b[at + i] & 0xFF;
        }
        return value;
    }

    private void readCapacity10(ScsiCommand c) {
        byte[] b = new byte[8];
        put(b, 0, 4, Math.min(blocks() - 1, 0xFFFF_FFFFL));
        put(b, 4, 4, disk.sectorSize());
        c.reply(b, b.length);
    }

    /** READ CAPACITY (16). */
    private void serviceActionIn(ScsiCommand c) {
        if ((c.u8(1) & 0x1F) != 0x10) {
            c.fail(Sense.INVALID_FIELD);
            return;
        }
        byte[] b = new byte[32];
        put(b, 0, 8, blocks() - 1);
        put(b, 8, 4, disk.sectorSize());
        // 2^3 logical blocks of 512 bytes a physical one
        b[13] = (byte) Integer.numberOfTrailingZeros(Math.max(1, 4096 / disk.sectorSize()));
        // provisioning management enabled, unmapped blocks read as zeros
        b[14] = (byte) 0xC0;
        c.reply(b, c.u32(10));
    }

    private void requestSense(ScsiCommand c) {
        Sense s = attention == null ? Sense.NONE : attention;
        attention = null;
        c.reply(s.bytes(), c.u8(4));
    }

    private void reportLuns(ScsiCommand c) {
        byte[] b = new byte[16];
        b[3] = 8;
        c.reply(b, c.u32(6));
    }

    private void modeSense(ScsiCommand c, boolean ten) {
        int page = c.u8(2) & 0x3F;
        int control = c.u8(2) >>> 6;
        if (page != CACHING_PAGE && page != ALL_PAGES) {
            c.fail(Sense.INVALID_FIELD);
            return;
        }
        if (control == 3) {
            // saved values are not there
            c.fail(new Sense(5, 0x3900));
            return;
        }
        int header = ten ? 8 : 4;
        byte[] b = new byte[header + 20];
        put(b, 0, ten ? 2 : 1, b.length - (ten ? 2 : 1));
        // write protection, and DPO and FUA
        b[ten ? 3 : 2] = (byte) ((disk.readOnly() ? 0x80 : 0) | 0x10);
        b[header] = CACHING_PAGE;
        b[header + 1] = 18;
        b[header + 2] = (byte) (control == 1 || writeCache ? 4 : 0);
        c.reply(b, ten ? c.u16(7) : c.u8(4));
    }

    /** The write cache can be switched. */
    private void modeSelect(ScsiCommand c) throws IOException {
        boolean ten = c.u8(0) == 0x55;
        int length = (int) Math.min(ten ? c.u16(7) : c.u8(4), c.allocation);
        byte[] b = new byte[length];
        int header = ten ? 8 : 4;
        if (length == 0) {
            return;
        }
        if (length < header || c.data == null || c.fromDevice || !c.data.read(0, b, 0, length)) {
            c.fail(Sense.INVALID_PARAMETER_LIST);
            return;
        }
        int at = header + (ten ? (int) big(b, 6, 2) : b[3] & 0xFF);
        if (at + 3 <= length && (b[at] & 0x3F) == CACHING_PAGE) {
            writeCache = (b[at + 2] & 4) != 0;
            if (!writeCache) {
                disk.flush();
            }
        } else if (at < length) {
            c.fail(Sense.INVALID_PARAMETER_LIST);
            return;
        }
        c.transferred = length;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("scsi-disk", VERSION);
        out.put(writeCache);
        out.put(attention == null ? 0 : attention.key());
        out.put(attention == null ? 0 : attention.code());
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("scsi-disk");
        writeCache = in.takeBoolean();
        int key = (int) in.take();
        int code = (int) in.take();
        attention = key == 0 ? null : new Sense(key, code);
        in.end();
    }
}
