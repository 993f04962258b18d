package dev.hv.devices.firmware;

import dev.hv.core.machine.IoApic;
import dev.hv.devices.chipset.AcpiPm;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.chipset.RealTimeClock;

/** The ACPI tables of fixed shape: RSDP, XSDT, FADT, FACS, MADT, MCFG (ACPI specification 6.0, 5.2). */
final class FixedTables {

    private static final long LOCAL_APIC = 0xFEE0_0000L;
    private static final int IO_SPACE = 1;
    private static final int BYTE_ACCESS = 1;
    private static final int WORD_ACCESS = 2;
    private static final int DWORD_ACCESS = 3;
    /** APIC IDs from here up have x2APIC entries. */
    private static final int FIRST_X2APIC_ID = 255;

    private FixedTables() {}

    /** Root system description pointer, revision 2, without an RSDT. */
    static byte[] rsdp(long xsdt) {
        var out = new Bytes().ascii("RSD PTR ").u8(0).ascii(AcpiTable.OEM_ID).u8(2).u32(0).u32(36).u64(xsdt).u8(0).zeros(3);
        out.set8(8, out.checksum(0, 20));
        return out.set8(32, out.checksum(0, 36)).toArray();
    }

    static byte[] xsdt(long... tables) {
        var body = new Bytes();
        for (long t : tables) {
            body.u64(t);
        }
        return AcpiTable.of("XSDT", 1, body.toArray());
    }

    /** PCI Express memory-mapped configuration space (PCI Firmware 3.2, 4.1.2): segment group 0, from bus 0 on. */
    static byte[] mcfg() {
        return AcpiTable.of("MCFG", 1, new Bytes().zeros(8).u64(PciHost.ECAM).u16(0).u8(0).u8(PciHost.BUSES - 1).u32(0).toArray());
    }

    /**
     * OEM0: entropy for the guest's random numbers. Not in the ACPI specification: Hyper-V gives its guests 64 bytes under these names, and Linux
     * (6.10 or newer) seeds its generator from them, then wipes them out.
     */
    static byte[] entropy(byte[] bytes) {
        return AcpiTable.of("OEM0", 1, "VRTUAL", "MICROSFT", "MSFT", bytes);
    }

    /** Firmware ACPI control structure: no header, no checksum. */
    static byte[] facs() {
        return new Bytes().ascii("FACS").u32(64).zeros(24).u8(2).zeros(31).toArray();
    }

    /** Fixed ACPI description table, revision 6: the registers of {@link AcpiPm}. */
    static byte[] fadt(long facs, long dsdt) {
        int flags = 1                  // WBINVD works
                | 1 << 2               // C1 on all processors
                | 1 << 4 | 1 << 5      // no fixed power and sleep buttons
                | 1 << 7               // RTC may wake from S4
                | 1 << 8               // 32-bit timer
                | 1 << 10              // reset register
                | 1 << 15;             // use the platform's clock
        int bootArchitecture = 1       // ISA devices
                | 1 << 2;              // no VGA; and neither a keyboard controller to probe
        var body = new Bytes()
                .u32(facs).u32(dsdt)
                .u8(0).u8(0)           // reserved, preferred profile: unspecified
                .u16(AcpiPm.SCI)
                .u32(0).zeros(4)       // no SMI command port: always in ACPI mode
                .u32(AcpiPm.PM1_EVENT).u32(0).u32(AcpiPm.PM1_CONTROL).u32(0).u32(0).u32(AcpiPm.TIMER).u32(AcpiPm.GPE0).u32(0)
                .u8(4).u8(2).u8(0).u8(4).u8(4).u8(0).u8(0)
                .u8(0)                 // no CST
                .u16(101).u16(1001)    // C2 and C3 latencies: beyond the limits, not supported
                .u16(0).u16(0).u8(0).u8(0)
                .u8(0).u8(0).u8(RealTimeClock.CENTURY)
                .u16(bootArchitecture).u8(0)
                .u32(flags);
        address(body, 8, BYTE_ACCESS, AcpiPm.RESET);
        body.u8(AcpiPm.RESET_VALUE).u16(0).u8(0)
                .u64(0).u64(dsdt);
        address(body, 32, WORD_ACCESS, AcpiPm.PM1_EVENT);
        body.zeros(12);
        address(body, 16, WORD_ACCESS, AcpiPm.PM1_CONTROL);
        body.zeros(24);
        address(body, 32, DWORD_ACCESS, AcpiPm.TIMER);
        address(body, 32, BYTE_ACCESS, AcpiPm.GPE0);
        // GPE1, sleep control and status registers, hypervisor vendor: none.
        body.zeros(12 + 12 + 12 + 8);
        return AcpiTable.of("FACP", 6, body.toArray());
    }

    /** Generic address structure of an I/O register block. */
    private static void address(Bytes out, int bits, int access, int port) {
        out.u8(IO_SPACE).u8(bits).u8(0).u8(access).u64(port);
    }

    /** Multiple APIC description table, revision 4. */
    static byte[] madt(int processors) {
        var body = new Bytes().u32(LOCAL_APIC).u32(1);
        for (int id = 0; id < processors; id++) {
            if (id < FIRST_X2APIC_ID) {
                body.u8(0).u8(8).u8(id + 1).u8(id).u32(1);
            } else {
                body.u8(9).u8(16).u16(0).u32(id).u32(1).u32(id + 1);
            }
        }
        body.u8(1).u8(12).u8(0).u8(0).u32(IoApic.DEFAULT_BASE).u32(0);
        // The timer's ISA interrupt 0 is pin 2; the SCI is level-triggered and active high.
        body.u8(2).u8(10).u8(0).u8(0).u32(2).u16(0);
        body.u8(2).u8(10).u8(0).u8(AcpiPm.SCI).u32(AcpiPm.SCI).u16(0x000D);
        // LINT1 of every processor is NMI.
        body.u8(4).u8(6).u8(0xFF).u16(0).u8(1);
        if (processors > FIRST_X2APIC_ID) {
            body.u8(10).u8(12).u16(0).u32(0xFFFF_FFFFL).u8(1).zeros(3);
        }
        return AcpiTable.of("APIC", 4, body.toArray());
    }
}
