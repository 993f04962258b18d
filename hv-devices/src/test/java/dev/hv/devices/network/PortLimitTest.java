package dev.hv.devices.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A switch port over which only so many bits pass in a second of the machine. */
class PortLimitTest {

    private static final long MEGABIT = 1_000_000;
    private static final int FRAME = 1250;

    private static final class Lab {
        private final TestClock clock = new TestClock();
        private final VirtualSwitch network = new VirtualSwitch("lab", clock);
        /** When frames came, in ns. */
        private final List<Long> toLimited = new ArrayList<>();
        private final List<Long> toFree = new ArrayList<>();
        private final List<Integer> segments = new ArrayList<>();
        private final VirtualSwitch.Port limited = network.connect("limited", (b, offset, length) -> toLimited.add(clock.nanos()));
        private final VirtualSwitch.Port free = network.connect("free", new FrameSink() {
            @Override
            public void frame(byte[] bytes, int offset, int length) {
                toFree.add(clock.nanos());
            }

            @Override
            public boolean large(byte[] bytes, int offset, int length, int segment) {
                toFree.add(clock.nanos());
                segments.add(segment);
                return true;
            }
        });

        Lab(long rate) {
            limited.limit(rate);
        }
    }

    private static byte[] frame(int length) {
        byte[] f = new byte[length];
        f[5] = 1;
        f[11] = 2;
        return f;
    }

    /** 1250 bytes are 10,000 bits: a thousandth of a second at 10 Mb/s. */
    @Test
    void framesPassAtTheRateInEachDirectionForItself() {
        var lab = new Lab(10 * MEGABIT);
        for (int i = 0; i < 50; i++) {
            lab.limited.send(frame(FRAME), 0, FRAME);
            lab.free.send(frame(FRAME), 0, FRAME);
        }
        assertThat(lab.toFree).isEmpty();
        lab.clock.advance(Clock.SECOND);
        assertThat(lab.toFree).hasSize(50).startsWith(1_000_000L, 2_000_000L).endsWith(50_000_000L);
        assertThat(lab.toLimited).isEqualTo(lab.toFree);
    }

    /** A station that always has something to send gets what the limit allows, and no more. */
    @Test
    void throughputOverASecondIsTheLimit() {
        for (long rate : new long[] {MEGABIT, 33 * MEGABIT, 1000 * MEGABIT}) {
            var lab = new Lab(rate);
            for (int ms = 0; ms < 1000; ms++) {
                for (long bits = 0; bits < 2 * rate / 1000; bits += FRAME * 8) {
                    lab.limited.send(frame(FRAME), 0, FRAME);
                }
                lab.clock.advance(1_000_000);
            }
            long bits = lab.toFree.size() * FRAME * 8L;
            assertThat(bits).isBetween(rate - rate / 50, rate);
            assertThat(lab.limited.framesLost()).as("twice as much came, and a tenth of a second's worth waits").isGreaterThan(lab.toFree.size() / 2);
        }
    }

    @Test
    void largeFramesStayWhole() {
        var lab = new Lab(8 * MEGABIT);
        lab.limited.send(frame(20_000), 0, 20_000, 1000);
        lab.clock.advance(20_000_000);
        assertThat(lab.toFree).containsExactly(20_000_000L);
        assertThat(lab.segments).containsExactly(1000);
    }

    /** What is on the cable is state: another switch goes on with it. */
    @Test
    void framesUnderWayAreSaved() {
        var lab = new Lab(10 * MEGABIT);
        for (int i = 0; i < 5; i++) {
            lab.limited.send(frame(FRAME), 0, FRAME);
        }
        lab.clock.advance(2_500_000);
        var other = new Lab(10 * MEGABIT);
        other.clock.advance(2_500_000);
        RecordedState.copy(lab.network, other.network);
        other.limited.send(frame(FRAME), 0, FRAME);
        other.clock.advance(Clock.SECOND);
        assertThat(other.toFree).containsExactly(3_000_000L, 4_000_000L, 5_000_000L, 6_000_000L);
        lab.limited.disconnect();
        lab.clock.advance(Clock.SECOND);
        assertThat(lab.toFree).as("the cable is gone").hasSize(2);
    }
}
