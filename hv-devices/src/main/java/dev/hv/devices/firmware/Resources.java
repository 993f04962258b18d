package dev.hv.devices.firmware;

/** Builds a resource template (ACPI specification, 6.4), the value of a device's _CRS. */
final class Resources {

    private static final int FIXED_BOTH = 0x0C;

    private final Bytes out = new Bytes();

    /** I/O ports, 16-bit decode (small item 0x8). */
    Resources io(int first, int count) {
        out.u8(0x47).u8(1).u16(first).u16(first).u8(1).u8(count);
        return this;
    }

    /** An ISA interrupt: edge, active high, exclusive (small item 0x4 without flags). */
    Resources irq(int number) {
        out.u8(0x22).u16(1 << number);
        return this;
    }

    /** Device memory at a fixed 32-bit address, writable (large item 0x6). */
    Resources fixedMemory(long base, long length) {
        out.u8(0x86).u16(9).u8(1).u32(base).u32(length);
        return this;
    }

    /** Bus numbers that a bridge decodes (large item 0x8, type 2). */
    Resources buses(int first, int last) {
        return word(2, 0, first, last);
    }

    /** I/O ports that a bridge passes on (large item 0x8, type 1, entire range). */
    Resources ioWindow(int first, int last) {
        return word(1, 3, first, last);
    }

    private Resources word(int type, int typeFlags, int first, int last) {
        out.u8(0x88).u16(13).u8(type).u8(FIXED_BOTH).u8(typeFlags).u16(0).u16(first).u16(last).u16(0).u16(last - first + 1);
        return this;
    }

    /** Memory that a bridge passes on, or a device owns: uncacheable, writable (large item 0xA, type 0). */
    Resources memoryWindow(long base, long length) {
        out.u8(0x8A).u16(43).u8(0).u8(FIXED_BOTH).u8(1).u64(0).u64(base).u64(base + length - 1).u64(0).u64(length);
        return this;
    }

    /** The template, ended and wrapped in a buffer. */
    byte[] toAml() {
        return Aml.buffer(Aml.join(out.toArray(), new byte[] {0x79, 0}));
    }
}
