package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.network.TestFrames;
import dev.hv.devices.pci.PciMachine;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Registers, rings and interrupts of the 82574L, as its datasheet has them. */
class E1000eAdapterTest {

    private static final String OWN_HEX = "525400123456";
    private static final String OTHER_HEX = "525400000001";
    private static final long OWN = E1000eGuest.OWN.value();
    private static final long PEER = E1000eGuest.OTHER.value();

    private final E1000eGuest guest = new E1000eGuest();

    private int phy(int register) {
        guest.write(MDIC, 1 << 27 | 1 << 21 | register << 16);
        return guest.read(MDIC) & 0xFFFF;
    }

    private void phy(int register, int value) {
        guest.write(MDIC, 1 << 26 | 1 << 21 | register << 16 | value);
    }

    private int word(int at) {
        guest.write(EERD, at << 2 | 1);
        assertThat(guest.read(EERD) & 2).as("done").isEqualTo(2);
        return guest.read(EERD) >>> 16;
    }

    // ---- memory, transceiver, reset ------------------------------------------------------------------------------------------

    @Test
    void theMemoryHasTheAddressAndAGoodCheckSum() {
        assertThat(new int[] {word(0), word(1), word(2)}).containsExactly(0x5452, 0x1200, 0x5634);
        int sum = 0;
        for (int i = 0; i < 64; i++) {
            sum += word(i);
        }
        assertThat(sum & 0xFFFF).isEqualTo(0xBABA);
        assertThat(guest.read(RAL)).isEqualTo(0x12005452);
        assertThat(guest.read(RAL + 4)).isEqualTo(ADDRESS_VALID | 0x5634);
        assertThat(word(5000)).as("outside").isZero();
    }

    @Test
    void whatIsWrittenToTheMemoryOutlastsAReset() {
        guest.write(EEWR, 0xABCD << 16 | 2 << 2 | 1);
        guest.write(RAL, 1);
        guest.write(CTRL, RESET);
        assertThat(word(2)).isEqualTo(0xABCD);
        assertThat(guest.read(RAL)).isEqualTo(0x12005452);
        assertThat(guest.read(RAL + 4) & 0xFFFF).isEqualTo(0xABCD);
    }

    @Test
    void theTransceiverNegotiatesAndTellsOfTheLink() {
        guest.up();
        assertThat(phy(2) << 16 | phy(3)).isEqualTo(0x01410CB1);
        assertThat(guest.read(STATUS) & LINK_UP).isEqualTo(LINK_UP);
        guest.read(ICR);
        phy(0, 0x1340);
        assertThat(phy(1) & 0x24).as("negotiating").isZero();
        assertThat(guest.read(ICR)).isEqualTo(LINK_CHANGE);
        guest.clock.advance(Phy.NEGOTIATION);
        assertThat(phy(1) & 0x24).isEqualTo(0x24);
        assertThat(guest.read(ICR)).isEqualTo(LINK_CHANGE);
        guest.adapter.setLink(false);
        assertThat(guest.read(STATUS) & LINK_UP).isZero();
        phy(0, 0x1940);
        guest.adapter.setLink(true);
        guest.clock.advance(Phy.NEGOTIATION);
        assertThat(guest.read(STATUS) & LINK_UP).as("powered down").isZero();
        guest.write(MDIC, 1 << 27 | 2 << 21 | 2 << 16);
        assertThat(guest.read(MDIC) >>> 30 & 1).as("no such transceiver").isEqualTo(1);
    }

    @Test
    void aResetForgetsEverythingButTheLink() {
        guest.up();
        guest.write(IMS, -1);
        guest.write(MTA + 8, 7);
        guest.write(CTRL, RESET | SET_LINK_UP);
        assertThat(new int[] {guest.read(IMS), guest.read(MTA + 8), guest.read(RCTL), guest.read(TRANSMIT_QUEUES + LENGTH)}).containsOnly(0);
        guest.write(CTRL, SET_LINK_UP);
        assertThat(guest.read(STATUS) & LINK_UP).isEqualTo(LINK_UP);
    }

