package dev.hv.devices.firmware;

import static dev.hv.devices.firmware.Aml.define;
import static dev.hv.devices.firmware.Aml.device;
import static dev.hv.devices.firmware.Aml.eisaId;
import static dev.hv.devices.firmware.Aml.giveBack;
import static dev.hv.devices.firmware.Aml.integer;
import static dev.hv.devices.firmware.Aml.join;
import static dev.hv.devices.firmware.Aml.method;
import static dev.hv.devices.firmware.Aml.name;
import static dev.hv.devices.firmware.Aml.pack;
import static dev.hv.devices.firmware.Aml.scope;
import static dev.hv.devices.firmware.Aml.string;

import dev.hv.core.machine.IoApic;
import dev.hv.devices.chipset.AcpiPm;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.PciHost;

/** The differentiated system description table: sleep states, the chipset's devices, the VMBus device, processors. */
final class Dsdt {

    private static final int PCI_PINS = 4;
    private static final int FIRST_PCI_GSI = 16;
    private static final int PCI_GSIS = 8;
    private static final int PRESENT = 0x0F;

    private Dsdt() {}

    static byte[] build(FirmwareConfig config, FirmwareLayout layout) {
        byte[] devices = join(interruptControllers(), configurationSpace(), pciRoot(config, layout), serialPort(1, Chipset.COM1, Chipset.COM1_IRQ),
                serialPort(2, Chipset.COM2, Chipset.COM2_IRQ), clock());
        if (config.vmbus()) {
            devices = join(devices, vmbusModule(layout));
        }
        return AcpiTable.of("DSDT", 2, join(
                sleepState("\\_S0", 0),
                sleepState("\\_S5", AcpiPm.SLEEP_S5),
                scope("\\_SB", devices, processors(config.processors()))));
    }

    private static byte[] sleepState(String name, int type) {
        return define(name, pack(integer(type), integer(type)));
    }

    private static byte[] interruptControllers() {
        return device("APIC",
                define("_HID", eisaId("PNP0003")),
                define("_CRS", new Resources().fixedMemory(IoApic.DEFAULT_BASE, 0x1000).fixedMemory(0xFEE0_0000L, 0x1000).toAml()));
    }

    /** Keeps the memory of the MCFG from being used for anything else: the PCI Firmware Specification wants it outside of the root's windows. */
    private static byte[] configurationSpace() {
        return device("ECAM",
                define("_HID", eisaId("PNP0C02")),
                define("_CRS", new Resources().fixedMemory(PciHost.ECAM, PciHost.ECAM_LENGTH).toAml()));
    }

    /** PCI with its configuration ports; it owns the memory windows unless the VMBus device does. */
    private static byte[] pciRoot(FirmwareConfig config, FirmwareLayout layout) {
        var resources = new Resources().buses(0, PciHost.BUSES - 1).io(0xCF8, 8).ioWindow(0, 0xCF7).ioWindow(0xD00, 0xFFFF);
        if (!config.vmbus()) {
            windows(resources, layout);
        }
        return device("PCI0",
                define("_HID", eisaId("PNP0A03")),
                define("_UID", integer(0)),
                define("_BBN", integer(0)),
                define("_CRS", resources.toAml()),
                define("_PRT", interruptRouting()));
    }

    private static void windows(Resources resources, FirmwareLayout layout) {
        resources.memoryWindow(layout.lowMmioBase(), layout.lowMmioLength()).memoryWindow(layout.highMmioBase(), layout.highMmioLength());
    }

    /** Interrupt pins of the slots on the I/O APIC's pins 16 … 23, neighbours apart. */
    private static byte[] interruptRouting() {
        byte[][] entries = new byte[(PciHost.SLOTS - 1) * PCI_PINS][];
        for (int slot = 1; slot < PciHost.SLOTS; slot++) {
            for (int pin = 0; pin < PCI_PINS; pin++) {
                int gsi = FIRST_PCI_GSI + (slot + pin) % PCI_GSIS;
                entries[(slot - 1) * PCI_PINS + pin] = pack(integer(slot << 16 | 0xFFFF), integer(pin), integer(0), integer(gsi));
            }
        }
        return pack(entries);
    }

    private static byte[] serialPort(int number, int port, int irq) {
        return device("UAR" + number,
                define("_HID", eisaId("PNP0501")),
                define("_UID", integer(number)),
                define("_CRS", new Resources().io(port, 8).irq(irq).toAml()));
    }

    private static byte[] clock() {
        return device("RTC0",
                define("_HID", eisaId("PNP0B00")),
                define("_CRS", new Resources().io(0x70, 2).irq(8).toAml()));
    }

    /** The module device with the memory that VMBus devices share, and in it the bus itself. */
    private static byte[] vmbusModule(FirmwareLayout layout) {
        var resources = new Resources();
        windows(resources, layout);
        byte[] sta = name("STA");
        return device("VMOD",
                define("_HID", string("ACPI0004")),
                define("_UID", integer(0)),
                define("_CRS", resources.toAml()),
                device("VMBS",
                        define("STA", integer(PRESENT)),
                        define("_ADR", integer(0)),
                        define("_DDN", string("VMBUS")),
                        define("_HID", string("VMBus")),
                        define("_UID", integer(0)),
                        method("_DIS", Aml.and(sta, integer(0x0D), sta)),
                        method("_PS0", Aml.or(sta, integer(PRESENT), sta)),
                        method("_STA", giveBack(sta)),
                        method("_PS3"),
                        define("_CRS", new Resources().toAml())));
    }

    /** Processors P001 …, whose _UID is that of their entry in the MADT. */
    private static byte[] processors(int count) {
        byte[][] devices = new byte[count][];
        for (int i = 0; i < count; i++) {
            devices[i] = device("P%03X".formatted(i + 1),
                    define("_HID", string("ACPI0007")),
                    define("_UID", integer(i + 1L)));
        }
        return join(devices);
    }
}
