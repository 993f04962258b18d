package dev.hv.devices.storage;

import dev.hv.devices.disk.Disk;

/** Mode pages of a disk (SBC-3 section 6.4): the write cache can be switched off. */
final class DiskModes implements ModePages.Unit {

    private static final int WRITE_CACHE = 0x04;
    private static final int UNRESTRICTED_REORDERING = 0x10;
    private static final int DPO_FUA = 0x10;
    private static final int WRITE_PROTECT = 0x80;

    private final Disk disk;
    private boolean writeCache = true;

    DiskModes(Disk disk) {
        this.disk = disk;
    }

    boolean writeCache() {
        return writeCache;
    }

    void setWriteCache(boolean on) {
        writeCache = on;
    }

    @Override
    public int[] pages() {
        return new int[] {ModePages.CACHING, ModePages.CONTROL, ModePages.INFORMATIONAL_EXCEPTIONS};
    }

    @Override
    public byte[] page(int number, int control) {
        byte[] b = new byte[number == ModePages.CACHING ? 20 : 12];
        b[0] = (byte) number;
        b[1] = (byte) (b.length - 2);
        if (number == ModePages.CACHING) {
            b[2] = (byte) (control != ModePages.CURRENT || writeCache ? WRITE_CACHE : 0);
        } else if (number == ModePages.CONTROL && control != ModePages.CHANGEABLE) {
            b[3] = UNRESTRICTED_REORDERING;
        }
        return b;
    }

    @Override
    public int deviceSpecific() {
        return DPO_FUA | (disk.readOnly() ? WRITE_PROTECT : 0);
    }

    @Override
    public byte[] blockDescriptor() {
        byte[] b = new byte[8];
        Wire.putBig32(b, 0, (int) Math.min(disk.size() / disk.sectorSize(), 0xFFFF_FFFFL));
        // three bytes of length behind a reserved one
        Wire.putBig32(b, 4, disk.sectorSize());
        return b;
    }

    @Override
    public void select(int number, byte[] page) {
        if (number == ModePages.CACHING) {
            writeCache = (page[2] & WRITE_CACHE) != 0;
        }
    }
}