    // ---- sending -------------------------------------------------------------------------------------------------------------

    @Test
    void legacyDescriptorsSendFramesPaddedAndWrittenBack() {
        guest.up();
        guest.send(E1000eGuest.frame(PEER, OWN, 40));
        assertThat(guest.came).hasSize(1);
        assertThat(guest.came.getFirst()).hasSize(60).startsWith(E1000eGuest.frame(PEER, OWN, 40));
        assertThat(guest.machine.memory[E1000eGuest.TX_RING + 12]).isEqualTo((byte) 1);
        assertThat(guest.read(TRANSMIT_QUEUES + HEAD)).isEqualTo(1);
        assertThat(guest.read(ICR)).isEqualTo(TRANSMIT_WRITTEN_BACK | TRANSMIT_QUEUE | TRANSMIT_EMPTY);
        assertThat(guest.read(Statistics.GPTC)).isEqualTo(1);
        assertThat(guest.read(Statistics.GPTC)).as("cleared").isZero();
        assertThat(guest.read(Statistics.GOTC)).isEqualTo(64);
    }

    @Test
    void aFrameIsGatheredFromSeveralDescriptorsAndGetsItsTagAndCheckSums() {
        guest.up();
        byte[] tcp = TestFrames.tcp(OTHER_HEX, OWN_HEX, 100);
        // what drivers put there: the sum of the pseudo header
        int pseudo = (0x0a00 + 1 + 0x0a00 + 2 + 6 + 120) & 0xFFFF;
        tcp[50] = (byte) (pseudo >> 8);
        tcp[51] = (byte) pseudo;
        System.arraycopy(tcp, 0, guest.machine.memory, E1000eGuest.DATA, tcp.length);
        guest.descriptor(14 | 24L << 8 | 33L << 16 | (34L | 50L << 8) << 32, EXTENDED | TCP_CONTEXT, 0);
        guest.descriptor(E1000eGuest.DATA, EXTENDED | DATA << TYPE_SHIFT | 60, 3 << 8);
        guest.descriptor(E1000eGuest.DATA + 60, EXTENDED | DATA << TYPE_SHIFT | END | INSERT_VLAN | tcp.length - 60, 0x2005 << 16);
        guest.ring();
        byte[] sent = guest.came.getFirst();
        assertThat(Arrays.copyOfRange(sent, 12, 16)).containsExactly(0x81, 0, 0x20, 5);
        byte[] plain = new byte[sent.length - 4];
        System.arraycopy(sent, 0, plain, 0, 12);
        System.arraycopy(sent, 16, plain, 12, plain.length - 12);
        assertThat(TestFrames.goodTcp(plain)).isTrue();
    }

    @Test
    void aLargePacketIsSegmented() {
        guest.up();
        byte[] tcp = TestFrames.tcp(OTHER_HEX, OWN_HEX, 3000);
        System.arraycopy(tcp, 0, guest.machine.memory, E1000eGuest.DATA, tcp.length);
        guest.descriptor(14 | 24L << 8 | 33L << 16 | (34L | 50L << 8) << 32, EXTENDED | TCP_CONTEXT | SEGMENT | 3000, 1000 << 16 | 54 << 8);
        guest.descriptor(E1000eGuest.DATA, EXTENDED | DATA << TYPE_SHIFT | SEGMENT | END | REPORT_STATUS | tcp.length, 3 << 8);
        guest.ring();
        assertThat(guest.came).hasSize(3).allMatch(TestFrames::goodTcp).allMatch(f -> f.length == 1054);
        assertThat(guest.read(Statistics.TSCTC)).isEqualTo(1);
        assertThat(guest.read(Statistics.GPTC)).isEqualTo(3);
    }

