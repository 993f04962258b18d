package dev.hv.devices.firmware;

/** SMBIOS 3.0 structures (DMTF DSP0134): firmware, system, end. */
final class Smbios {

    private static final int ENTRY_LENGTH = 0x18;
    private static final int CHECKSUM = 5;

    private Smbios() {}

    /** The 64-bit entry point. */
    static byte[] entryPoint(long structures, int length) {
        var out = new Bytes().ascii("_SM3_").u8(0).u8(ENTRY_LENGTH).u8(3).u8(0).u8(0).u8(1).u8(0).u32(length).u64(structures);
        return out.set8(CHECKSUM, out.checksum(0, out.size())).toArray();
    }

    static byte[] structures() {
        var out = new Bytes();
        // Type 0: firmware. Characteristics 0x08: none listed; extension byte 2, bit 4: a virtual machine.
        out.u8(0).u8(0x18).u16(0).u8(1).u8(2).u16(0xE000).u8(3).u8(0).u64(0x08).u8(0).u8(0x10).u8(1).u8(0).u8(0xFF).u8(0xFF);
        strings(out, "hv", "1.0", "01/01/2026");
        // Type 1: system. No UUID; woken by the power switch.
        out.u8(1).u8(0x1B).u16(1).u8(1).u8(2).u8(3).u8(0).zeros(16).u8(6).u8(0).u8(0);
        strings(out, "hv", "Virtual Machine", "1.0");
        // Type 127: end of table.
        out.u8(127).u8(4).u16(2).u16(0);
        return out.toArray();
    }

    private static void strings(Bytes out, String... texts) {
        for (String t : texts) {
            out.ascii(t).u8(0);
        }
        out.u8(0);
    }
}
