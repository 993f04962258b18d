package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicFixture.read;
import static dev.hv.cpu.apic.ApicFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InterruptCommandTest {

    private final ApicFixture four = new ApicFixture(4).enabled();

    private int[] pending(int vector) {
        return IntStream.range(0, 4).filter(i -> four.get(i).pending() == vector).toArray();
    }

    private void send(int from, int destination, int low) {
        write(four.get(from), 0x310, (long) destination << 24);
        write(four.get(from), 0x300, low);
    }

    @Test
    void physicalDestinationIsOneApicOrAll() {
        send(0, 2, 0x4040);
        assertThat(pending(0x40)).containsExactly(2);
        send(0, 0xFF, 0x4050);
        assertThat(pending(0x50)).containsExactly(0, 1, 2, 3);
        assertThat(read(four.get(0), 0x310)).isEqualTo(0xFF000000L);
        assertThat(read(four.get(0), 0x300)).isEqualTo(0x4050);
    }

    @Test
    void shorthandsAreSelfAllAndOthers() {
        send(1, 3, 0x44040);
        assertThat(pending(0x40)).containsExactly(1);
        send(1, 3, 0x84050);
        assertThat(pending(0x50)).containsExactly(0, 1, 2, 3);
        send(1, 3, 0xC4060);
        assertThat(pending(0x60)).containsExactly(0, 2, 3);
    }

    @Test
    void flatLogicalDestinationIsAMask() {
        for (int i = 0; i < 4; i++) {
            write(four.get(i), 0xD0, 1L << 24 + i);
        }
        send(0, 0b1010, 0x4840);
        assertThat(pending(0x40)).containsExactly(1, 3);
    }

    @Test
    void clusterLogicalDestinationIsAClusterAndAMask() {
        for (int i = 0; i < 4; i++) {
            write(four.get(i), 0xE0, 0x0FFF_FFFF);
            write(four.get(i), 0xD0, (i / 2 << 4 | 1 << i % 2) << 24);
        }
        send(0, 0x12, 0x4840);
        assertThat(pending(0x40)).containsExactly(3);
        send(0, 0x03, 0x4850);
        assertThat(pending(0x50)).containsExactly(0, 1);
        send(0, 0xFF, 0x4860);
        assertThat(pending(0x60)).containsExactly(0, 1, 2, 3);
    }

    @Test
    void x2apicDestinationsHave32Bits() {
        four.x2apic();
        four.get(0).writeMsr(0x830, 0x2_0000_4040L);
        assertThat(pending(0x40)).containsExactly(2);
        four.get(0).writeMsr(0x830, 0xFFFF_FFFF_0000_4050L);
        assertThat(pending(0x50)).containsExactly(0, 1, 2, 3);
        four.get(0).writeMsr(0x830, 0x0000_000C_0000_4860L);
        assertThat(pending(0x60)).containsExactly(2, 3);
        four.get(0).writeMsr(0x830, 0x0001_000C_0000_4870L);
        assertThat(pending(0x70)).as("another cluster").isEmpty();
        four.get(0).writeMsr(0x830, 0xFF_0000_4080L);
        assertThat(pending(0x80)).as("0xFF is an ID like others").isEmpty();
        assertThat(four.get(3).readMsr(0x80D)).isEqualTo(8);
    }

    @Test
    void lowestPriorityGoesToTheLeastBusy() {
        write(four.get(0), 0x80, 0x30);
        write(four.get(1), 0x80, 0x20);
        write(four.get(2), 0x80, 0x10);
        write(four.get(3), 0x80, 0x20);
        send(0, 0xFF, 0x4140);
        assertThat(pending(0x40)).containsExactly(2);
    }

    @Test
    void initAndStartupReachTheOthers() {
        send(0, 0, 0xC4500);
        send(0, 0, 0xC8500);
        send(0, 3, 0x4699);
        assertThat(four.events).containsExactly("init 1", "init 2", "init 3", "startup 3 153");
    }

    @Test
    void nmiIgnoresVectorAndEnable() {
        write(four.get(2), 0xF0, 0xFF);
        send(0, 2, 0x4400);
        assertThat(four.events).containsExactly("nmi 2");
    }

    @Test
    void anApicThatChangedItsIdAnswersToTheNewOne() {
        write(four.get(3), 0x20, 0x77000000);
        send(0, 0x77, 0x4040);
        assertThat(pending(0x40)).containsExactly(3);
        write(four.get(2), 0x20, 0x77000000);
        send(0, 0x77, 0x4050);
        assertThat(pending(0x50)).containsExactly(2, 3);
    }

    @Test
    void messagesOfIoApicsKnowBroadcastInBothModes() {
        four.x2apic();
        assertThat(four.router.deliver(0xFF, false, DeliveryMode.FIXED, 0x40, false)).isTrue();
        assertThat(pending(0x40)).containsExactly(0, 1, 2, 3);
        assertThat(four.router.deliver(9, false, DeliveryMode.FIXED, 0x50, false)).isFalse();
        four.router.deliver(1, false, DeliveryMode.FIXED, 0x60, true);
        four.get(1).acknowledge();
        four.get(1).writeMsr(0x80B, 0);
        assertThat(four.ended).containsExactly(0x60);
    }

    @Test
    void anExternalMessageWaitsForItsAcknowledgeCycle() {
        four.externalVector = 0x38;
        four.router.deliver(1, false, DeliveryMode.EXT_INT, 0, false);
        assertThat(four.get(1).externalPending()).isTrue();
        assertThat(four.get(1).acknowledge()).isEqualTo(0x38);
        assertThat(four.get(1).externalPending()).isFalse();
    }
}
