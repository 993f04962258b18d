package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IoApicTest {

    private final List<String> sent = new ArrayList<>();
    private final IoApic ioapic = new IoApic((destination, logical, mode, vector, level) ->
            sent.add("%x %s %d %x %s".formatted(destination, logical ? "logical" : "physical", mode, vector, level ? "level" : "edge")));

    private void write(int register, int value) {
        ioapic.writeMmio(0, 4, register);
        ioapic.writeMmio(0x10, 4, value & 0xFFFF_FFFFL);
    }

    private long read(int register) {
        ioapic.writeMmio(0, 4, register);
        return ioapic.readMmio(0x10, 4);
    }

    private void entry(int pin, int low, int destination) {
        write(0x11 + 2 * pin, destination << 24);
        write(0x10 + 2 * pin, low);
    }

    @Test
    void identifiesItselfAsTheDataSheetSays() {
        assertThat(read(1)).isEqualTo(0x0017_0011L);
        write(0, 0xF500_0000);
        assertThat(read(0)).isEqualTo(0x0500_0000L);
        assertThat(read(2)).as("arbitration ID follows the ID").isEqualTo(0x0500_0000L);
        assertThat(read(0x10)).isEqualTo(0x10000);
        assertThat(read(0x3F)).isZero();
    }

    @Test
    void anEdgePinSendsOncePerRise() {
        entry(4, 0x31, 2);
        var pin = ioapic.pin(4);
        pin.set(true);
        pin.set(true);
        pin.set(false);
        pin.pulse();
        assertThat(sent).containsExactly("2 physical 0 31 edge", "2 physical 0 31 edge");
    }

    @Test
    void edgesOfMaskedPinsAreLost() {
        entry(4, 0x10031, 2);
        ioapic.pin(4).set(true);
        entry(4, 0x31, 2);
        assertThat(sent).isEmpty();
    }

    @Test
    void aLevelPinWaitsForItsEoi() {
        entry(9, 0x8939, 0x0F);
        var pin = ioapic.pin(9);
        pin.set(true);
        assertThat(sent).containsExactly("f logical 1 39 level");
        assertThat(read(0x22)).as("remote IRR").isEqualTo(0xC939);
        pin.set(false);
        pin.set(true);
        assertThat(sent).hasSize(1);
        ioapic.endOfInterrupt(0x38);
        assertThat(sent).hasSize(1);
        ioapic.endOfInterrupt(0x39);
        assertThat(sent).as("still active").hasSize(2);
        pin.set(false);
        ioapic.endOfInterrupt(0x39);
        assertThat(sent).hasSize(2);
        assertThat(read(0x22)).isEqualTo(0x8939);
    }

    @Test
    void unmaskingAnActiveLevelPinSends() {
        entry(9, 0x18039, 0);
        ioapic.pin(9).set(true);
        assertThat(sent).isEmpty();
        write(0x22, 0x8039);
        assertThat(sent).containsExactly("0 physical 0 39 level");
        write(0x22, 0x8039);
        assertThat(sent).as("remote IRR holds it").hasSize(1);
    }

    @Test
    void switchingToEdgeDropsRemoteIrr() {
        entry(9, 0x8039, 0);
        ioapic.pin(9).set(true);
        write(0x22, 0x10039);
        write(0x22, 0x18039);
        assertThat(read(0x22)).isEqualTo(0x18039);
    }

    @Test
    void anActiveLowPinIsActiveWhenTheLineIsLow() {
        ioapic.pin(10).set(true);
        entry(10, 0xA03A, 1);
        assertThat(sent).isEmpty();
        ioapic.pin(10).set(false);
        assertThat(sent).containsExactly("1 physical 0 3a level");
    }

    @Test
    void otherDeliveryModesAreEdges() {
        entry(0, 0x700, 1);
        entry(1, 0x8400, 1);
        ioapic.pin(0).set(true);
        ioapic.pin(1).set(true);
        assertThat(sent).containsExactly("1 physical 7 0 edge", "1 physical 4 0 edge");
    }

    @Test
    void readOnlyBitsIgnoreWrites() {
        entry(3, 0xFFFF_FFFF, 0xFF);
        assertThat(read(0x16)).isEqualTo(0x1AFFF);
        assertThat(read(0x17)).isEqualTo(0xFF00_0000L);
    }

    @Test
    void thereAre24Pins() {
        assertThatThrownBy(() -> ioapic.pin(24)).isInstanceOf(IllegalArgumentException.class);
    }
}
