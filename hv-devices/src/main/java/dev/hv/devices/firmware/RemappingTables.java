package dev.hv.devices.firmware;

import dev.hv.core.machine.amdvi.AmdViRegisters;
import dev.hv.core.machine.vtd.VtdRegisters;
import dev.hv.devices.iommu.AmdViFunction;

/** What tells of IOMMUs: DMAR (Intel Virtualization Technology for Directed I/O, Architecture Specification, chapter 8) and IVRS (AMD I/O Virtualization Technology Specification, 48882, 5.2). */
final class RemappingTables {

    private static final int INTERRUPT_REMAPPING = 1;
    private static final int ALL_OF_SEGMENT = 1;
    private static final int SCOPE_IO_APIC = 3;

    /** IVRS: the extended features are in the blocks, guest addresses of 48 bits, device addresses of 64. */
    private static final int FEATURES_IN_BLOCKS = 1;
    private static final int GUEST_BITS_48 = 2 << 5;
    private static final int VIRTUAL_BITS = 64;
    private static final int COHERENT = 1 << 5;
    private static final int START_OF_RANGE = 3;
    private static final int END_OF_RANGE = 4;
    private static final int SPECIAL_DEVICE = 0x48;
    private static final int VARIETY_IO_APIC = 1;

    private RemappingTables() {}

    /**
     * DMA remapping reporting: one unit for all of PCI, whose interrupts are remapped, the I/O APIC's too. No device needs memory of its own, so there is no RMRR.
     *
     * @param physicalBits width of physical addresses
     */
    static byte[] dmar(int physicalBits) {
        var body = new Bytes().u8(physicalBits - 1).u8(INTERRUPT_REMAPPING).zeros(10);
        body.u16(0).u16(24).u8(ALL_OF_SEGMENT).u8(0).u16(0).u64(VtdRegisters.BASE);
        body.u8(SCOPE_IO_APIC).u8(8).u16(0).u8(0).u8(VtdRegisters.IO_APIC >> 8).u8(VtdRegisters.IO_APIC >> 3 & 0x1F).u8(VtdRegisters.IO_APIC & 7);
        return AcpiTable.of("DMAR", 1, body.toArray());
    }

    /**
     * I/O virtualization reporting: one unit for all of bus 0 to 255 and the I/O APIC, in the form for systems that know its first version (type 10h) and in the one with
     * its extended features (11h).
     *
     * @param physicalBits width of physical addresses
     */
    static byte[] ivrs(int physicalBits) {
        var body = new Bytes().u32(FEATURES_IN_BLOCKS | GUEST_BITS_48 | physicalBits << 8 | VIRTUAL_BITS << 15).zeros(8);
        int features = (int) AmdViRegisters.FEATURES;
        // the older form has its own order: x2APIC 0, invalidate all 5, 128-bit entries 6, levels 31:30
        int older = features >> 2 & 1 | (features >> 6 & 3) << 5 | (features >> 10 & 3) << 30;
        block(body, 0x10, 0x18).u32(older);
        devices(body);
        block(body, 0x11, 0x28).u32(0).u64(AmdViRegisters.FEATURES).u64(0);
        devices(body);
        return AcpiTable.of("IVRS", 2, body.toArray());
    }

    private static Bytes block(Bytes body, int type, int header) {
        return body.u8(type).u8(COHERENT).u16(header + 16).u16(AmdViFunction.SLOT << 3).u16(AmdViFunction.CAPABILITY).u64(AmdViRegisters.BASE).u16(0).u16(0);
    }

    private static void devices(Bytes body) {
        body.u8(START_OF_RANGE).u16(0).u8(0).u8(END_OF_RANGE).u16(0xFFFF).u8(0);
        body.u8(SPECIAL_DEVICE).u16(0).u8(0).u8(0).u16(AmdViRegisters.IO_APIC).u8(VARIETY_IO_APIC);
    }
}
