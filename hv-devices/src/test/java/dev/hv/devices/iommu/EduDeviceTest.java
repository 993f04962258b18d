package dev.hv.devices.iommu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.PowerControl;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.devices.chipset.PciHost;
import dev.hv.devices.chipset.ResetControl;
import dev.hv.devices.pci.PciSite;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The test device copies, counts and interrupts as its description says. */
class EduDeviceTest {

    private static final int SLOT = 6;
    private static final long WINDOW = 0xE000_0000L;

    private final List<String> seen = new ArrayList<>();
    private final SystemBus bus = new SystemBus(new SystemMemory(1 << 20));
    private final PciHost pci = new PciHost(new ResetControl(new PowerControl() {
        @Override
        public void powerOff() {}

        @Override
        public void reset() {}

        @Override
        public void debugExit(int value) {}
    }));
    private final EduDevice edu;

    EduDeviceTest() {
        DmaView memory = bus;
        var site = new PciSite(bus, pci, r -> memory, r -> (address, data) -> seen.add("message " + data), n -> high -> seen.add("pin " + high),
                new MemoryRange(WINDOW, 16 << 20), new MemoryRange(1L << 40, 1L << 30));
        edu = new EduDevice(site, site.slot(SLOT));
        config(0x04, 6);
        seen.clear();
    }

    private void config(int register, int value) {
        pci.writePort(0xCF8, 4, 1 << 31 | SLOT << 11 | register);
        pci.writePort(0xCFC, 4, value);
    }

    @Test
    void itCopiesBetweenMemoryAndItsBuffer() {
        bus.memory().write(0x1000, 8, 0x1122_3344_5566_7788L);
        copy(0x1000, 0x4_0010, 8, 1);
        copy(0x4_0010, 0x2000, 8, 3);
        assertThat(bus.memory().read(0x2000, 8)).isEqualTo(0x1122_3344_5566_7788L);
        assertThat(edu.readMmio(0x98, 4) & 1).isZero();
        // beyond the buffer, and while it may not master the bus
        copy(0x4_0FFF, 0x3000, 8, 3);
        copy(0x3_FFFF, 0x3000, 8, 3);
        config(0x04, 2);
        copy(0x4_0010, 0x3000, 8, 3);
        assertThat(bus.memory().read(0x3000, 8)).isZero();
    }

    private void copy(long source, long target, int count, int command) {
        edu.writeMmio(0x80, 8, source);
        edu.writeMmio(0x88, 8, target);
        edu.writeMmio(0x90, 8, count);
        edu.writeMmio(0x98, 4, command);
    }

    @Test
    void itInterruptsByItsPinAndByMessages() {
        edu.writeMmio(0x60, 4, 6);
        assertThat(edu.readMmio(0x24, 4)).isEqualTo(6);
        edu.writeMmio(0x64, 4, 2);
        edu.writeMmio(0x64, 4, 4);
        assertThat(seen).containsExactly("pin true", "pin false");
        seen.clear();
        int at = 0x34;
        for (int next = read(at) & 0xFF; (read(next) & 0xFF) != 5; next = read(next) >>> 8 & 0xFF) {
            at = next;
        }
        int msi = at == 0x34 ? read(0x34) & 0xFF : read(at) >>> 8 & 0xFF;
        config(msi + 4, 0xFEE0_0000);
        config(msi + 12, 0x41);
        config(msi, 1 << 16);
        edu.writeMmio(0x20, 4, 0x80);
        edu.writeMmio(0x08, 4, 5);
        assertThat(edu.readMmio(0x08, 4)).isEqualTo(120);
        assertThat(seen).containsExactly("message 65");
    }

    private int read(int register) {
        pci.writePort(0xCF8, 4, 1 << 31 | SLOT << 11 | register);
        return pci.readPort(0xCFC, 4);
    }

    @Test
    void itsStateIsRestored() {
        edu.writeMmio(0x04, 4, 0x1234);
        copy(0x1000, 0x4_0010, 8, 1);
        var out = new SectionWriter();
        edu.save(out);
        edu.reset();
        assertThat(edu.readMmio(0x04, 4)).isEqualTo(-1);
        edu.restore(new SectionReader(out.toBytes()));
        assertThat(edu.readMmio(0x04, 4)).isEqualTo(~0x1234L);
        assertThat(edu.readMmio(0x88, 8)).isEqualTo(0x4_0010);
        assertThat(edu.readMmio(0, 4)).isEqualTo(0x0100_00EDL);
    }
}
