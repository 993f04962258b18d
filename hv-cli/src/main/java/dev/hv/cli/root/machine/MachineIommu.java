package dev.hv.cli.root.machine;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.vtd.VtdUnit;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.firmware.FirmwareConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The IOMMU of a machine: its processors' vendor's. */
final class MachineIommu {

    private static final Logger LOG = LoggerFactory.getLogger(MachineIommu.class);
    private static final int FIVE_LEVELS = 5;

    private MachineIommu() {}

    /** A unit that is off, between devices and this memory and these local APICs. */
    static Iommu of(CpuModel model, SystemBus bus, ApicRouter router) {
        var apics = new LocalApics((d, l, m, v, t) -> router.deliver(d, l, m, v, t), (d, l, m, v, t) -> router.deliverWide(d, l, m, v, t));
        int levels = model.has(Feature.LA57) ? FIVE_LEVELS : FIVE_LEVELS - 1;
        return new VtdUnit(bus, apics, model.physicalBits(), levels, log());
    }

    /** Puts its registers on the bus, and the I/O APIC behind it. */
    static void attach(Iommu iommu, IoBus bus, Chipset chipset) {
        bus.claimMmio(iommu.registers().base(), iommu.registers().length(), iommu);
        chipset.ioApic().remapped(iommu.port(new DmaRequester(DmaRequester.Bus.PCI, 0, iommu.ioApic())));
    }

    /** What the firmware's tables say of it. */
    static FirmwareConfig.Iommu kind(Iommu iommu) {
        return iommu == null ? FirmwareConfig.Iommu.NONE : FirmwareConfig.Iommu.VT_D;
    }

    /** One line for the first refusals of a run: a device that goes astray does so without end. */
    private static RefusalListener log() {
        return new RefusalListener() {
            private static final int MOST = 10;
            private int said;

            @Override
            public void refused(int requester, long address, String why) {
                if (said < MOST) {
                    said++;
                    LOG.warn("the IOMMU refused {} to PCI function {}:{}.{}: {}{}", "0x" + Long.toHexString(address), "%02x".formatted(requester >> 8),
                            "%02x".formatted(requester >> 3 & 0x1F), requester & 7, why, said == MOST ? "; more is not told" : "");
                }
            }
        };
    }
}
