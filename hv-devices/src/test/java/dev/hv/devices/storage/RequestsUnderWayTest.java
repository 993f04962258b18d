package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscGuest.READ;
import static dev.hv.devices.storage.StorvscGuest.WRITE;
import static dev.hv.devices.storage.StorvscGuest.srb;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import dev.hv.vmbus.protocol.Guid;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RequestsUnderWayTest {

    private static final int DONE = 1;
    private static final int NO_DEVICE = 8;
    private static final int BUS_RESET = 0x0E;
    private static final int ERROR_WITH_SENSE = 0x84;
    private static final long LONG = 1_000_000_000L;

    private final TestClock clock = new TestClock();
    private final byte[] contents = new byte[64 * 512];
    private final FaultyDisk disk = new FaultyDisk(contents, 512);
    private final StorageController controller = controller(disk);
    private final StorvscGuest g = StorvscGuest.ready(controller);

    private StorageController controller(FaultyDisk with) {
        var c = new StorageController(1, new TimedQueues(clock));
        c.attach(new ScsiAddress(0, 0), new DiskUnit(with, new Guid(1, 2)));
        return c;
    }

    private static byte[] read(int lba) {
        return srb(0, 0, READ, 512, 0x28, 0, 0, 0, 0, lba, 0, 0, 1, 0);
    }

    private static byte[] write(int lba) {
        return srb(0, 0, WRITE, 512, 0x2A, 0, 0, 0, 0, lba, 0, 0, 1, 0);
    }

    private static FakeBuffer filled(int value) {
        byte[] b = new byte[512];
        Arrays.fill(b, (byte) value);
        return new FakeBuffer(b);
    }

    private FakeBuffer[] eightUnderWay(FakeChannel on) {
        Arrays.fill(contents, (byte) 7);
        var buffers = new FakeBuffer[8];
        for (int i = 0; i < 8; i++) {
            buffers[i] = i % 2 == 0 ? new FakeBuffer(512) : filled(0x40 + i);
            on.guestSends(i, i % 2 == 0 ? read(i) : write(i), buffers[i]);
        }
        controller.packetsAvailable(on);
        return buffers;
    }

    private static int srbStatus(FakeChannel.Sent s) {
        return s.bytes()[14] & 0xFF;
    }

    @Test
    void eightRequestsEndLaterAndInOrder() {
        g.channel.sent.clear();
        FakeBuffer[] buffers = eightUnderWay(g.channel);
        assertThat(g.channel.sent).isEmpty();
        assertThat(contents).containsOnly(7);
        assertThat(buffers[0].bytes).containsOnly(0);
        clock.advance(LONG);
        assertThat(g.channel.sent).extracting(FakeChannel.Sent::transaction).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(g.channel.sent).allMatch(s -> srbStatus(s) == DONE);
        assertThat(buffers[6].bytes).containsOnly(7);
        assertThat(Arrays.copyOfRange(contents, 3 * 512, 4 * 512)).containsOnly(0x43);
    }

    @Test
    void aRestoredControllerEndsThem() {
        g.channel.sent.clear();
        FakeBuffer[] buffers = eightUnderWay(g.channel);
        byte[] others = new byte[contents.length];
        Arrays.fill(others, (byte) 9);
        StorageController copy = controller(new FaultyDisk(others, 512));
        var channel = new FakeChannel(7, 0);
        channel.saved = g.channel.saved;
        copy.offeredOn(channel);
        RecordedState.copy(controller, copy);
        controller.reset();
        clock.advance(LONG);
        assertThat(g.channel.sent).as("those of the old machine are forgotten").isEmpty();
        assertThat(contents).containsOnly(7);
        assertThat(channel.sent).extracting(FakeChannel.Sent::transaction).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(buffers[0].bytes).containsOnly(9);
        assertThat(Arrays.copyOfRange(others, 3 * 512, 4 * 512)).containsOnly(0x43);
    }

    @Test
    void aClosedChannelsMemoryIsNotTouchedAnyMore() {
        FakeBuffer[] buffers = eightUnderWay(g.channel);
        g.channel.sent.clear();
        g.channel.open = false;
        controller.closed(g.channel);
        clock.advance(LONG);
        assertThat(buffers[0].bytes).containsOnly(0);
        assertThat(contents).containsOnly(7);
        assertThat(g.channel.sent).isEmpty();
    }

    @Test
    void aSubChannelThatClosesTakesItsOwnRequestsAlong() {
        var sub = new FakeChannel(8, 1);
        controller.opened(sub);
        g.channel.sent.clear();
        g.channel.guestSends(50, read(0), new FakeBuffer(512));
        controller.packetsAvailable(g.channel);
        eightUnderWay(sub);
        controller.closed(sub);
        clock.advance(LONG);
        assertThat(sub.sent).isEmpty();
        assertThat(g.channel.sent).extracting(FakeChannel.Sent::transaction).containsExactly(50L);
    }

    @Test
    void aResetOfTheBusEndsWhatIsUnderWayAndSaysSo() {
        eightUnderWay(g.channel);
        g.channel.sent.clear();
        g.operation(6, 0);
        assertThat(g.channel.sent).hasSize(9);
        assertThat(g.channel.sent.subList(0, 8)).allMatch(s -> srbStatus(s) == BUS_RESET);
        clock.advance(LONG);
        assertThat(g.channel.sent).hasSize(9);
        assertThat(contents).containsOnly(7);
        assertThat(g.command(0, 0, 0, 0, 0, 0).senseCode()).isEqualTo(0x62902);
    }

    @Test
    void aDetachedUnitsRequestsFail() {
        eightUnderWay(g.channel);
        g.channel.sent.clear();
        controller.detach(new ScsiAddress(0, 0));
        assertThat(g.channel.sent.subList(0, 8)).allMatch(s -> srbStatus(s) == NO_DEVICE);
        assertThat(disk.closed).isTrue();
        clock.advance(LONG);
        assertThat(contents).containsOnly(7);
    }

    @Test
    void aResetMachineHasNothingUnderWay() {
        FakeBuffer[] buffers = eightUnderWay(g.channel);
        g.channel.sent.clear();
        controller.reset();
        clock.advance(LONG);
        assertThat(g.channel.sent).isEmpty();
        assertThat(contents).containsOnly(7);
        assertThat(buffers[0].bytes).containsOnly(0);
        controller.opened(g.channel);
        assertThat(StorvscGuest.status(g.operation(7, 0))).isZero();
    }

    @Test
    void errorsOfTheHostAreTheirRequestsOwn() {
        g.channel.sent.clear();
        disk.badAt = 3 * 512;
        disk.writing = DiskStatus.NO_SPACE;
        eightUnderWay(g.channel);
        clock.advance(LONG);
        for (FakeChannel.Sent s : g.channel.sent) {
            assertThat(srbStatus(s)).as("request " + s.transaction()).isEqualTo(s.transaction() == 3 ? ERROR_WITH_SENSE : DONE);
        }
        // data protect, space allocation failed
        assertThat(g.channel.sent.get(3).bytes()[28 + 12]).isEqualTo((byte) 0x27);
    }

    @Test
    void aUnitTakesSoManyRequestsAndTheRestWaitInTheRing() {
        g.channel.sent.clear();
        for (int i = 0; i < 200; i++) {
            g.channel.guestSends(i, read(i % 64), new FakeBuffer(512));
        }
        controller.packetsAvailable(g.channel);
        assertThat(g.channel.waiting()).isEqualTo(200 - StorageUnits.MOST_UNDER_WAY);
        clock.advance(LONG);
        assertThat(g.channel.waiting()).isZero();
        assertThat(g.channel.sent).hasSize(200).allMatch(s -> srbStatus(s) == DONE);
    }

    @Test
    void answersThatHaveNoRoomWaitInTheirOrder() {
        g.channel.sent.clear();
        g.channel.room = 3;
        eightUnderWay(g.channel);
        clock.advance(LONG);
        assertThat(g.channel.sent).hasSize(3);
        g.channel.room = 100;
        controller.spaceAvailable(g.channel);
        assertThat(g.channel.sent).extracting(FakeChannel.Sent::transaction).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void aFlushComesBehindTheWritesBeforeIt() {
        eightUnderWay(g.channel);
        g.channel.sent.clear();
        g.channel.guestSends(99, srb(0, 0, 2, 0, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        disk.onFlush = () -> assertThat(Arrays.copyOfRange(contents, 7 * 512, 8 * 512)).containsOnly(0x47);
        controller.packetsAvailable(g.channel);
        clock.advance(LONG);
        assertThat(disk.flushes).isOne();
        assertThat(g.channel.sent.getLast().transaction()).isEqualTo(99);
    }

    @Test
    void aTransferLongerThanTheLongestIsRefused() {
        var big = new StorageController(0, new TimedQueues(clock));
        big.attach(new ScsiAddress(0, 0), new DiskUnit(new FaultyDisk(new byte[4 << 20], 512), new Guid(1, 2)));
        StorvscGuest guest = StorvscGuest.ready(big);
        guest.channel.guestSends(1, srb(0, 0, READ, 2 << 20, 0x28, 0, 0, 0, 0, 0, 0, 0x10, 0, 0), new FakeBuffer(2 << 20));
        big.packetsAvailable(guest.channel);
        clock.advance(LONG);
        byte[] answer = guest.channel.sent.getLast().bytes();
        assertThat(answer[14] & 0xFF).isEqualTo(ERROR_WITH_SENSE);
        assertThat(answer[28 + 12]).isEqualTo((byte) 0x24);
    }
}
