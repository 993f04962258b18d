package dev.hv.cli.root.machine;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.amdvi.AmdViUnit;
import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.core.machine.vtd.VtdUnit;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.firmware.FirmwareConfig;
import dev.hv.devices.iommu.AmdViFunction;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** The IOMMU of a machine: its processors' vendor's. */
final class MachineIommu {

    private static final int FIVE_LEVELS = 5;

    private final Iommu unit;
    private final LocalApics apics;
    private final int physicalBits;

    private MachineIommu(Iommu unit, LocalApics apics, int physicalBits) {
        this.unit = unit;
        this.apics = apics;
        this.physicalBits = physicalBits;
    }

    /** A unit that is off, between devices and this memory and these local APICs. */
    static MachineIommu of(CpuModel model, DmaView memory, ApicRouter router) {
        return of(model, memory, router, log());
    }

    /** The same, with somebody told of what it refuses: a hypervisor of ours reads its records, and says it itself. */
    static MachineIommu of(CpuModel model, DmaView memory, ApicRouter router, RefusalListener refusals) {
        var apics = new LocalApics((d, l, m, v, t) -> router.deliver(d, l, m, v, t), (d, l, m, v, t) -> router.deliverWide(d, l, m, v, t));
        int levels = model.has(Feature.LA57) ? FIVE_LEVELS : FIVE_LEVELS - 1;
        Iommu unit = model.intel() ? new VtdUnit(memory, apics, model.physicalBits(), levels, refusals) : new AmdViUnit(memory, apics, refusals);
        return new MachineIommu(unit, apics, model.physicalBits());
    }

    /** The unit. */
    Iommu unit() {
        return unit;
    }

    /** Puts its registers on the bus of a machine that has nothing else for it. */
    void attach(IoBus bus) {
        bus.claimMmio(unit.registers().base(), unit.registers().length(), unit);
    }

    /**
     * Puts its registers on the bus, the I/O APIC behind it, and its PCI function, if it has one, in its place.
     *
     * @param state takes what is part of the machine's state
     */
    void attach(IoBus bus, Chipset chipset, Consumer<Saveable> state) {
        attach(bus);
        chipset.ioApic().remapped(unit.port(new DmaRequester(DmaRequester.Bus.PCI, 0, unit.ioApic())));
        state.accept(unit);
        if (unit instanceof AmdViUnit amd) {
            state.accept(new AmdViFunction(amd, chipset.pci(), apics.compatible(), physicalBits));
        }
    }

    /** What the firmware's tables say of a unit, or of none. */
    static FirmwareConfig.Iommu kind(MachineIommu iommu) {
        return iommu == null ? FirmwareConfig.Iommu.NONE : iommu.unit instanceof AmdViUnit ? FirmwareConfig.Iommu.AMD_VI : FirmwareConfig.Iommu.VT_D;
    }

    /** One line for each of the first refusals of a run: a device that goes astray does so without end. */
    private static RefusalListener log() {
        return new RefusalListener() {
            private static final int MOST = 10;
            private int said;

            @Override
            public void refused(int requester, long address, String why) {
                if (said < MOST) {
                    said++;
                    // no logger before: the first one begins all of logging
                    LoggerFactory.getLogger(MachineIommu.class).warn("the IOMMU refused {} to PCI function {}:{}.{}: {}{}", "0x" + Long.toHexString(address), "%02x".formatted(requester >> 8),
                            "%02x".formatted(requester >> 3 & 0x1F), requester & 7, why, said == MOST ? "; more is not told" : "");
                }
            }
        };
    }
}
