package dev.hv.devices.storage;

import java.util.Arrays;

/** MODE SENSE and MODE SELECT of 6 and 10 bytes (SPC-3 sections 6.7 to 6.10) over the pages that a unit has. */
final class ModePages {

    static final int ERROR_RECOVERY = 0x01;
    static final int CACHING = 0x08;
    static final int CONTROL = 0x0A;
    static final int INFORMATIONAL_EXCEPTIONS = 0x1C;
    static final int CAPABILITIES = 0x2A;

    private static final int ALL_PAGES = 0x3F;
    private static final int ALL_SUBPAGES = 0xFF;
    /** Page control: values now. */
    static final int CURRENT = 0;
    /** Page control: a mask of what can be changed; 2 is for defaults. */
    static final int CHANGEABLE = 1;
    private static final int SAVED = 3;
    private static final int BLOCK_DESCRIPTOR = 8;

    /** The unit's side. */
    interface Unit {

        /** Numbers of the pages, ascending. */
        int[] pages();

        /**
         * A page with its two bytes of head.
         *
         * @param control {@link #CURRENT}, {@link #CHANGEABLE}, or 2 for defaults
         */
        byte[] page(int number, int control);

        /** Device-specific parameter of the header. */
        int deviceSpecific();

        /** Block descriptor, or null. */
        byte[] blockDescriptor();

        /** New values of a page, all changes of which are allowed. */
        void select(int number, byte[] page);
    }

    private ModePages() {}

    /** MODE SENSE. */
    static void sense(ScsiCommand c, Unit unit) {
        boolean six = c.opcode() == ScsiOpcode.MODE_SENSE_6;
        int control = c.field(2) >>> 6;
        int wanted = c.field(2) & ALL_PAGES;
        if (control == SAVED) {
            c.check(Sense.SAVING_PARAMETERS_NOT_SUPPORTED);
            return;
        }
        if (c.field(3) != 0 && c.field(3) != ALL_SUBPAGES) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int header = six ? 4 : 8;
        byte[] b = new byte[256];
        int length = header;
        byte[] descriptor = c.bit(1, 0x08) ? null : unit.blockDescriptor();
        if (descriptor != null) {
            System.arraycopy(descriptor, 0, b, length, descriptor.length);
            length += descriptor.length;
        }
        boolean found = false;
        for (int number : unit.pages()) {
            if (wanted == ALL_PAGES || wanted == number) {
                byte[] page = unit.page(number, control);
                System.arraycopy(page, 0, b, length, page.length);
                length += page.length;
                found = true;
            }
        }
        if (!found) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int descriptorLength = descriptor == null ? 0 : descriptor.length;
        if (six) {
            b[0] = (byte) (length - 1);
            b[2] = (byte) unit.deviceSpecific();
            b[3] = (byte) descriptorLength;
        } else {
            Wire.putBig16(b, 0, length - 2);
            b[3] = (byte) unit.deviceSpecific();
            Wire.putBig16(b, 6, descriptorLength);
        }
        c.reply(b, length, six ? c.field(4) : Wire.big16(c.cdb(), 7));
    }

    /** MODE SELECT: all of the list is checked before anything changes. */
    static void select(ScsiCommand c, Unit unit) {
        boolean six = c.opcode() == ScsiOpcode.MODE_SELECT_6;
        if (!c.bit(1, 0x10) || c.bit(1, 1)) {
            // pages must have the standard's format, and cannot be saved
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int length = six ? c.field(4) : Wire.big16(c.cdb(), 7);
        byte[] list = c.parameters(length);
        if (list == null || length == 0) {
            return;
        }
        int header = six ? 4 : 8;
        if (length < header) {
            c.check(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        int descriptors = six ? list[3] & 0xFF : Wire.big16(list, 6);
        int start = header + descriptors;
        if (start > length) {
            c.check(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        if (descriptors != 0 && !sameDescriptor(list, header, descriptors, unit.blockDescriptor())) {
            c.check(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
            return;
        }
        for (boolean apply : new boolean[] {false, true}) {
            for (int at = start; at < length; ) {
                int size = at + 2 > length ? -1 : 2 + (list[at + 1] & 0xFF);
                if (size < 0 || at + size > length) {
                    c.check(Sense.PARAMETER_LIST_LENGTH_ERROR);
                    return;
                }
                byte[] page = Arrays.copyOfRange(list, at, at + size);
                int number = page[0] & ALL_PAGES;
                if (apply) {
                    unit.select(number, page);
                } else if (!allowed(unit, number, page)) {
                    c.check(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
                    return;
                }
                at += size;
            }
        }
    }

    private static boolean sameDescriptor(byte[] list, int at, int length, byte[] own) {
        // a guest may leave the number of blocks 0: it keeps the capacity then
        return own != null && length == BLOCK_DESCRIPTOR
                && (Wire.big32(list, at) == 0 || Wire.big32(list, at) == Wire.big32(own, 0))
                && Wire.big24(list, at + 5) == Wire.big24(own, 5);
    }

    private static boolean allowed(Unit unit, int number, byte[] page) {
        if ((page[0] & 0x40) != 0 || Arrays.stream(unit.pages()).noneMatch(n -> n == number)) {
            return false;
        }
        byte[] now = unit.page(number, 0);
        byte[] mask = unit.page(number, CHANGEABLE);
        if (page.length != now.length) {
            return false;
        }
        for (int i = 2; i < page.length; i++) {
            if (((page[i] ^ now[i]) & ~mask[i]) != 0) {
                return false;
            }
        }
        return true;
    }
}
