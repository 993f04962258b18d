package dev.hv.devices.storage;

import java.util.Arrays;

/**
 * What a CHECK CONDITION says (SPC-3 section 4.5).
 *
 * @param key sense key
 * @param code additional sense code
 * @param qualifier additional sense code qualifier
 */
record Sense(int key, int code, int qualifier) {

    /** Bytes of sense data in fixed format. */
    static final int SIZE = 18;

    static final Sense NONE = new Sense(0x0, 0x00, 0x00);
    static final Sense BECOMING_READY = new Sense(0x2, 0x04, 0x01);
    static final Sense MEDIUM_NOT_PRESENT = new Sense(0x2, 0x3A, 0x00);
    static final Sense MEDIUM_NOT_PRESENT_TRAY_CLOSED = new Sense(0x2, 0x3A, 0x01);
    static final Sense MEDIUM_NOT_PRESENT_TRAY_OPEN = new Sense(0x2, 0x3A, 0x02);
    static final Sense WRITE_ERROR = new Sense(0x3, 0x0C, 0x00);
    static final Sense UNRECOVERED_READ_ERROR = new Sense(0x3, 0x11, 0x00);
    static final Sense INTERNAL_TARGET_FAILURE = new Sense(0x4, 0x44, 0x00);
    static final Sense PARAMETER_LIST_LENGTH_ERROR = new Sense(0x5, 0x1A, 0x00);
    static final Sense INVALID_COMMAND_OPERATION_CODE = new Sense(0x5, 0x20, 0x00);
    static final Sense LBA_OUT_OF_RANGE = new Sense(0x5, 0x21, 0x00);
    static final Sense INVALID_FIELD_IN_CDB = new Sense(0x5, 0x24, 0x00);
    static final Sense LOGICAL_UNIT_NOT_SUPPORTED = new Sense(0x5, 0x25, 0x00);
    static final Sense INVALID_FIELD_IN_PARAMETER_LIST = new Sense(0x5, 0x26, 0x00);
    static final Sense SAVING_PARAMETERS_NOT_SUPPORTED = new Sense(0x5, 0x39, 0x00);
    static final Sense MEDIUM_REMOVAL_PREVENTED = new Sense(0x5, 0x53, 0x02);
    static final Sense MEDIUM_MAY_HAVE_CHANGED = new Sense(0x6, 0x28, 0x00);
    static final Sense SCSI_BUS_RESET = new Sense(0x6, 0x29, 0x02);
    static final Sense CAPACITY_DATA_HAS_CHANGED = new Sense(0x6, 0x2A, 0x09);
    static final Sense REPORTED_LUNS_HAVE_CHANGED = new Sense(0x6, 0x3F, 0x0E);
    static final Sense WRITE_PROTECTED = new Sense(0x7, 0x27, 0x00);
    static final Sense SPACE_ALLOCATION_FAILED = new Sense(0x7, 0x27, 0x07);
    static final Sense ABORTED_COMMAND = new Sense(0xB, 0x00, 0x00);
    static final Sense MISCOMPARE = new Sense(0xE, 0x1D, 0x00);

    private static final int CURRENT_FIXED = 0x70;
    private static final int VALID = 0x80;

    /** Puts fixed-format sense data without information into {@code b}. */
    void put(byte[] b) {
        Arrays.fill(b, 0, SIZE, (byte) 0);
        b[0] = CURRENT_FIXED;
        b[2] = (byte) key;
        b[7] = SIZE - 8;
        b[12] = (byte) code;
        b[13] = (byte) qualifier;
    }

    /** The same with an information field, which holds an LBA of up to 32 bits; left out when it does not fit. */
    void put(byte[] b, long information) {
        put(b);
        if (information >>> 32 == 0) {
            b[0] = (byte) (CURRENT_FIXED | VALID);
            Wire.putBig32(b, 3, (int) information);
        }
    }

    /** All in one number, for saved states. */
    int packed() {
        return key << 16 | code << 8 | qualifier;
    }

    static Sense unpacked(int packed) {
        return new Sense(packed >>> 16 & 0xF, packed >>> 8 & 0xFF, packed & 0xFF);
    }
}
