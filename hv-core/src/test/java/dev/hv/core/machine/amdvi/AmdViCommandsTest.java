package dev.hv.core.machine.amdvi;

import static dev.hv.core.machine.amdvi.AmdViRig.BOTH;
import static dev.hv.core.machine.amdvi.AmdViRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.SeenInterrupts.Seen;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, the event log, the unit's own interrupt, and its state. */
class AmdViCommandsTest {

    private static final long STATUS = 0x8000;

    @Test
    void aWaitStoresAndInterrupts() {
        var rig = new AmdViRig().on();
        rig.submit(1L << 60 | STATUS | 1, 0x1234_5678_9ABCL);
        assertThat(rig.memory.get(STATUS)).isEqualTo(0x1234_5678_9ABCL);
        assertThat(rig.messages).isZero();
        rig.submit(1L << 60 | 2, 0);
        assertThat(rig.get(0x2020) & 4).isEqualTo(4);
        assertThat(rig.messages).isEqualTo(1);
        rig.submit(1L << 60 | 2, 0);
        assertThat(rig.messages).isEqualTo(1);
        rig.set(0x2020, 4);
        assertThat(rig.get(0x2020) & 4).isZero();
        rig.submit(1L << 60 | 2, 0);
        assertThat(rig.messages).isEqualTo(2);
        assertThat(rig.get(0x2000)).isEqualTo(rig.get(0x2008));
    }

    @Test
    void aWatchIsToldOfCommandsAndRefusals() {
        var rig = new AmdViRig();
        rig.watched();
        rig.on();
        rig.domain(DEVICE, 7, 1, rig.table());
        rig.write(DEVICE, 0x5000);
        rig.unit.interrupt(0x2000, 0xFEE0_0000L, 5);
        rig.submit(2L << 60 | 0x1F19, 0, 3L << 60 | 7L << 32, 0x5000, 3L << 60 | 7L << 32, 0x5001, 3L << 60 | 7L << 32, 0x7FFF_FFFF_FFFF_F001L, 5L << 60 | DEVICE, 0, 8L << 60, 0,
                1L << 60 | STATUS | 3, 0x12, 0xFL << 60, 1);
        assertThat(rig.watchedLines).containsExactly("IOMMU on, commands on, event log on", "8 DMA write 5000 a page that is not there or without the right",
                "2000 interrupt fee00000 a page that is not there or without the right", "INVALIDATE_DEVTAB_ENTRY, device 1f:03.1", "INVALIDATE_IOMMU_PAGES, domain 7, 4096 bytes at 0x5000",
                "INVALIDATE_IOMMU_PAGES, domain 7, 16384 bytes at 0x4000", "INVALIDATE_IOMMU_PAGES, domain 7, all", "INVALIDATE_INTERRUPT_TABLE, device 00:01.0", "INVALIDATE_IOMMU_ALL",
                "COMPLETION_WAIT, writes 0x12 to 0x8000, interrupts", "unknown command 0xf000000000000000 0x1");
    }

