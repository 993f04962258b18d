package dev.hv.core.machine.vtd;

import static dev.hv.core.machine.vtd.VtdRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.IoApic;
import dev.hv.core.machine.iommu.SeenInterrupts.Seen;
import dev.hv.cpu.memory.LittleEndian;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What messages of devices and of the I/O APIC become. */
class InterruptRemappingTest {

    private static final long MESSAGES = 0xFEE0_0000L;

    private static void entry(VtdRig rig, int index, long low, long high) {
        rig.memory.put(VtdRig.IRT + index * 16L, low, high);
    }

    private static long remappable(int index) {
        return MESSAGES | 1 << 4 | (index & 0x7FFF) << 5 | index >>> 15 << 2;
    }

    private static void send(VtdRig rig, long address, int data) {
        rig.unit.interrupt(DEVICE, address, data);
    }

    @Test
    void nothingIsRemappedBeforeItIsTurnedOn() {
        var rig = new VtdRig();
        send(rig, MESSAGES | 5 << 12 | 4, 0x141);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 5, true, 1, 0x41, false));
    }

    @ParameterizedTest
    @CsvSource({"false,0x0500,5", "true,0x12345,0x12345"})
    void anEntrySaysWhereAMessageGoes(boolean extended, String destination, String there) {
        var rig = new VtdRig().remapping(extended);
        entry(rig, 9, Long.decode(destination) << 32 | 0x77 << 16 | 1 << 5 | 1 << 4 | 1 << 2 | 1, 0);
        send(rig, remappable(9), 0);
        assertThat(rig.seen.all).containsExactly(new Seen(extended, Integer.decode(there), true, 1, 0x77, true));
    }

    @Test
    void aSubhandleIsAddedToTheHandle() {
        var rig = new VtdRig().remapping(false);
        entry(rig, 9, 0x77 << 16 | 1, 0);
        send(rig, remappable(6) | 1 << 3, 3);
        // without it the data means nothing
        send(rig, remappable(9), 0xFFFF_FFFF);
        assertThat(rig.seen.all).hasSize(2);
    }

    @Test
    void compatibilityFormatPassesOnlyWhereItIsAllowed() {
        var rig = new VtdRig().remapping(false);
        send(rig, MESSAGES, 0x41);
        assertThat(rig.reason(0)).isEqualTo(0x25);
        rig.command(1 << 23);
        send(rig, MESSAGES, 0x41);
        assertThat(rig.seen.all).hasSize(1);
        // never in extended mode
        rig.remapping(true);
        send(rig, MESSAGES, 0x41);
        assertThat(rig.seen.all).hasSize(1);
        assertThat(rig.reason(1)).isEqualTo(0x25);
    }

    @ParameterizedTest
    @CsvSource({
        "0x20, 6, 0x10003, 0x10001, 0, false", "0x21, 256, 0, 1, 0, false", "0x21, 250, 20, 1, 0, false", "0x22, 3, 0, 0, 0, true",
        "0x24, 3, 0, 0x1001, 0, true", "0x24, 3, 0, 0x8001, 0, true", "0x24, 3, 0, 0x1000001, 0, true", "0x24, 3, 0, 0x100000001, 0, true",
        "0x24, 3, 0, 0x1000000000001, 0, true", "0x24, 3, 0, 1, 0x100000, true", "0x24, 3, 0, 1, 0xC0000, true", "0x26, 3, 0, 1, 0x40007, true"})
    void eachReasonIsRecorded(String reason, int handle, String data, String low, String high, boolean qualified) {
        for (int silent = 0; silent < 2; silent++) {
            var rig = new VtdRig().remapping(false);
            int index = handle + (Integer.decode(data) & 0xFFFF);
            if (index < 256) {
                entry(rig, index, Long.decode(low) | silent << 1, Long.decode(high));
            }
            send(rig, remappable(handle) | 1 << 3, Integer.decode(data));
            assertThat(rig.seen.all).isEmpty();
            boolean recorded = silent == 0 || !qualified;
            assertThat(rig.reason(0)).isEqualTo(recorded ? Integer.decode(reason) : 0);
            assertThat(rig.get64(0x220)).isEqualTo(recorded ? (long) index << 48 : 0);
            assertThat(rig.told).hasSize(1);
        }
    }

    @Test
    void aTableWhereThereIsNoMemoryIsRecorded() {
        var rig = new VtdRig();
        rig.set64(0xB8, 64 << 20 | 15);
        rig.command(1 << 24);
        rig.command(1 << 25);
        send(rig, remappable(0xFFFF), 0);
        assertThat(rig.reason(0)).isEqualTo(0x23);
        assertThat(rig.get64(0x220)).isEqualTo(0xFFFFL << 48);
    }

    @ParameterizedTest
    @CsvSource({
        "0x0008, 1, 0, true", "0x0009, 1, 0, false", "0x000C, 1, 1, true", "0x000A, 1, 1, false", "0x000E, 1, 2, true", "0x0009, 1, 2, false", "0x000F, 1, 3, true",
        "0x0010, 1, 3, false", "0x0000, 2, 0, true", "0x0105, 2, 0, false", "0x0001, 2, 0, true", "0xFFFF, 0, 0, true"})
    void anEntryIsOfTheRequestersThatItNames(String source, int type, int qualifier, boolean passes) {
        var rig = new VtdRig().remapping(false);
        entry(rig, 0, 0x40_0001, type << 18 | qualifier << 16 | Integer.decode(source));
        send(rig, remappable(0), 0);
        assertThat(rig.seen.all).hasSize(passes ? 1 : 0);
        assertThat(rig.reason(0)).isEqualTo(passes ? 0 : 0x26);
    }

    @Test
    void anEntryStaysAsItWasUntilItIsInvalidated() {
        var rig = new VtdRig().queue().remapping(false);
        for (int i = 0; i < 16; i++) {
            entry(rig, i, 0x40_0001, 0);
            send(rig, remappable(i), 0);
            entry(rig, i, 0x50_0001, 0);
        }
        rig.seen.all.clear();
        send(rig, remappable(5), 0);
        rig.submit(4 | 1 << 4 | 2L << 27 | 6L << 32, 0);
        send(rig, remappable(3), 0);
        send(rig, remappable(4), 0);
        send(rig, remappable(7), 0);
        send(rig, remappable(8), 0);
        rig.submit(4, 0);
        send(rig, remappable(8), 0);
        assertThat(rig.seen.all).extracting(Seen::vector).containsExactly(0x40, 0x40, 0x50, 0x50, 0x40, 0x50);
    }

    @Test
    void aDevicesWriteOfFourBytesIsAMessage() {
        var rig = new VtdRig().remapping(false);
        entry(rig, 2, 0x40_0001, 0);
        byte[] data = new byte[4];
        LittleEndian.put32(data, 0, 0);
        assertThat(rig.view(DEVICE).write(remappable(2), data, 0, 4)).isTrue();
        assertThat(rig.seen.all).hasSize(1);
    }

    /** The I/O APIC's entries in remappable format: index 14:0 in bits 63:49, bit 15 of it in bit 11, the format in bit 48. */
    @Test
    void theIoApicsEntriesAreMessages() {
        var rig = new VtdRig().remapping(false);
        rig.set64(0xB8, VtdRig.IRT | 15);
        rig.command(1 << 24);
        entry(rig, 0x8003, 0x66_0001L | 0x700L << 32, 1 << 18 | VtdRegisters.IO_APIC);
        var ioApic = new IoApic((d, l, m, v, t) -> rig.seen.all.clear());
        ioApic.remapped(rig.unit.port(new DmaRequester(DmaRequester.Bus.PCI, 0, rig.unit.ioApic())));
        ioApic.writeMmio(0, 4, 0x10 + 2 * 9 + 1);
        ioApic.writeMmio(0x10, 4, 3 << 17 | 1 << 16);
        ioApic.writeMmio(0, 4, 0x10 + 2 * 9);
        ioApic.writeMmio(0x10, 4, 1 << 15 | 1 << 11 | 9);
        ioApic.pin(9).set(true);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 7, false, 0, 0x66, false));
        // remote IRR is set, as of any level; compatibility format is refused
        assertThat(ioApic.readMmio(0x10, 4) & 1 << 14).isNotZero();
        ioApic.writeMmio(0, 4, 0x10 + 2 * 5);
        ioApic.writeMmio(0x10, 4, 0x31);
        ioApic.pin(5).pulse();
        assertThat(rig.reason(0)).isEqualTo(0x25);
    }
}
