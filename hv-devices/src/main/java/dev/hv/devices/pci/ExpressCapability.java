package dev.hv.devices.pci;

import dev.hv.devices.chipset.PciConfigSpace;

/** The PCI Express capability, version 2 (Base 4.0, 7.5.3): a link of one lane at 2.5 GT/s, payloads of 128 bytes. */
final class ExpressCapability {

    private static final int VERSION = 2;
    private static final int CAPABILITIES = 0x02;
    private static final int DEVICE_CAPABILITIES = 0x04;
    static final int DEVICE_CONTROL = 0x08;
    private static final int LINK_CAPABILITIES = 0x0C;
    private static final int LINK_CONTROL = 0x10;
    private static final int LINK_STATUS = 0x12;
    private static final int ROOT_CONTROL = 0x1C;
    private static final int DEVICE_CONTROL_2 = 0x28;
    private static final int LINK_CONTROL_2 = 0x30;
    private static final int ROLE_BASED_ERRORS = 1 << 15;
    private static final int FUNCTION_RESET_CAPABLE = 1 << 28;
    /** In the device control register: reset this function; reads as zero. */
    static final int FUNCTION_RESET = 1 << 15;
    private static final int ONE_LANE_FIRST_SPEED = 0x11;
    private static final int ROOT_PORT = 4;

    private ExpressCapability() {}

    /**
     * Fills the registers.
     *
     * @param at where the capability begins
     * @param type 0 endpoint, 4 root port, 9 endpoint of the root complex
     * @param port number of the port
     */
    static void fill(PciConfigSpace config, int at, int type, int port) {
        boolean endpoint = type != ROOT_PORT;
        config.set(at + CAPABILITIES, 2, VERSION | type << 4);
        config.set(at + DEVICE_CAPABILITIES, 4, ROLE_BASED_ERRORS | (endpoint ? FUNCTION_RESET_CAPABLE : 0));
        config.allow(at + DEVICE_CONTROL, 2, 0x7FFF | (endpoint ? FUNCTION_RESET : 0));
        config.set(at + LINK_CAPABILITIES, 4, ONE_LANE_FIRST_SPEED | port << 24);
        config.allow(at + LINK_CONTROL, 2, 0x00C8);
        config.set(at + LINK_STATUS, 2, ONE_LANE_FIRST_SPEED);
        if (!endpoint) {
            config.allow(at + ROOT_CONTROL, 2, 0x001F);
        }
        config.allow(at + DEVICE_CONTROL_2, 2, 0x001F);
        config.set(at + LINK_CONTROL_2, 2, 1);
    }
}