    @Test
    void whatMakesNoSenseIsNotSent() {
        guest.up();
        guest.descriptor(0, EXTENDED | TCP_CONTEXT | SEGMENT, 0);
        guest.descriptor(E1000eGuest.DATA, EXTENDED | DATA << TYPE_SHIFT | SEGMENT | END | 100, 0);
        guest.descriptor(1L << 40, END | 100, 0);
        guest.descriptor(E1000eGuest.DATA, END | 5, 0);
        guest.ring();
        assertThat(guest.came).isEmpty();
        guest.write(TRANSMIT_QUEUES + TAIL, 1000);
        guest.write(TRANSMIT_QUEUES + BASE_HIGH, 0x100);
        guest.write(TRANSMIT_QUEUES + TAIL, 5);
        assertThat(guest.came).isEmpty();
        guest.write(CTRL, RESET);
        guest.up();
        guest.write(TRANSMIT_QUEUES + TAIL, 0);
        assertThat(guest.read(STATUS) & LINK_UP).isEqualTo(LINK_UP);
    }

    /** A ring full of the largest buffers is done bit by bit. */
    @Test
    void oneGoIsBounded() {
        guest.up();
        int entries = 2048;
        guest.write(TRANSMIT_QUEUES + LENGTH, entries * DESCRIPTOR);
        guest.write(TRANSMIT_QUEUES + BASE_LOW, 0x10_0000);
        for (int i = 0; i < entries; i++) {
            LittleEndian.put32(guest.machine.memory, 0x10_0000 + i * DESCRIPTOR + 8, END | 60);
        }
        guest.write(TRANSMIT_QUEUES + TAIL, entries - 1);
        assertThat(guest.read(TRANSMIT_QUEUES + HEAD)).isEqualTo(256);
        guest.clock.advance(10_000);
        assertThat(guest.read(TRANSMIT_QUEUES + HEAD)).isEqualTo(entries - 1);
    }

    // ---- receiving -----------------------------------------------------------------------------------------------------------

    @Test
    void framesForTheStationComeWithTheirChecks() {
        guest.up();
        guest.arrives(E1000eGuest.frame(OWN, PEER, 50));
        assertThat(guest.length(0)).isEqualTo(60);
        assertThat(guest.status(0)).isEqualTo(DONE | END_OF_PACKET | CHECKSUMS_IGNORED);
        assertThat(guest.received(0)).startsWith(E1000eGuest.frame(OWN, PEER, 50));
        guest.arrives(TestFrames.tcp(OWN_HEX, OTHER_HEX, 10));
        assertThat(guest.status(1)).as("both check sums are wrong").isEqualTo(DONE | END_OF_PACKET | IP_CHECKED | TRANSPORT_CHECKED | (IP_WRONG | TRANSPORT_WRONG) << 24);
        assertThat(guest.read(ICR)).isEqualTo(RECEIVED | RECEIVE_QUEUE);
    }

    @Test
    void filtersPassAddressesGroupsAndVlans() {
        guest.up();
        long group = 0x0100_5E00_00FBL;
        guest.arrives(E1000eGuest.frame(PEER + 1, PEER, 60));
        guest.arrives(E1000eGuest.frame(group, PEER, 60));
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isZero();
        guest.arrives(E1000eGuest.frame(0xFFFF_FFFF_FFFFL, PEER, 60));
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isEqualTo(1);
        // 00:FB as they stand at the end of the address: 0xFB00 >> 4
        guest.write(MTA + 4 * (0xFB0 >> 5), 1 << (0xFB0 & 31));
        guest.arrives(E1000eGuest.frame(group, PEER, 60));
        assertThat(guest.status(1) & PASSED_INEXACTLY).isEqualTo(PASSED_INEXACTLY);
        guest.write(RCTL, guest.read(RCTL) | UNICAST_PROMISCUOUS);
        guest.arrives(E1000eGuest.frame(PEER + 1, PEER, 60));
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isEqualTo(3);
        byte[] tagged = E1000eGuest.frame(OWN, PEER, 64);
        tagged[12] = (byte) 0x81;
        tagged[13] = 0;
        tagged[14] = 0;
        tagged[15] = 5;
        guest.write(RCTL, guest.read(RCTL) | VLAN_FILTER);
        guest.arrives(tagged);
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isEqualTo(3);
        guest.write(VFTA, 1 << 5);
        guest.write(CTRL, SET_LINK_UP | VLAN_MODE);
        guest.arrives(tagged);
        assertThat(guest.length(3)).as("without its tag").isEqualTo(60);
        assertThat(guest.status(3) & VLAN_PACKET).isEqualTo(VLAN_PACKET);
        assertThat(LittleEndian.u16(guest.machine.memory, E1000eGuest.RX_RING + 3 * DESCRIPTOR + 14)).isEqualTo(5);
    }

