package dev.hv.devices.storage;

/**
 * Why a SCSI command ended with CHECK CONDITION (SPC-3, 4.5).
 *
 * @param key sense key
 * @param code additional sense code in bits 15:8, qualifier in 7:0
 */
record Sense(int key, int code) {

    static final int FIXED_LENGTH = 18;

    static final Sense NONE = new Sense(0, 0);
    static final Sense NOT_PRESENT = new Sense(2, 0x3A00);
    static final Sense READ_ERROR = new Sense(3, 0x1100);
    static final Sense WRITE_ERROR = new Sense(3, 0x0C00);
    static final Sense HARDWARE_ERROR = new Sense(4, 0x4400);
    static final Sense INVALID_OPCODE = new Sense(5, 0x2000);
    static final Sense OUT_OF_RANGE = new Sense(5, 0x2100);
    static final Sense INVALID_FIELD = new Sense(5, 0x2400);
    static final Sense INVALID_PARAMETER_LIST = new Sense(5, 0x2600);
    static final Sense POWER_ON = new Sense(6, 0x2900);
    static final Sense LUNS_CHANGED = new Sense(6, 0x3F0E);
    static final Sense WRITE_PROTECTED = new Sense(7, 0x2700);
    /** Space allocation failed write protect. */
    static final Sense NO_SPACE = new Sense(7, 0x2707);

    /** Fixed-format sense data. */
    byte[] bytes() {
        byte[] b = new byte[FIXED_LENGTH];
        b[0] = 0x70;
        b[2] = (byte) key;
        b[7] = FIXED_LENGTH - 8;
        b[12] = (byte) (code >>> 8);
        b[13] = (byte) code;
        return b;
    }
}
