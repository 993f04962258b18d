package dev.hv.vmbus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.HostWork;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.EchoProvider;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Providers take packets in turns:")
class BoundedWorkTest {

    private static final int PIECES = 10;

    /** A machine whose turns have room for so many pieces of work. */
    private static final class Turns implements HostWork.Source {
        private Runnable goOn;
        private int left = PIECES;
        private boolean waiting;
        private int stretches;

        @Override
        public HostWork work(Runnable action) {
            goOn = action;
            return new HostWork() {
                @Override
                public void close() {}

                @Override
                public void begin() {
                    stretches++;
                }

                @Override
                public boolean another() {
                    return left-- > 0;
                }

                @Override
                public void later() {
                    waiting = true;
                }

                @Override
                public void end() {
                    stretches--;
                }
            };
        }

        /** The next turn, when work waits for it. */
        private boolean next() {
            left = PIECES;
            boolean go = waiting;
            waiting = false;
            if (go) {
                goOn.run();
            }
            assertThat(stretches).as("every stretch that began has ended").isZero();
            return go;
        }
    }

    private final Turns turns = new Turns();
    private final TestGuest guest = new TestGuest(4096, turns);
    private final EchoProvider provider = new EchoProvider();
    private final EchoProvider other = new EchoProvider();

    private static ChannelOffer offer(int n) {
        return ChannelOffer.of(Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f"), Guid.of("00000000-0000-0000-0000-00000000000" + n), "echo", false);
    }

    private GuestChannel open(TestGuest.Offer offer, EchoProvider of) {
        GuestChannel c = guest.open(offer, 8);
        of.take();
        return c;
    }

    private static void fill(GuestChannel c, int packets) {
        for (int i = 0; i < packets; i++) {
            assertThat(c.writeSilently(GuestChannel.packet(6, new byte[0], new byte[24], i, false))).isTrue();
        }
    }

    @Test
    @DisplayName("a ring that is longer than a turn is emptied over several, in order")
    void order() {
        guest.bus().offer(offer(1), provider);
        GuestChannel c = open(guest.connect().getFirst(), provider);
        fill(c, 25);
        c.signal();
        assertThat(provider.events).hasSize(PIECES);
        int taken = 1;
        while (turns.next()) {
            taken++;
        }
        assertThat(taken).isEqualTo(3);
        assertThat(provider.events).hasSize(25).startsWith("IN_BAND 0 24").endsWith("IN_BAND 24 24");
    }

    @Test
    @DisplayName("a turn that just suffices leaves nothing waiting")
    void justEnough() {
        guest.bus().offer(offer(1), provider);
        GuestChannel c = open(guest.connect().getFirst(), provider);
        fill(c, PIECES);
        c.signal();
        assertThat(provider.events).hasSize(PIECES);
        assertThat(turns.next()).isFalse();
    }

    @Test
    @DisplayName("a ring that is never empty does not keep another channel waiting")
    void fair() {
        guest.bus().offer(offer(1), provider);
        guest.bus().offer(offer(2), other);
        List<TestGuest.Offer> offers = guest.connect();
        GuestChannel endless = open(offers.get(0), provider);
        GuestChannel modest = open(offers.get(1), other);
        fill(endless, 100);
        fill(modest, 3);
        endless.signal();
        modest.signal();
        assertThat(other.events).as("no room in this turn").isEmpty();
        for (int turn = 0; turn < 3; turn++) {
            turns.next();
            fill(endless, 20);
        }
        assertThat(other.events).hasSize(3);
        assertThat(provider.events.size()).isGreaterThanOrEqualTo(2 * PIECES);
    }

    @Test
    @DisplayName("what waits is gone with the guest")
    void gone() {
        guest.bus().offer(offer(1), provider);
        GuestChannel c = open(guest.connect().getFirst(), provider);
        fill(c, 25);
        c.signal();
        guest.bus().reset();
        provider.take();
        turns.next();
        assertThat(provider.take()).isEmpty();
    }

    @Test
    @DisplayName("what waits is part of the state")
    void state() {
        guest.bus().offer(offer(1), provider);
        GuestChannel c = open(guest.connect().getFirst(), provider);
        fill(c, 25);
        c.signal();
        var again = new Turns();
        var restored = new Vmbus(new Elsewhere(guest.partition().memory()), guest.clock(), again);
        restored.offer(offer(1), other);
        RecordedState.copy(guest.bus(), restored);
        assertThat(again.next()).isTrue();
        // a piece goes to finding the channel
        assertThat(other.events).startsWith("IN_BAND 10 24").hasSize(PIECES - 1);
    }

    /** The same guest's memory, on another host. */
    private record Elsewhere(DmaBus memory) implements VmbusPartition {
        @Override
        public boolean postMessage(int vp, int sint, byte[] payload, int length) {
            return true;
        }

        @Override
        public void signalEvent(int vp, int sint, int flag) {}

        @Override
        public void listenMessages(int connection, MessageListener listener) {}

        @Override
        public void listenEvents(int connection, Runnable signalled) {}

        @Override
        public void disconnect(int connection) {}
    }
}
