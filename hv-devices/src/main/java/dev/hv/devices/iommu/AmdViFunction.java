package dev.hv.devices.iommu;

import dev.hv.core.machine.MsiPort;
import dev.hv.core.machine.amdvi.AmdViRegisters;
import dev.hv.core.machine.amdvi.AmdViUnit;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.chipset.PciHost;

/**
 * The PCI function of an IOMMU of AMD's: its capability block (48882, 3.2), which says where the registers are, and the message-signalled interrupt that the unit
 * has while it is not told another way. That is not remapped.
 */
public final class AmdViFunction implements Saveable {

    /** Where it is on bus 0: the last place that the firmware knows, so that others follow one another from the first on. */
    public static final int SLOT = 7;
    /** Offset of the capability block. */
    public static final int CAPABILITY = 0x40;

    private static final int VERSION = 1;
    private static final int VENDOR = 0x1414;
    private static final int DEVICE = 0x0002;
    /** Base system peripheral, IOMMU. */
    private static final int CLASS = 0x080600;
    private static final int STATUS = 0x06;
    private static final int CAPABILITY_LIST = 1 << 4;
    private static final int CAPABILITY_POINTER = 0x34;
    private static final int MSI = 0x58;
    private static final int SECURE_DEVICE = 0x0F;
    private static final int IS_IOMMU = 3 << 16;
    private static final int REVISION = 1 << 19;
    private static final int EXTENDED_FEATURES = 1 << 27;
    private static final int ENABLED = 1;
    private static final int MSI_CAPABILITY = 0x05;
    private static final int MSI_OF_64_BITS = 1 << 7;
    private static final int VIRTUAL_BITS = 64;

    private final PciConfigSpace config = new PciConfigSpace(VENDOR, DEVICE, CLASS, 0);
    private final MsiPort port;

    /**
     * A function for a unit, plugged in.
     *
     * @param port takes its message, which is not remapped
     * @param physicalBits width of physical addresses
     */
    public AmdViFunction(AmdViUnit unit, PciHost pci, MsiPort port, int physicalBits) {
        this.port = port;
        config.set(STATUS, 2, CAPABILITY_LIST);
        config.set(CAPABILITY_POINTER, 1, CAPABILITY);
        config.set(CAPABILITY, 4, SECURE_DEVICE | MSI << 8 | IS_IOMMU | REVISION | EXTENDED_FEATURES);
        config.set(CAPABILITY + 4, 4, (int) AmdViRegisters.BASE | ENABLED);
        config.set(CAPABILITY + 0x10, 4, physicalBits << 8 | VIRTUAL_BITS << 15);
        config.set(MSI, 4, MSI_CAPABILITY | MSI_OF_64_BITS << 16);
        config.allow(MSI + 2, 2, ENABLED);
        config.allow(MSI + 4, 4, ~3);
        config.allow(MSI + 8, 4, -1);
        config.allow(MSI + 12, 2, 0xFFFF);
        unit.message(this::send);
        pci.add(SLOT, 0, config);
    }

    private void send() {
        if ((config.readConfig(MSI + 2, 2) & ENABLED) != 0 && config.busMaster()) {
            port.send(config.readConfig(MSI + 4, 4) & 0xFFFF_FFFFL | (long) config.readConfig(MSI + 8, 4) << 32, config.readConfig(MSI + 12, 2) & 0xFFFF);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("amd-vi-function", VERSION);
        config.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("amd-vi-function", VERSION);
        config.restore(in);
        in.end();
    }
}
