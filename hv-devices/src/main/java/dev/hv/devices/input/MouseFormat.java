package dev.hv.devices.input;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.pipe.PipeHeader;

/** Messages of the synthetic mouse: a pipe header, type u32, size of what follows u32, then what each type has. Little-endian. The layouts are those of the public driver (Linux, drivers/hid/hid-hyperv.c). */
final class MouseFormat {

    static final int TYPE = PipeHeader.SIZE;
    static final int SIZE = TYPE + 4;
    static final int BODY = TYPE + 8;

    static final int PROTOCOL_REQUEST = 0;
    static final int PROTOCOL_RESPONSE = 1;
    static final int DEVICE_INFO = 2;
    static final int DEVICE_INFO_ACK = 3;
    static final int INPUT_REPORT = 4;

    /** Protocol request: version u32, major number in bits 31:16. Response: version u32, approved u8. */
    static final int VERSION = BODY;
    static final int VERSION_2_0 = 2 << 16;
    static final int PROTOCOL_REQUEST_SIZE = 4;
    static final int APPROVED = BODY + 4;
    static final int PROTOCOL_RESPONSE_SIZE = 5;

    /** Device information: its size u32, vendor, product, version u16 each, reserved; then the HID descriptor and the report descriptor. */
    static final int INFO_SIZE = BODY;
    static final int VENDOR = BODY + 4;
    static final int MICROSOFT = 0x045E;
    static final int PRODUCT = BODY + 6;
    static final int VIRTUAL_MOUSE = 0x0621;
    static final int DEVICE_VERSION = BODY + 8;
    static final int INFO = 32;
    static final int HID_DESCRIPTOR = BODY + INFO;

    /** HID descriptor (Device Class Definition for HID 1.11, 6.2.1): length u8, type u8, version u16, country u8, descriptors u8, then of each type u8 and length u16. */
    static final int HID_DESCRIPTOR_SIZE = 9;

    /** Report descriptor (6.2.2): five buttons, absolute X and Y, a wheel. */
    private static final int[] REPORT = {
        0x05, 0x01, // usage page: generic desktop
        0x09, 0x02, // usage: mouse
        0xA1, 0x01, // collection: application
        0x09, 0x01, // usage: pointer
        0xA1, 0x00, // collection: physical
        0x05, 0x09, 0x19, 0x01, 0x29, 0x05, // usage page: buttons, from 1 to 5
        0x15, 0x00, 0x25, 0x01, 0x95, 0x05, 0x75, 0x01, 0x81, 0x02, // 0 to 1, five of one bit: input, absolute
        0x95, 0x01, 0x75, 0x03, 0x81, 0x03, // three bits of nothing
        0x05, 0x01, 0x09, 0x30, 0x09, 0x31, // usage page: generic desktop; X, Y
        0x26, 0xFF, 0x7F, 0x75, 0x10, 0x95, 0x02, 0x81, 0x02, // 0 to 32767, two of 16 bits: input, absolute
        0x09, 0x38, // usage: wheel
        0x16, 0x01, 0x80, 0x95, 0x01, 0x81, 0x06, // -32767 to 32767, one: input, relative
        0xC0, 0xC0};

    /** Largest X and Y; the smallest is 0. */
    static final int MOST = 32767;

    /** Input report: buttons u8 with the first in bit 0, X u16, Y u16, turns of the wheel away from the hand i16. */
    static final int BUTTONS = BODY;
    static final int X = BODY + 1;
    static final int Y = BODY + 3;
    static final int WHEEL = BODY + 5;
    static final int INPUT_REPORT_SIZE = 7;

    private MouseFormat() {}

    /** Everything of the device information behind the header. */
    static byte[] deviceInfo() {
        byte[] m = new byte[HID_DESCRIPTOR + HID_DESCRIPTOR_SIZE + REPORT.length];
        LittleEndian.put32(m, INFO_SIZE, INFO);
        LittleEndian.put16(m, VENDOR, MICROSOFT);
        LittleEndian.put16(m, PRODUCT, VIRTUAL_MOUSE);
        LittleEndian.put16(m, DEVICE_VERSION, 1);
        m[HID_DESCRIPTOR] = HID_DESCRIPTOR_SIZE;
        m[HID_DESCRIPTOR + 1] = 0x21;
        LittleEndian.put16(m, HID_DESCRIPTOR + 2, 0x111);
        m[HID_DESCRIPTOR + 5] = 1;
        m[HID_DESCRIPTOR + 6] = 0x22;
        LittleEndian.put16(m, HID_DESCRIPTOR + 7, REPORT.length);
        for (int i = 0; i < REPORT.length; i++) {
            m[HID_DESCRIPTOR + HID_DESCRIPTOR_SIZE + i] = (byte) REPORT[i];
        }
        return m;
    }
}
