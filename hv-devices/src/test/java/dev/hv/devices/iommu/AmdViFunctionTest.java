package dev.hv.devices.iommu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.amdvi.AmdViRegisters;
import dev.hv.core.machine.amdvi.AmdViUnit;
import dev.hv.core.machine.iommu.LocalApics;
import dev.hv.core.machine.iommu.RefusalListener;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.chipset.ResetControl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a system finds of AMD's IOMMU on PCI. */
class AmdViFunctionTest {

    private static final int ADDRESS = 0xCF8;
    private static final int DATA = 0xCFC;

    private final List<String> interrupts = new ArrayList<>();
    private final SystemBus bus = new SystemBus(new SystemMemory(1 << 20));
    private final LocalApics apics = new LocalApics((d, l, m, v, t) -> interrupts.add(d + " " + v), (d, l, m, v, t) -> { });
    private final AmdViUnit unit = new AmdViUnit(bus, apics, RefusalListener.NOBODY);
    private final PciHost pci = new PciHost(new ResetControl(new PowerControl() {
        @Override
        public void powerOff() {}

        @Override
        public void reset() {}

        @Override
        public void debugExit(int value) {}
    }));
    private final AmdViFunction function = new AmdViFunction(unit, pci, apics.compatible(), 48);

    private int read(int register) {
        pci.writePort(ADDRESS, 4, 1 << 31 | AmdViFunction.SLOT << 11 | register);
        return pci.readPort(DATA, 4);
    }

    private void write(int register, int value) {
        pci.writePort(ADDRESS, 4, 1 << 31 | AmdViFunction.SLOT << 11 | register);
        pci.writePort(DATA, 4, value);
    }

    @Test
    void theCapabilityBlockSaysWhereTheRegistersAre() {
        assertThat(read(0x08) >>> 8).isEqualTo(0x080600);
        assertThat(read(0x04) >>> 16 & 1 << 4).isNotZero();
        assertThat(read(0x34)).isEqualTo(0x40);
        assertThat(read(0x40)).isEqualTo(0x080B_580F);
        assertThat(read(0x44)).isEqualTo((int) AmdViRegisters.BASE | 1);
        write(0x44, 0);
        assertThat(read(0x44)).isEqualTo((int) AmdViRegisters.BASE | 1);
        assertThat(read(0x50)).isEqualTo(48 << 8 | 64 << 15);
        assertThat(read(0x58)).isEqualTo(0x0080_0005);
    }

    @Test
    void itsMessageComesWhileItIsEnabledAndTheFunctionMayMasterTheBus() {
        unit.writeMmio(0x08, 8, 0x1000 | 8L << 56);
        unit.writeMmio(0x18, 8, 1 | 1 << 4 | 1 << 12);
        write(0x5C, 0xFEE0_3000);
        write(0x64, 0x51);
        for (int step = 0; step < 3; step++) {
            bus.memory().write(0x1000 + 16 * step, 8, 1L << 60 | 2);
            unit.writeMmio(0x2020, 8, 4);
            unit.writeMmio(0x2008, 8, 16 * (step + 1));
            assertThat(interrupts).hasSize(step / 2);
            write(step == 0 ? 0x58 : 0x04, step == 0 ? 1 << 16 : 4);
        }
        assertThat(interrupts).containsExactly("3 81");
        var out = new SectionWriter();
        function.save(out);
        write(0x64, 0);
        function.restore(new SectionReader(out.toBytes()));
        assertThat(read(0x64)).isEqualTo(0x51);
    }
}
