package dev.hv.devices.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands while their disk is busy with them. */
class NvmeUnderWayTest {

    private static final int DATA = NvmeGuest.DATA;
    private static final long LONG = 1_000_000_000L;

    private final TestClock clock = new TestClock();
    private final NvmeGuest guest = new NvmeGuest(new TimedQueues(clock));

    private byte[] read(int block) {
        return NvmeGuest.command(0x02, 0, 1, DATA + block * 512L, 0, block, 0, 0);
    }

    @Test
    void dataComesWithTheCompletion() {
        guest.up();
        guest.send(read(3));
        assertThat(guest.memory(DATA + 3 * 512, 512)).containsOnly(0);
        clock.advance(LONG);
        assertThat(guest.memory(DATA + 3 * 512, 512)).isEqualTo(guest.blocks(3, 1));
        assertThat(NvmeGuest.status(guest.completion())).isZero();
    }

    @Test
    void aCommandCanBeAborted() {
        guest.up();
        int id = guest.send(read(3));
        guest.sendAdmin(NvmeGuest.command(0x08, 0, 0, 0, 0, id << 16 | 1));
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).isZero();
        assertThat(NvmeGuest.status(guest.completion())).isEqualTo(0x007);
        clock.advance(LONG);
        assertThat(guest.memory(DATA + 3 * 512, 512)).as("memory that is somebody else's by now").containsOnly(0);
    }

    @Test
    void aQueueTakesItsCommandsAlong() {
        guest.up();
        guest.send(read(3));
        guest.send(read(4));
        assertThat(guest.admin(0x00, 0, 0, 1)).isZero();
        assertThat(NvmeGuest.status(guest.completion())).isEqualTo(0x008);
        assertThat(NvmeGuest.status(guest.completion())).isEqualTo(0x008);
        clock.advance(LONG);
        assertThat(guest.memory(DATA, 4096)).containsOnly(0);
    }

    @Test
    void aResetForgetsWhatIsUnderWay() {
        guest.up();
        guest.send(read(3));
        guest.write(0x14, 0);
        clock.advance(LONG);
        assertThat(guest.memory(DATA, 4096)).containsOnly(0);
    }

    @Test
    void aShutdownWaitsForTheDisks() {
        guest.up();
        guest.write(0x14, 0x0046_4001);
        assertThat(guest.register(0x1C)).isEqualTo(0x5);
        clock.advance(LONG);
        assertThat(guest.register(0x1C)).isEqualTo(0x9);
    }

    /** Saved in the middle of commands, held up by a full queue and with events awaited: both go on alike. */
    @Test
    void whatIsUnderWayGoesOnAfterARestore() {
        guest.up();
        guest.sendAdmin(NvmeGuest.command(0x0C, 0, 0, 0, 0));
        for (int i = 0; i < 15; i++) {
            guest.send(read(i));
        }
        clock.advance(LONG);
        for (int i = 15; i < 29; i++) {
            guest.send(read(i));
        }
        var otherClock = new TestClock();
        otherClock.advance(LONG);
        var other = new NvmeGuest(new TimedQueues(otherClock));
        RecordedState.copy(guest.controller, other.controller);
        other.follow(guest);
        assertThat(other.register(0x1C)).isEqualTo(1);
        clock.advance(LONG);
        otherClock.advance(LONG);
        List<String> ends = ends(guest);
        assertThat(ends(other)).isEqualTo(ends).hasSize(29);
        assertThat(other.memory(DATA, 29 * 512)).isEqualTo(guest.blocks(0, 29));
        other.write(0x1000 + 8 * 9, 1);
        assertThat(LittleEndian.u32(other.adminCompletion(), 0)).as("the event is still awaited").isEqualTo(0x01_00_00);
    }

    private static List<String> ends(NvmeGuest g) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 29; i++) {
            byte[] c = g.completion();
            all.add(LittleEndian.u16(c, 12) + " " + NvmeGuest.status(c) + " " + (c[14] & 1));
        }
        return all;
    }
}