    @Test
    void theRingGoesRoundAndWaitsWhileItIsOff() {
        var rig = new AmdViRig().on();
        for (int i = 0; i < 600; i++) {
            rig.submit(1L << 60 | STATUS | 1, i);
            assertThat(rig.memory.get(STATUS)).isEqualTo(i);
        }
        long control = rig.get(0x18);
        rig.set(0x18, control & ~(1L << 12));
        assertThat(rig.get(0x2020) & 1 << 4).isZero();
        rig.submit(1L << 60 | STATUS | 1, 1000);
        assertThat(rig.memory.get(STATUS)).isEqualTo(599);
        rig.set(0x18, control);
        assertThat(rig.memory.get(STATUS)).isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 6, 7, 9, 15, 3})
    void whatIsNoCommandOfTheUnitStopsItUntilItIsStartedAgain(int code) {
        var rig = new AmdViRig().on();
        rig.submit((long) code << 60, code == 3 ? 4 : 0, 1L << 60 | STATUS | 1, 7);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(5, 0, 0, 0));
        assertThat(rig.eventAddress(0)).isEqualTo(AmdViRig.COMMANDS);
        assertThat(rig.get(0x2020) & 1 << 4).isZero();
        assertThat(rig.get(0x2000)).isZero();
        assertThat(rig.memory.get(STATUS)).isZero();
        rig.memory.put(AmdViRig.COMMANDS, 8L << 60, 0);
        long control = rig.get(0x18);
        rig.set(0x18, control & ~(1L << 12));
        rig.set(0x18, control);
        assertThat(rig.memory.get(STATUS)).isEqualTo(7);
    }

    @Test
    void commandsWhereThereIsNoMemoryAreLogged() {
        var rig = new AmdViRig().on();
        rig.set(0x08, 64 << 20 | 8L << 56);
        rig.set(0x2008, 16);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(6, 0, 0, 1 << 9));
        assertThat(rig.get(0x2020) & 1 << 4).isZero();
    }

    @Test
    void aFullLogStopsAndSaysSo() {
        var rig = new AmdViRig().on();
        rig.device(DEVICE, 3, 0, 0, 0);
        for (int i = 0; i < 255; i++) {
            rig.read(DEVICE, i);
        }
        assertThat(rig.get(0x2020) & 9).isEqualTo(8);
        rig.read(DEVICE, 0);
        assertThat(rig.get(0x2020) & 9).isEqualTo(1);
        rig.set(0x2010, rig.get(0x2018));
        rig.read(DEVICE, 0);
        assertThat(rig.events()).isEqualTo(255);
        long control = rig.get(0x18);
        rig.set(0x2020, 3);
        rig.set(0x18, control & ~4);
        rig.set(0x18, control);
        rig.read(DEVICE, 0);
        assertThat(rig.events()).isZero();
        assertThat(rig.get(0x2020) & 11).isEqualTo(10);
        assertThat(rig.messages).isEqualTo(3);
    }

    @Test
    void anInterruptComesWhenItIsAllowedLater() {
        var rig = new AmdViRig().on();
        rig.set(0x18, rig.get(0x18) & ~8);
        rig.device(DEVICE, 3, 0, 0, 0);
        rig.read(DEVICE, 0);
        assertThat(rig.messages).isZero();
        rig.set(0x18, rig.get(0x18) | 8);
        assertThat(rig.messages).isEqualTo(1);
    }

    @Test
    void theInterruptCanBeInARegisterWithAWideDestination() {
        var rig = new AmdViRig().on();
        rig.set(0x170, 0x12L << 56 | 1L << 40 | 0x55L << 32 | 0x345678L << 8 | 4);
        rig.set(0x18, rig.get(0x18) | 1L << 51);
        rig.submit(1L << 60 | 2, 0);
        assertThat(rig.seen.all).containsExactly(new Seen(true, 0x12345678, true, 1, 0x55, false));
        assertThat(rig.messages).isZero();
    }

    @Test
    void registersAreWrittenByHalvesToo() {
        var rig = new AmdViRig();
        rig.unit.writeMmio(0x20, 4, 0x5003);
        rig.unit.writeMmio(0x24, 4, 0x12);
        assertThat(rig.get(0x20)).isEqualTo(0x12_0000_5003L);
        assertThat(rig.unit.readMmio(0x24, 4) & 0xFFFF_FFFFL).isEqualTo(0x12);
        rig.unit.writeMmio(0x20, 2, 0);
        assertThat(rig.get(0x20)).isEqualTo(0x12_0000_5003L);
        rig.set(0x30, -1);
        assertThat(rig.get(0x30)).isEqualTo(AmdViRegisters.FEATURES);
        // what it has not cannot be turned on
        rig.set(0x18, -1L << 13);
        assertThat(rig.get(0x18)).isEqualTo(1 << 17 | 3L << 50);
    }

    /** What is cached is state: a restored unit goes on as the saved one. */
    @Test
    void stateIsRestoredWhole() {
        var rig = new AmdViRig().on();
        rig.map(AmdViRig.TABLES, 4, 0x7000, 1, 0x20_0000 | 1 | BOTH);
        rig.device(DEVICE, 3 | 4L << 9 | AmdViRig.TABLES | BOTH, 9, 1 | 8 << 1 | AmdViRig.INTERRUPTS | 2L << 60, 0);
        rig.memory.put(AmdViRig.INTERRUPTS, 0x77 << 16 | 1);
        rig.set(0x20, 0x8000);
        rig.read(DEVICE, 0x7000);
        rig.read(DEVICE, 0x9000);
        rig.unit.interrupt(DEVICE, 0xFEE0_0000L, 0);
        rig.submit(1L << 60 | 2, 0);
        byte[] saved = state(rig);
        var other = new AmdViRig();
        other.unit.restore(new SectionReader(saved));
        assertThat(state(other)).isEqualTo(saved);
        assertThat(other.read(DEVICE, 0x7000)).isEqualTo(0x20_0000);
        other.unit.interrupt(DEVICE, 0xFEE0_0000L, 0);
        assertThat(other.seen.all).extracting(Seen::vector).containsExactly(0x77);
        other.unit.reset();
        assertThat(state(other)).isEqualTo(state(new AmdViRig()));
    }

    private static byte[] state(AmdViRig rig) {
        var out = new SectionWriter();
        rig.unit.save(out);
        return out.toBytes();
    }
}
