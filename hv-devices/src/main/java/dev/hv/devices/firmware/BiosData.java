package dev.hv.devices.firmware;

import dev.hv.devices.chipset.Chipset;

/**
 * What a PC's firmware leaves for code of real mode: the BIOS data area and the head of the extended one. Kernels and hypervisors look there for the
 * end of base memory, below which their trampolines go.
 */
final class BiosData {

    private static final int AREA = 0x100;
    private static final int COM1 = 0x00;
    private static final int EBDA_SEGMENT = 0x0E;
    private static final int EQUIPMENT = 0x10;
    private static final int BASE_MEMORY = 0x13;
    /** One serial port, a floating-point unit. */
    static final int INSTALLED = 1 << 9 | 1 << 1;

    private BiosData() {}

    /** The BIOS data area, at 0x400. */
    static byte[] area() {
        return new Bytes().zeros(AREA).set16(COM1, Chipset.COM1).set16(EBDA_SEGMENT, (int) (FirmwareLayout.EBDA >> 4)).set16(EQUIPMENT, INSTALLED)
                .set16(BASE_MEMORY, FirmwareLayout.BASE_MEMORY_KIB).toArray();
    }

    /** The first bytes of the extended BIOS data area: its length in KiB. */
    static byte[] extendedArea() {
        return new Bytes().u16((int) (FirmwareLayout.EBDA_END - FirmwareLayout.EBDA >> 10)).toArray();
    }
}
