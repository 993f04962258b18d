package dev.hv.devices.storage;

/** Mode pages of a DVD drive (MMC-6 section 7.2): it reads CDs and DVDs, writes nothing, has a tray and can lock it. */
final class DvdModes implements ModePages.Unit {

    /** What kinds of media can be read: CD-R, CD-RW, DVD-ROM, DVD-R. */
    private static final int READS = 0x3B;
    private static final int MULTI_SESSION_AND_MODES = 0x70;
    private static final int TRAY = 1 << 5;
    private static final int CAN_EJECT = 0x08;
    private static final int LOCKED = 0x02;
    private static final int CAN_LOCK = 0x01;
    /** Kilobytes a second of a sixteen-times DVD drive. */
    private static final int SPEED = 22160;
    private static final int BUFFER_KILOBYTES = 512;

    private boolean locked;

    boolean locked() {
        return locked;
    }

    void setLocked(boolean on) {
        locked = on;
    }

    @Override
    public int[] pages() {
        return new int[] {ModePages.ERROR_RECOVERY, ModePages.CAPABILITIES};
    }

    @Override
    public byte[] page(int number, int control) {
        byte[] b = new byte[number == ModePages.CAPABILITIES ? 22 : 12];
        b[0] = (byte) number;
        b[1] = (byte) (b.length - 2);
        if (number == ModePages.CAPABILITIES && control != ModePages.CHANGEABLE) {
            b[2] = READS;
            b[4] = MULTI_SESSION_AND_MODES;
            b[6] = (byte) (TRAY | CAN_EJECT | CAN_LOCK | (locked ? LOCKED : 0));
            Wire.putBig16(b, 8, SPEED);
            Wire.putBig16(b, 12, BUFFER_KILOBYTES);
            Wire.putBig16(b, 14, SPEED);
        }
        return b;
    }

    @Override
    public int deviceSpecific() {
        return 0;
    }

    @Override
    public byte[] blockDescriptor() {
        return null;
    }

    @Override
    public void select(int number, byte[] page) {
        // nothing of it can be changed
    }
}
