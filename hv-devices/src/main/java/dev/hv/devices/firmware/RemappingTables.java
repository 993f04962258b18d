package dev.hv.devices.firmware;

import dev.hv.core.machine.vtd.VtdRegisters;

/** What tells of IOMMUs: DMAR (Intel Virtualization Technology for Directed I/O, Architecture Specification, chapter 8). */
final class RemappingTables {

    private static final int INTERRUPT_REMAPPING = 1;
    private static final int ALL_OF_SEGMENT = 1;
    private static final int SCOPE_IO_APIC = 3;

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
}
