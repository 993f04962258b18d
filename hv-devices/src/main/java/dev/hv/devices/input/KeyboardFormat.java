package dev.hv.devices.input;

/** Messages of the synthetic keyboard: type u32, then what each type has. Little-endian, no pipe header. The layouts are those of the public driver (Linux, drivers/input/serio/hyperv-keyboard.c). */
final class KeyboardFormat {

    static final int TYPE = 0;
    static final int HEADER = 4;

    static final int PROTOCOL_REQUEST = 1;
    static final int PROTOCOL_RESPONSE = 2;
    static final int EVENT = 3;
    static final int LEDS = 4;

    /** Protocol request: version u32, major number in bits 31:16. Response: accepted in bit 0, u32. */
    static final int VERSION = HEADER;
    static final int VERSION_1_0 = 1 << 16;
    static final int PROTOCOL_REQUEST_SIZE = HEADER + 4;
    static final int ACCEPTED = HEADER;
    static final int PROTOCOL_RESPONSE_SIZE = HEADER + 4;

    /** Event: scan code u16, reserved u16, flags u32. */
    static final int SCAN_CODE = HEADER;
    static final int FLAGS = HEADER + 4;
    static final int BREAK = 2;
    static final int E0 = 4;
    static final int E1 = 8;
    static final int EVENT_SIZE = HEADER + 8;

    /** LEDs: scroll lock in bit 0, num lock 1, caps lock 2, u16; reserved. */
    static final int LED_FLAGS = HEADER;
    static final int LEDS_SIZE = HEADER + 2;

    private KeyboardFormat() {}
}