    @Test
    void longFramesNeedToBeAllowedAndFillSeveralDescriptors() {
        guest.up();
        byte[] frame = E1000eGuest.frame(OWN, PEER, 5000);
        guest.arrives(frame);
        assertThat(guest.read(Statistics.ROC)).isEqualTo(1);
        guest.write(RCTL, guest.read(RCTL) & ~STRIP_CRC | LONG_PACKETS);
        guest.arrives(frame);
        assertThat(guest.status(0) & 3).isEqualTo(DONE);
        assertThat(guest.status(2) & 3).isEqualTo(DONE | END_OF_PACKET);
        assertThat(guest.length(0) + guest.length(1) + guest.length(2)).isEqualTo(5004);
        var crc = new CRC32();
        crc.update(frame);
        assertThat(LittleEndian.u32(guest.received(2), guest.length(2) - 4)).isEqualTo((int) crc.getValue());
    }

    @Test
    void headersAreSplitOff() {
        guest.up();
        guest.write(PSRCTL, 1 | 4 << 8 | 4 << 16);
        guest.write(RCTL, guest.read(RCTL) | LONG_PACKETS | 1 << 10);
        for (int i = 0; i < 4; i++) {
            LittleEndian.put64(guest.machine.memory, E1000eGuest.RX_RING + 8 * i, E1000eGuest.BUFFERS + i * 0x1000);
        }
        byte[] frame = TestFrames.tcp(OWN_HEX, OTHER_HEX, 5000);
        guest.arrives(frame);
        assertThat(guest.length(0)).isEqualTo(54);
        assertThat(LittleEndian.u16(guest.machine.memory, E1000eGuest.RX_RING + 16)).isEqualTo(HEADER_SPLIT | 54);
        assertThat(LittleEndian.u16(guest.machine.memory, E1000eGuest.RX_RING + 18)).isEqualTo(4096);
        assertThat(LittleEndian.u16(guest.machine.memory, E1000eGuest.RX_RING + 20)).isEqualTo(904);
        assertThat(Arrays.copyOfRange(guest.machine.memory, E1000eGuest.BUFFERS + 0x2000, E1000eGuest.BUFFERS + 0x2000 + 904)).isEqualTo(Arrays.copyOfRange(frame, 54 + 4096, frame.length));
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).as("in units of 16 bytes").isEqualTo(2);
    }

    @Test
    void framesWaitForDescriptorsAndAreLostWhenTheBufferIsFull() {
        guest.up();
        guest.write(RECEIVE_QUEUES + TAIL, 0);
        for (int i = 0; i < 30; i++) {
            guest.arrives(E1000eGuest.frame(OWN, PEER, 1000));
        }
        assertThat(guest.read(Statistics.MISSED)).as("20 KiB of packet buffer").isEqualTo(10);
        assertThat(guest.adapter.dropped()).isEqualTo(10);
        assertThat(guest.read(ICR) & RECEIVE_OVERRUN).isEqualTo(RECEIVE_OVERRUN);
        guest.write(RECEIVE_QUEUES + TAIL, 5);
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isEqualTo(5);
        assertThat(guest.read(ICR) & RECEIVE_THRESHOLD).isEqualTo(RECEIVE_THRESHOLD);
    }

    /** The vectors of Microsoft's verification suite for RSS, of the 82574's queue bit. */
    @Test
    void theHashChoosesTheQueue() {
        guest.up();
        guest.ring(RECEIVE_QUEUES + QUEUE_BYTES, E1000eGuest.RX_RING_1);
        guest.give(E1000eGuest.RX_RING_1, 0);
        guest.write(RECEIVE_QUEUES + QUEUE_BYTES + TAIL, 4);
        int[] key = {0x6d5a56da, 0x255b0ec2, 0x4167253d, 0x43a38fb0, 0xd0ca2bcb, 0xae7b30b4, 0x77cb2da3, 0x8030f20c, 0x6a42b73b, 0xbeac01fa};
        for (int i = 0; i < key.length; i++) {
            guest.write(RSSRK + 4 * i, Integer.reverseBytes(key[i]));
        }
        byte[] frame = TestFrames.tcp(OWN_HEX, OTHER_HEX, 10);
        byte[] numbers = {66, 9, (byte) 149, (byte) 187, (byte) 161, (byte) 142, 100, 80, 2794 >> 8, (byte) 2794, 1766 >> 8, (byte) 1766};
        System.arraycopy(numbers, 0, frame, 26, numbers.length);
        int hash = 0x51ccc178;
        guest.write(RETA + (hash & 0x7C), 0x80 << 8 * (hash & 3));
        guest.write(RXCSUM, HASH_INSTEAD);
        guest.write(MRQC, 1 | 1 << 16);
        guest.arrives(frame);
        assertThat(guest.read(RECEIVE_QUEUES + HEAD)).isZero();
        assertThat(guest.read(RECEIVE_QUEUES + QUEUE_BYTES + HEAD)).isEqualTo(1);
        assertThat(LittleEndian.u32(guest.machine.memory, E1000eGuest.RX_RING_1 + 4)).isEqualTo(hash);
        assertThat(guest.read(ICR) & 3 * RECEIVE_QUEUE).isEqualTo(2 * RECEIVE_QUEUE);
    }

    @Test
    void loopbackBringsFramesBack() {
        guest.up();
        guest.write(RCTL, guest.read(RCTL) | LOOPBACK);
        guest.send(E1000eGuest.frame(OWN, PEER, 80));
        assertThat(guest.came).isEmpty();
        assertThat(guest.received(0)).isEqualTo(E1000eGuest.frame(OWN, PEER, 80));
    }

    // ---- interrupts ----------------------------------------------------------------------------------------------------------

    private int pin() {
        return machine().high.size();
    }

    private PciMachine machine() {
        return guest.machine;
    }

    @Test
    void thePinIsHighUntilTheCauseIsReadAndThenPauses() {
        guest.up();
        guest.write(ITR, 400);
        guest.write(IMS, RECEIVED);
        guest.arrives(E1000eGuest.frame(OWN, PEER, 60));
        assertThat(pin()).isEqualTo(1);
        assertThat(guest.read(ICR)).isEqualTo(ASSERTED | RECEIVED | RECEIVE_QUEUE);
        assertThat(pin()).isZero();
        guest.arrives(E1000eGuest.frame(OWN, PEER, 60));
        assertThat(pin()).as("throttled").isZero();
        guest.clock.advance(400 * THROTTLE_UNIT);
        assertThat(pin()).isEqualTo(1);
        guest.write(IMC, -1);
        assertThat(pin()).isZero();
    }

    @Test
    void anUnmaskedCauseThatIsNotAssertedStaysWhenItIsRead() {
        guest.up();
        guest.write(IMS, LINK_CHANGE);
        guest.write(ICS, RECEIVED);
        assertThat(guest.read(ICR)).isEqualTo(RECEIVED);
        assertThat(guest.read(ICR)).isEqualTo(RECEIVED);
        guest.write(CTRL_EXT, INTERRUPT_AUTO_MASK);
        guest.write(IAM, -1);
        guest.write(ICS, LINK_CHANGE);
        assertThat(guest.read(ICR)).isEqualTo(ASSERTED | RECEIVED | LINK_CHANGE);
        assertThat(guest.read(IMS)).as("masked by the reading").isZero();
    }

    @Test
    void vectorsAreThoseThatAreAllocated() {
        int at = machine().capability(0, 8, 0x11);
        long table = machine().config(0, 8, 0x20, 4) & 0xFFFF_FFF0L | (long) machine().config(0, 8, 0x24, 4) << 32;
        for (int v = 0; v < VECTORS; v++) {
            machine().bus.writeMmio(table + 16 * v, 8, 0xFEE0_0000L);
            machine().bus.writeMmio(table + 16 * v + 8, 8, 0x30 + v);
        }
        machine().configure(0, 8, at + 2, 2, 0x8000);
        guest.up();
        guest.write(IVAR, 8 | 9 << 8 | 10 << 16);
        guest.write(EIAC, RECEIVE_QUEUE | TRANSMIT_QUEUE);
        guest.write(CTRL_EXT, MESSAGE_AUTO_MASK);
        guest.write(IAM, OTHER);
        guest.write(EITR, 100);
        guest.write(IMS, RECEIVE_QUEUE | TRANSMIT_QUEUE | OTHER | LINK_CHANGE);
        guest.arrives(E1000eGuest.frame(OWN, PEER, 60));
        guest.arrives(E1000eGuest.frame(OWN, PEER, 60));
        assertThat(machine().messages).containsExactly("40 fee00000 30");
        guest.clock.advance(100 * THROTTLE_UNIT);
        assertThat(machine().messages).containsExactly("40 fee00000 30", "40 fee00000 30");
        guest.send(E1000eGuest.frame(PEER, OWN, 60));
        guest.adapter.setLink(false);
        guest.adapter.setLink(true);
        guest.clock.advance(Phy.NEGOTIATION);
        assertThat(machine().messages.subList(2, machine().messages.size())).as("other causes mask themselves").containsExactly("40 fee00000 31", "40 fee00000 32");
        assertThat(guest.read(ICR) & (ASSERTED | LINK_CHANGE | RECEIVE_QUEUE)).isEqualTo(ASSERTED | LINK_CHANGE);
        guest.write(IMS, OTHER | LINK_CHANGE);
        guest.write(ICS, LINK_CHANGE);
        assertThat(machine().messages.getLast()).isEqualTo("40 fee00000 32");
    }

    // ---- time, state ---------------------------------------------------------------------------------------------------------

    @Test
    void theClockForTimeStampsRuns() {
        guest.write(TIMINCA, 2 << 24 | 80);
        guest.write(SYSTIML, 0);
        guest.write(SYSTIMH, 1);
        guest.clock.advance(800);
        assertThat(guest.read(SYSTIML)).isEqualTo(800);
        assertThat(guest.read(SYSTIMH)).isEqualTo(1);
    }

    @Test
    void anotherAdapterGoesOnWhereThisOneIs() {
        guest.up();
        guest.write(RECEIVE_QUEUES + TAIL, 1);
        for (int i = 0; i < 3; i++) {
            guest.arrives(E1000eGuest.frame(OWN, PEER, 300));
        }
        System.arraycopy(E1000eGuest.frame(PEER, OWN, 100), 0, machine().memory, E1000eGuest.DATA, 100);
        guest.descriptor(E1000eGuest.DATA, 50, 0);
        guest.ring();
        var other = new E1000eGuest();
        System.arraycopy(machine().memory, 0, other.machine.memory, 0, machine().memory.length);
        RecordedState.copy(guest.adapter, other.adapter);
        other.descriptor(0, 0, 0);
        other.descriptor(E1000eGuest.DATA + 50, END | 50, 0);
        other.ring();
        assertThat(other.came).containsExactly(E1000eGuest.frame(PEER, OWN, 100));
        other.write(RECEIVE_QUEUES + TAIL, 5);
        assertThat(other.read(RECEIVE_QUEUES + HEAD)).isEqualTo(3);
        assertThat(other.received(2)).isEqualTo(E1000eGuest.frame(OWN, PEER, 300));
    }
}
