package dev.hv.devices.firmware;

import java.util.HexFormat;

/**
 * What answers software interrupts of real-mode code: there is no BIOS, and this says so as one would. Base memory and equipment are told; disks, memory
 * maps and clocks are refused by carry and AH = 86h ("function not supported"), a keyboard has no key, anything else returns at once.
 */
final class BiosServices {

    /** Where the code lies: behind the SMBIOS entry point, in firmware's segment F000h. */
    static final long CODE = FirmwareLayout.SMBIOS + 0x100;
    /** The table of 256 vectors, offset and segment, at address 0. */
    static final long VECTORS = 0;

    private static final int SEGMENT = 0xF000;
    private static final int NOTHING = 0x00;
    private static final int REFUSE = 0x01;
    private static final int NO_KEY = 0x0C;
    private static final int EQUIPMENT = 0x17;
    private static final int BASE_MEMORY = 0x1B;

    private BiosServices() {}

    /** Interrupt vector table: interrupts of devices included, which are masked until somebody has vectors of his own. */
    static byte[] vectors() {
        var out = new Bytes();
        for (int n = 0; n < 256; n++) {
            int entry = switch (n) {
                case 0x11 -> EQUIPMENT;
                case 0x12 -> BASE_MEMORY;
                case 0x13, 0x15, 0x1A -> REFUSE;
                case 0x16 -> NO_KEY;
                default -> NOTHING;
            };
            out.u16((int) (CODE & 0xFFFF) + entry).u16(SEGMENT);
        }
        return out.toArray();
    }

    /** The code that the vectors lead to. */
    static byte[] code() {
        return new Bytes().bytes(HexFormat.of().parseHex(
                "cf"                                            // 00 iret
                + "55" + "89e5" + "804e0601" + "5d" + "b486" + "cf" // 01 push bp; mov bp,sp; or byte [bp+6],1 (carry); pop bp; mov ah,86h; iret
                + "55" + "89e5" + "804e0640" + "5d" + "31c0" + "cf" // 0C the same with the zero flag; xor ax,ax; iret
                + "b8")).u16(BiosData.INSTALLED).u8(0xCF)        // 17 mov ax,equipment; iret
                .u8(0xB8).u16(FirmwareLayout.BASE_MEMORY_KIB).u8(0xCF) // 1B mov ax,KiB; iret
                .toArray();
    }
}
