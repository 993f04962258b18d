package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PicPairTest {

    private final FakeLine intr = new FakeLine();
    private final PicPair pic = new PicPair(intr);

    @BeforeEach
    void initialise() {
        initialise(0x11, 0x01);
    }

    private void initialise(int icw1, int icw4) {
        out(0x20, icw1);
        out(0x21, 0x20);
        out(0x21, 0x04);
        out(0x21, icw4);
        out(0xA0, icw1);
        out(0xA1, 0x28);
        out(0xA1, 0x02);
        out(0xA1, icw4);
    }

    private int in(int port) {
        return pic.readPort(port, 1);
    }

    private void out(int port, int value) {
        pic.writePort(port, 1, value);
    }

    private void pulse(int irq) {
        pic.line(irq).pulse();
    }

    private int inService(int port) {
        out(port, 0x0B);
        return in(port);
    }

    @Test
    void aRequestRaisesIntrAndGivesItsVector() {
        pulse(4);
        assertThat(intr.high).isTrue();
        out(0x20, 0x0A);
        assertThat(in(0x20)).isEqualTo(0x10);
        assertThat(pic.acknowledge()).isEqualTo(0x24);
        assertThat(intr.high).isFalse();
        assertThat(inService(0x20)).isEqualTo(0x10);
        out(0x20, 0x20);
        assertThat(inService(0x20)).isZero();
    }

    @Test
    void lowerLevelsWaitHigherOnesNest() {
        pulse(4);
        pic.acknowledge();
        pulse(5);
        assertThat(pic.requesting()).isFalse();
        pulse(1);
        assertThat(pic.acknowledge()).isEqualTo(0x21);
        out(0x20, 0x20);
        assertThat(pic.requesting()).as("4 is still in service").isFalse();
        out(0x20, 0x20);
        assertThat(pic.acknowledge()).isEqualTo(0x25);
    }

    @Test
    void theSlaveComesThroughTheCascade() {
        pulse(12);
        pulse(8);
        assertThat(pic.acknowledge()).isEqualTo(0x28);
        assertThat(inService(0x20)).isEqualTo(0x04);
        assertThat(inService(0xA0)).isEqualTo(0x01);
        assertThat(pic.requesting()).isFalse();
        out(0xA0, 0x20);
        out(0x20, 0x20);
        assertThat(pic.acknowledge()).isEqualTo(0x2C);
    }

    @Test
    void specialFullyNestedModeLetsAHigherSlaveLevelInterrupt() {
        initialise(0x11, 0x11);
        pulse(12);
        pic.acknowledge();
        pulse(9);
        assertThat(pic.acknowledge()).isEqualTo(0x29);
    }

    @Test
    void masksHoldRequestsAndReadBack() {
        out(0x21, 0xFB);
        out(0xA1, 0xEF);
        pulse(3);
        pulse(12);
        assertThat(in(0x21)).isEqualTo(0xFB);
        assertThat(in(0xA1)).isEqualTo(0xEF);
        assertThat(pic.acknowledge()).isEqualTo(0x2C);
        out(0xA0, 0x20);
        out(0x20, 0x20);
        assertThat(pic.requesting()).isFalse();
        out(0x21, 0xF7);
        assertThat(pic.acknowledge()).isEqualTo(0x23);
    }

    @Test
    void anAcknowledgeForNothingIsSpurious7() {
        pulse(5);
        out(0x21, 0xFF);
        assertThat(pic.acknowledge()).isEqualTo(0x27);
        assertThat(inService(0x20)).as("not in service").isZero();
    }

    @Test
    void aLevelThatFallsIsNoRequestAnyMore() {
        out(0x4D0, 0x20);
        out(0x4D1, 0x08);
        pic.line(5).set(true);
        pic.line(11).set(true);
        assertThat(pic.requesting()).isTrue();
        pic.line(11).set(false);
        pic.line(5).set(false);
        assertThat(intr.high).isFalse();
        assertThat(pic.acknowledge()).isEqualTo(0x27);
    }

    @Test
    void aLevelRequestsAgainAfterItsEnd() {
        out(0x4D0, 0x20);
        pic.line(5).set(true);
        assertThat(pic.acknowledge()).isEqualTo(0x25);
        out(0x20, 0x20);
        assertThat(pic.requesting()).isTrue();
        pic.line(5).set(false);
        assertThat(pic.requesting()).isFalse();
    }

    @Test
    void anEdgeRequestsOnce() {
        pic.line(5).set(true);
        assertThat(pic.acknowledge()).isEqualTo(0x25);
        out(0x20, 0x20);
        assertThat(pic.requesting()).isFalse();
        pic.line(5).set(true);
        assertThat(pic.requesting()).as("no new edge").isFalse();
    }

    @Test
    void edgeLevelControlLeavesTheFixedEdgesAlone() {
        out(0x4D0, 0xFF);
        out(0x4D1, 0xFF);
        assertThat(in(0x4D0)).isEqualTo(0xF8);
        assertThat(in(0x4D1)).isEqualTo(0xDE);
    }

    @Test
    void specificEoiEndsTheLevelNamed() {
        pulse(6);
        pic.acknowledge();
        pulse(1);
        pic.acknowledge();
        out(0x20, 0x66);
        assertThat(inService(0x20)).isEqualTo(0x02);
    }

    @Test
    void automaticEoiLeavesNothingInService() {
        initialise(0x11, 0x03);
        pulse(3);
        assertThat(pic.acknowledge()).isEqualTo(0x23);
        assertThat(inService(0x20)).isZero();
        pulse(4);
        assertThat(pic.requesting()).isTrue();
    }

    @Test
    void rotationOnNonSpecificEoiMakesTheLevelLowest() {
        pulse(3);
        pic.acknowledge();
        out(0x20, 0xA0);
        pulse(3);
        pulse(4);
        assertThat(pic.acknowledge()).isEqualTo(0x24);
    }

    @Test
    void rotationInAutomaticEoiGoesRound() {
        initialise(0x11, 0x03);
        out(0x20, 0x80);
        pulse(0);
        pulse(1);
        assertThat(pic.acknowledge()).isEqualTo(0x20);
        pulse(0);
        assertThat(pic.acknowledge()).isEqualTo(0x21);
        out(0x20, 0x00);
        pulse(1);
        assertThat(pic.acknowledge()).isEqualTo(0x20);
        pulse(2 + 1);
        assertThat(pic.acknowledge()).as("lowest stays 1: 3 is higher than 1").isEqualTo(0x23);
    }

    @Test
    void setPriorityAndRotateOnSpecificEoiNameTheLowest() {
        out(0x20, 0xC5);
        pulse(5);
        pulse(6);
        pulse(0);
        assertThat(pic.acknowledge()).isEqualTo(0x26);
        out(0x20, 0xE0 | 6);
        assertThat(inService(0x20)).isZero();
        pulse(7);
        assertThat(pic.acknowledge()).as("7 is highest after 6").isEqualTo(0x27);
    }

    @Test
    void specialMaskModeLetsLowerLevelsInWhileAMaskedOneIsInService() {
        pulse(1);
        pic.acknowledge();
        pulse(6);
        assertThat(pic.requesting()).isFalse();
        out(0x21, 0x02);
        out(0x20, 0x68);
        assertThat(pic.acknowledge()).isEqualTo(0x26);
        out(0x20, 0x20);
        assertThat(inService(0x20)).as("a non-specific EOI spares the masked level").isEqualTo(0x02);
        out(0x20, 0x48);
        pulse(6);
        assertThat(pic.requesting()).isFalse();
    }

    @Test
    void pollAcknowledgesAndNames() {
        out(0x20, 0x0C);
        assertThat(in(0x20)).isZero();
        pulse(5);
        out(0x20, 0x0C);
        assertThat(in(0x20)).isEqualTo(0x85);
        assertThat(inService(0x20)).isEqualTo(0x20);
    }

    @Test
    void initialisationForgetsMasksEdgesAndService() {
        pulse(1);
        pic.acknowledge();
        pulse(3);
        out(0x21, 0xFF);
        initialise(0x11, 0x01);
        assertThat(in(0x21)).isZero();
        assertThat(inService(0x20)).isZero();
        assertThat(pic.requesting()).isFalse();
    }

    @Test
    void aSingleChipSkipsIcw3AndMayOmitIcw4() {
        out(0x20, 0x12);
        out(0x21, 0x40);
        out(0x21, 0xF0);
        assertThat(in(0x21)).as("the next byte is the mask").isEqualTo(0xF0);
        pulse(1);
        assertThat(pic.acknowledge()).isEqualTo(0x41);
    }

    @Test
    void intrFallsDuringTheCycleWhenMoreIsWaiting() {
        pulse(4);
        int edges = intr.edges;
        pulse(1);
        pulse(0);
        pic.acknowledge();
        assertThat(intr.high).isFalse();
        out(0x20, 0x20);
        assertThat(intr.high).isTrue();
        assertThat(intr.edges).isEqualTo(edges + 1);
    }

    @Test
    void irq2IsTheCascade() {
        assertThatThrownBy(() -> pic.line(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pic.line(16)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        pulse(9);
        pic.acknowledge();
        pulse(10);
        out(0x21, 0x80);
        var line = new FakeLine();
        var other = new PicPair(line);
        RecordedState.copy(pic, other);
        assertThat(other.readPort(0x21, 1)).isEqualTo(0x80);
        other.writePort(0xA0, 1, 0x20);
        other.writePort(0x20, 1, 0x20);
        assertThat(line.high).isTrue();
        assertThat(other.acknowledge()).isEqualTo(0x2A);
    }
}
