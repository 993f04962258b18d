package dev.hv.devices.storage;

import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.storage.StorvscGuest.NONE;
import static dev.hv.devices.storage.StorvscGuest.READ;
import static dev.hv.devices.storage.StorvscGuest.srb;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControllerOfferTest {

    private static final int SUCCESS = 1;
    private static final int INVALID_LUN = 0x20;
    private static final int[] TEST_UNIT_READY = {0, 0, 0, 0, 0, 0};
    private static final int[] READ_ONE = {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0};

    /** A bus that remembers what was offered. */
    private static final class Bus implements Offers {
        private final List<FakeChannel> offered = new ArrayList<>();

        @Override
        public boolean connected() {
            return true;
        }

        @Override
        public Channel offer(ChannelOffer offer, ChannelHandler handler) {
            offered.add(new FakeChannel(7 + offered.size(), 0));
            return offered.getLast();
        }
    }

    private static final class Machine {
        private final TestClock clock = new TestClock();
        private final Bus bus = new Bus();
        private final StorageController controller = new StorageController(4, new TimedQueues(clock));
        private final ControllerOffer offer;
        private StorvscGuest guest;

        Machine() {
            controller.attach(new ScsiAddress(0, 0), new DiskUnit(new MemoryDisk(new byte[64 * 512], 512, false), new Guid(11, 12)));
            offer = new ControllerOffer(bus, clock, StorageController.offer("scsi0", new Guid(1, 2)), controller);
        }

        /** A guest of which the offer knows the channel. */
        static Machine used() {
            var m = new Machine();
            m.guest = StorvscGuest.ready(m.controller, m.bus.offered.getFirst());
            return m;
        }

        /** Sends a request and lets time pass until it must have been answered. */
        int status(byte[] srb) {
            return send(srb) ? answered() : -1;
        }

        boolean send(byte[] srb) {
            guest.channel.guestSends(5, srb, new FakeBuffer(512));
            controller.packetsAvailable(guest.channel);
            return guest.channel.waiting() == 0;
        }

        int answered() {
            clock.advance(1_000_000);
            return guest.channel.sent.getLast().bytes()[14] & 0xFF;
        }
    }

    @Test
    void theGuestLosesItsUnitsFirstAndTheChannelWhenItIsQuiet() {
        Machine m = Machine.used();
        assertThat(m.send(srb(0, 0, READ, 512, READ_ONE))).isTrue();
        assertThat(m.offer.offer(false)).isTrue();
        assertThat(m.offer.offer(false)).as("a second time").isFalse();
        assertThat(u32(m.guest.channel.sent.getLast().bytes(), 0)).as("told to look for units").isEqualTo(11);
        assertThat(m.answered()).as("what was under way").isEqualTo(SUCCESS);
        assertThat(m.status(srb(0, 0, READ, 512, READ_ONE))).isEqualTo(INVALID_LUN);
        byte[] luns = m.guest.read(64, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0);
        assertThat(luns).containsOnly(0);
        // as long as it asks, the channel stays
        for (int i = 0; i < 20; i++) {
            m.clock.advance(ControllerOffer.LOOK * (ControllerOffer.QUIET_LOOKS - 1));
            assertThat(m.status(srb(0, 0, NONE, 0, TEST_UNIT_READY))).isEqualTo(INVALID_LUN);
        }
        assertThat(m.guest.channel.open).isTrue();
        m.clock.advance(ControllerOffer.LOOK * (ControllerOffer.QUIET_LOOKS + 1));
        assertThat(m.guest.channel.open).isFalse();
        assertThat(m.bus.offered).hasSize(1);

        assertThat(m.offer.offer(true)).isTrue();
        assertThat(m.bus.offered).hasSize(2);
        m.guest = StorvscGuest.ready(m.controller, m.bus.offered.get(1));
        assertThat(m.status(srb(0, 0, READ, 512, READ_ONE))).isEqualTo(SUCCESS);
    }

    @Test
    void aGuestThatNeverStopsAskingLosesTheChannel() {
        Machine m = Machine.used();
        m.offer.offer(false);
        for (int i = 0; i <= ControllerOffer.MOST_LOOKS && m.guest.channel.open; i++) {
            m.status(srb(0, 0, NONE, 0, TEST_UNIT_READY));
            m.clock.advance(ControllerOffer.LOOK);
        }
        assertThat(m.guest.channel.open).isFalse();
    }

    @Test
    void aGuestThatDoesNotListenIsNotWaitedForLong() {
        Machine m = Machine.used();
        m.offer.offer(false);
        m.clock.advance(ControllerOffer.LOOK * ControllerOffer.DEAF_LOOKS);
        assertThat(m.guest.channel.open).isFalse();
    }

    @Test
    void anOfferWithoutAGuestGoesAtOnce() {
        var m = new Machine();
        m.bus.offered.getFirst().open = false;
        m.offer.offer(false);
        assertThat(m.offer.offer(true)).isTrue();
        assertThat(m.bus.offered).hasSize(2);
    }

    @Test
    void offeredAgainWhileItLeavesItComesBackAfterwards() {
        Machine m = Machine.used();
        m.offer.offer(false);
        assertThat(m.offer.offer(true)).isTrue();
        assertThat(m.bus.offered).hasSize(1);
        m.clock.advance(ControllerOffer.LOOK * (ControllerOffer.QUIET_LOOKS + 1));
        assertThat(m.guest.channel.open).isFalse();
        assertThat(m.bus.offered).hasSize(2);
        assertThat(m.offer.there()).isTrue();
    }

    @Test
    void aResetEndsIt() {
        Machine m = Machine.used();
        m.offer.offer(false);
        m.controller.reset();
        m.offer.reset();
        assertThat(m.guest.channel.open).isFalse();
        m.clock.advance(ControllerOffer.LOOK * 20);
        assertThat(m.bus.offered).hasSize(1);
    }

    @Test
    void aRestoredOneLeavesAtTheSameTime() {
        Machine m = Machine.used();
        m.offer.offer(false);
        m.status(srb(0, 0, NONE, 0, TEST_UNIT_READY));
        m.clock.advance(ControllerOffer.LOOK * 4);
        Machine copy = Machine.used();
        copy.clock.advance(m.clock.nanos());
        RecordedState.copy(m.offer, copy.offer);
        for (Machine each : List.of(m, copy)) {
            assertThat(each.status(srb(0, 0, READ, 512, READ_ONE))).isEqualTo(INVALID_LUN);
        }
        while (m.guest.channel.open) {
            assertThat(copy.guest.channel.open).isTrue();
            m.clock.advance(ControllerOffer.LOOK);
            copy.clock.advance(ControllerOffer.LOOK);
        }
        assertThat(copy.guest.channel.open).isFalse();
    }
}
