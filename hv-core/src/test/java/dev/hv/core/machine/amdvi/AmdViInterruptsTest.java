package dev.hv.core.machine.amdvi;

import static dev.hv.core.machine.amdvi.AmdViRig.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.iommu.SeenInterrupts.Seen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Interrupt tables of AMD's unit. */
class AmdViInterruptsTest {

    private static final long MESSAGES = 0xFEE0_0000L;

    private static void narrow(AmdViRig rig, int index, int entry) {
        long at = AmdViRig.INTERRUPTS + index / 2 * 8L;
        int shift = (index & 1) * 32;
        rig.memory.put(at, rig.memory.get(at) & ~(0xFFFF_FFFFL << shift) | (entry & 0xFFFF_FFFFL) << shift);
    }

    private static void send(AmdViRig rig, int data) {
        rig.unit.interrupt(DEVICE, MESSAGES | 5 << 12, data);
    }

    @Test
    void messagesPassWhereNothingSaysOtherwise() {
        var rig = new AmdViRig();
        send(rig, 0x41);
        rig.on();
        send(rig, 0x42);
        // without a map, and forwarded as they are
        rig.device(DEVICE, 3, 0, 0, 0);
        rig.submit(2L << 60 | DEVICE, 0);
        send(rig, 0x43);
        rig.interrupts(DEVICE, 8, 0);
        rig.memory.put(AmdViRig.DEVICES + DEVICE * 32 + 16, 1 | 1L << 60);
        rig.submit(2L << 60 | DEVICE, 0);
        send(rig, 0x144);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 5, false, 0, 0x41, false), new Seen(false, 5, false, 0, 0x42, false), new Seen(false, 5, false, 0, 0x43, false),
                new Seen(false, 5, false, 1, 0x44, false));
    }

    @Test
    void anEntrySaysWhereAMessageGoes() {
        var rig = new AmdViRig().on();
        rig.interrupts(DEVICE, 9, 0);
        narrow(rig, 3, 0x77 << 16 | 6 << 8 | 1 << 6 | 1 << 2 | 1);
        narrow(rig, 0x1FF, 0x78 << 16 | 7 << 8 | 1);
        send(rig, 3);
        send(rig, 1 << 15 | 1 << 14 | 0x1FF);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 6, true, 1, 0x77, false), new Seen(false, 7, false, 0, 0x78, true));
    }

    @Test
    void wideEntriesHaveDestinationsOf32BitsWhereThatIsOn() {
        var rig = new AmdViRig().on();
        rig.set(0x18, rig.get(0x18) | 1 << 17);
        rig.interrupts(DEVICE, 8, 0);
        rig.memory.put(AmdViRig.INTERRUPTS + 16 * 3, 0x345678L << 8 | 1, 0x12L << 56 | 0x77);
        send(rig, 3);
        rig.set(0x18, rig.get(0x18) | 1L << 50);
        send(rig, 3);
        assertThat(rig.seen.all).containsExactly(new Seen(false, 0x78, false, 0, 0x77, false), new Seen(true, 0x12345678, false, 0, 0x77, false));
    }

    @ParameterizedTest
    @CsvSource({"4, 58", "5, 56", "7, 57", "2, -1", "3, -1"})
    void otherKindsPassByBitsOfTheirOwnOrNotAtAll(int mode, int bit) {
        var rig = new AmdViRig().on();
        rig.interrupts(DEVICE, 9, 0);
        send(rig, mode << 8);
        assertThat(rig.seen.all).isEmpty();
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(2, DEVICE, 0, 1 << 3));
        if (bit > 0) {
            rig.interrupts(DEVICE, 9, 1L << bit);
            rig.submit(2L << 60 | DEVICE, 0);
            send(rig, mode << 8);
            assertThat(rig.seen.all).containsExactly(new Seen(false, 5, false, mode, 0, false));
        }
    }

    @ParameterizedTest
    @CsvSource({"256, 0, 0x8", "3, 0, 0x8", "3, 0x81, 0x98", "3, 0x9, 0x98", "3, 0x2, -1"})
    void eachRefusalIsLoggedUnlessTheEntryOrTheTableSaysNo(int index, String entry, String flags) {
        for (int ignore = 0; ignore < 2; ignore++) {
            var rig = new AmdViRig().on();
            rig.interrupts(DEVICE, 8, ignore << 5);
            narrow(rig, index, Integer.decode(entry));
            send(rig, index);
            boolean logged = ignore == 0 && Integer.decode(flags) > 0;
            assertThat(rig.seen.all).isEmpty();
            assertThat(rig.events()).isEqualTo(logged ? 1 : 0);
            assertThat(rig.event(0)).isEqualTo(logged ? AmdViRig.event(2, DEVICE, 0, Integer.decode(flags)) : 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 0x88", "1, 0, 0x8"})
    void controlsThatLeadNowhereAreLogged(int valid, long control, String flags) {
        var rig = new AmdViRig().on();
        rig.device(DEVICE, 3, 0, valid | control << 60, 0);
        send(rig, 0);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(control == 3 ? 1 : 2, DEVICE, 0, Integer.decode(flags)));
    }

    @Test
    void aTableWhereThereIsNoMemoryIsLogged() {
        var rig = new AmdViRig().on();
        rig.device(DEVICE, 3, 0, 1 | 8 << 1 | 64 << 20 | 2L << 60, 0);
        send(rig, 0);
        assertThat(rig.event(0)).isEqualTo(AmdViRig.event(4, DEVICE, 0, 1 << 3 | 1 << 9));
    }

    @Test
    void anEntryStaysAsItWasUntilItIsInvalidated() {
        var rig = new AmdViRig().on();
        rig.interrupts(DEVICE, 8, 0);
        narrow(rig, 3, 0x77 << 16 | 1);
        send(rig, 3);
        narrow(rig, 3, 0x78 << 16 | 1);
        send(rig, 3);
        rig.submit(5L << 60 | DEVICE + 1, 0);
        send(rig, 3);
        rig.submit(5L << 60 | DEVICE, 0);
        send(rig, 3);
        assertThat(rig.seen.all).extracting(Seen::vector).containsExactly(0x77, 0x77, 0x77, 0x78);
    }
}
