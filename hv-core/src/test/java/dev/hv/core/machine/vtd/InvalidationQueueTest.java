package dev.hv.core.machine.vtd;

import static dev.hv.core.machine.vtd.VtdRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.SeenInterrupts.Seen;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The queue itself, what waits for it, its errors, and the unit's state. */
class InvalidationQueueTest {

    private static final long STATUS = 0x8000;

    private static int status(VtdRig rig) {
        return LittleEndian.u32(rig.memory.bytes, (int) STATUS);
    }

    @Test
    void aWaitWritesItsStatusAndInterrupts() {
        var rig = new VtdRig().queue().events();
        rig.submit(5 | 1 << 5 | 0x1234_5678L << 32, STATUS);
        assertThat(status(rig)).isEqualTo(0x1234_5678);
        assertThat(rig.seen.all).isEmpty();
        rig.submit(5 | 1 << 4, 0);
        assertThat(rig.get(0x9C)).isEqualTo(1);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 3, false, 0, 0x52, false));
        // once, until it is acknowledged
        rig.submit(5 | 1 << 4, 0);
        assertThat(rig.seen.all).hasSize(1);
        rig.set(0x9C, 1);
        assertThat(rig.get(0x9C)).isZero();
        rig.set(0xA0, 1 << 31);
        rig.submit(5 | 1 << 4, 0);
        assertThat(rig.get(0xA0)).isEqualTo(3 << 30);
        rig.set(0xA0, 0);
        assertThat(rig.seen.all).hasSize(2);
        assertThat(rig.get(0x80)).isEqualTo(rig.get(0x88));
    }

    @Test
    void aWatchIsToldOfCommandsAndRefusals() {
        var rig = new VtdRig().translating().queue();
        rig.watched();
        rig.read(DEVICE, 0x5000);
        rig.domain(DEVICE, 7, 3, rig.table());
        rig.write(DEVICE, 0x5000);
        rig.submit(1 | 1 << 4, 0, 1 | 2 << 4 | 7 << 16, 0, 1 | 3 << 4 | 7 << 16 | 0x1F19L << 32 | 3L << 48, 0, 2 | 1 << 4, 0, 2 | 2 << 4 | 7 << 16, 0, 2 | 3 << 4 | 7 << 16, 0x5002,
                4, 0, 4 | 1 << 4 | 2L << 27 | 9L << 32, 0, 5 | 1 << 4 | 1 << 5 | 5L << 32, STATUS, 0xF, 1);
        assertThat(rig.watchedLines).containsExactly("8 DMA read 5000 no context entry", "8 DMA write 5000 no right to write", "context-cache invalidate, global",
                "context-cache invalidate, domain 7", "context-cache invalidate, domain 7, device 1f:03.1, function mask 3", "IOTLB invalidate, global", "IOTLB invalidate, domain 7",
                "IOTLB invalidate, domain 7, 2^2 pages at 0x5000", "interrupt entry cache invalidate, global", "interrupt entry cache invalidate, index 9, 2^2 entries",
                "invalidation wait, writes 0x5 to 0x8000, interrupts", "unknown descriptor 0xf 0x1");
    }

    @Test
    void theRingGoesRound() {
        var rig = new VtdRig().queue();
        for (int i = 0; i < 600; i++) {
            rig.submit(5 | 1 << 5 | (long) i << 32, STATUS);
            assertThat(status(rig)).isEqualTo(i);
        }
        assertThat(rig.get(0x80)).isEqualTo(600 * 16 & 0xFFF);
        rig.set(0x18, 0);
        assertThat(rig.get(0x80)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "3, 0x3, 0", "3, 0x0, 0", "3, 0x205, 0", "3, 0x9, 0", "4, 0x1, 0", "4, 0x51, 0", "4, 0x1011, 0", "4, 0x11, 1", "4, 0x2, 0", "4, 0x32, 19", "4, 0x32, 0x80", "4, 0x1012, 0",
        "4, 0x24, 0", "4, 0x4, 1", "4, 0x1025, 0x8000", "4, 0x25, 0x8002", "1, 0, 0x1000"})
    void whatCannotBeCarriedOutStopsTheQueueUntilItIsMended(int why, String low, String high) {
        var rig = new VtdRig().queue().events();
        if (why == 1) {
            rig.set(0x88, Integer.decode(high));
        } else {
            rig.submit(Long.decode(low), Long.decode(high), 5 | 1 << 5 | 7L << 32, STATUS);
        }
        assertThat(rig.get(0x34)).isEqualTo(1 << 4);
        assertThat(rig.get(0xB0)).isEqualTo(why);
        assertThat(rig.get(0x80)).isZero();
        assertThat(status(rig)).isZero();
        assertThat(rig.seen.all).containsExactly(new Seen(false, 3, false, 0, 0x51, false));
        rig.memory.put(VtdRig.QUEUE, 5, 0);
        if (why == 1) {
            rig.set(0x88, 0);
        }
        rig.set(0x34, 1 << 4);
        assertThat(rig.get(0x34)).isZero();
        assertThat(status(rig)).isEqualTo(why == 1 ? 0 : 7);
    }

    @Test
    void aQueueWhereThereIsNoMemoryIsAnError() {
        var rig = new VtdRig();
        rig.set64(0x90, 64 << 20);
        rig.command(1 << 26);
        rig.set(0x88, 16);
        assertThat(rig.get(0x34)).isEqualTo(1 << 4);
        assertThat(rig.get(0xB0)).isEqualTo(2);
    }

    @Test
    void registersAreReadByHalvesAndUnknownOnesAreNothing() {
        var rig = new VtdRig();
        assertThat(rig.get(0)).isEqualTo(0x10);
        rig.set(0x20, 0x5000);
        rig.set(0x24, 0x12);
        assertThat(rig.get64(0x20)).isEqualTo(0x12_0000_5000L);
        assertThat(rig.unit.readMmio(0x21, 1)).isEqualTo(0x50);
        rig.unit.writeMmio(0x20, 2, 0xFFFF);
        assertThat(rig.get64(0x20)).isEqualTo(0x12_0000_5000L);
        rig.set(0x400, -1);
        rig.set(0x08, -1);
        assertThat(rig.get(0x400)).isZero();
        assertThat(rig.get64(0x10) & 0xFF).isEqualTo(0b1101_1011);
    }

    /** What is cached is state: a restored unit goes on as the saved one. */
    @Test
    void stateIsRestoredWhole() {
        var rig = new VtdRig().translating().queue().remapping(false).events();
        rig.map(VtdRig.TABLES, 4, 0x7000, 1, 0x20_0000 | 3);
        rig.domain(DEVICE, 9, 4, VtdRig.TABLES);
        rig.memory.put(VtdRig.IRT, 0x40_0001, 0);
        rig.read(DEVICE, 0x7000);
        rig.read(DEVICE, 0x8000);
        rig.unit.interrupt(DEVICE, 0xFEE0_0010L, 0);
        rig.submit(5 | 1 << 4, 0);
        byte[] saved = state(rig);
        var other = new VtdRig();
        other.unit.restore(new SectionReader(saved));
        assertThat(state(other)).isEqualTo(saved);
        // in the other's memory there are no tables
        assertThat(other.read(DEVICE, 0x7000)).isEqualTo(0x20_0000);
        other.unit.interrupt(DEVICE, 0xFEE0_0010L, 0);
        assertThat(other.seen.all).extracting(Seen::vector).containsExactly(0x40);
        other.unit.reset();
        assertThat(state(other)).isEqualTo(state(new VtdRig()));
    }

    private static byte[] state(VtdRig rig) {
        var out = new SectionWriter();
        rig.unit.save(out);
        return out.toBytes();
    }
}
