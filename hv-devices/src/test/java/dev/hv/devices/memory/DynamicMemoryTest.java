package dev.hv.devices.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The protocol as a guest's driver meets it, with layouts of the public headers written anew. */
class DynamicMemoryTest {

    private static final int STARTUP = 65536;
    private static final int ALIGNMENT = 32768;
    /** Ballooning, hot add, aligned to 128 MiB. */
    private static final long ALL = 1 | 2 | 7 << 2;

    private final TestGuest guest = new TestGuest();
    private final FakeMemory memory = new FakeMemory(STARTUP, 4 * ALIGNMENT);
    private final DynamicMemory provider = new DynamicMemory(memory, 1 << 20);
    private final GuestChannel channel = open();
    private int reports;

    private GuestChannel open() {
        provider.offered(guest.bus().offer(provider.offer(), provider));
        provider.onReport(() -> reports++);
        return guest.open(guest.connect().getFirst(), 8);
    }

    private static ByteBuffer message(int type, int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) type).putShort(2, (short) size).putInt(4, 77);
    }

    private void send(ByteBuffer m) {
        channel.send(m.array(), 1, false);
    }

    private ByteBuffer expect(int type) {
        GuestPacket p = channel.receive();
        assertThat(p).as("a message of type " + type).isNotNull();
        ByteBuffer m = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(m.getShort(0)).as("type").isEqualTo((short) type);
        return m;
    }

    private void nothing() {
        assertThat(channel.receive()).isNull();
    }

    private void agree(long capabilities) {
        send(message(1, 16).putInt(8, 2 << 16));
        assertThat(expect(2).getLong(8)).isEqualTo(1);
        send(message(3, 32).putLong(8, capabilities));
        assertThat(expect(4).getLong(8)).isEqualTo(1);
        ByteBuffer info = expect(12);
        assertThat(info.getShort(2)).isEqualTo((short) 32);
        assertThat(info.getInt(12)).as("size of what follows").isEqualTo(16);
        assertThat(info.getInt(16)).as("most pages").isZero();
        assertThat(info.getInt(20)).isEqualTo(8);
        assertThat(info.getLong(24)).isEqualTo(1 << 20);
        assertThat(provider.connected()).isTrue();
    }

    private void status(long available, long committed) {
        send(message(5, 48).putLong(8, available).putLong(16, committed));
    }

    private static long range(long first, long count) {
        return first | count << 40;
    }

    private void giveUp(boolean more, long... ranges) {
        ByteBuffer m = message(7, 16 + 8 * ranges.length).putInt(12, ranges.length << 1 | (more ? 1 : 0));
        for (int i = 0; i < ranges.length; i++) {
            m.putLong(16 + 8 * i, ranges[i]);
        }
        send(m);
    }

    @Test
    void anUnknownVersionIsRefusedAndAnotherOneIsTried() {
        send(message(1, 16).putInt(8, 9 << 16));
        assertThat(expect(2).getLong(8)).isZero();
        assertThat(provider.connected()).isFalse();
        send(message(1, 16).putInt(8, 1 << 16));
        assertThat(expect(2).getLong(8)).isEqualTo(1);
        assertThat(provider.version()).isEqualTo(1 << 16);
    }

    @Test
    void aReportIsToldOn() {
        agree(ALL);
        status(1000, 2000);
        assertThat(provider.report()).isEqualTo(new MemoryReport(1000, 2000));
        assertThat(reports).isEqualTo(1);
        nothing();
    }

    @Test
    void pagesThatTheGuestGivesUpAreTakenAndComeBack() {
        agree(ALL);
        provider.target(STARTUP - 1000);
        assertThat(expect(6).getInt(8)).isEqualTo(1000);
        giveUp(true, range(100, 512));
        nothing();
        giveUp(false, range(2000, 488));
        assertThat(memory.pages()).isEqualTo(STARTUP - 1000);
        nothing();

        provider.target(STARTUP);
        ByteBuffer back = expect(8);
        assertThat(back.getInt(8)).as("no more").isZero();
        assertThat(back.getInt(12)).isEqualTo(2);
        assertThat(back.getLong(16)).isEqualTo(range(100, 512));
        assertThat(back.getLong(24)).isEqualTo(range(2000, 488));
        send(message(9, 8));
        assertThat(memory.pages()).isEqualTo(STARTUP);
        nothing();
    }

    @Test
    void memoryIsAddedInWholeRegions() {
        agree(ALL);
        provider.target(STARTUP + 2 * ALIGNMENT + 500);
        assertThat(expect(10).getLong(8)).isEqualTo(range(STARTUP, 2 * ALIGNMENT));
        send(message(11, 16).putInt(8, 2 * ALIGNMENT).putInt(12, 1));
        assertThat(memory.pages()).isEqualTo(STARTUP + 2 * ALIGNMENT);
        nothing();
    }

    @Test
    void whatTheGuestDoesNotAddIsTheHostsAgain() {
        agree(ALL);
        provider.target(STARTUP + 2 * ALIGNMENT);
        expect(10);
        send(message(11, 16).putInt(8, ALIGNMENT).putInt(12, 1));
        assertThat(memory.pages()).isEqualTo(STARTUP + ALIGNMENT);
        assertThat(memory.left).isEqualTo(3 * ALIGNMENT);
        // asked again after the next report only
        nothing();
        status(1, 1);
        assertThat(expect(10).getLong(8)).isEqualTo(range(STARTUP + ALIGNMENT, ALIGNMENT));
    }

    @Test
    void aGuestThatHasNoMoreToGiveIsAskedAgainAfterItsNextReport() {
        agree(ALL);
        provider.target(100);
        expect(6);
        giveUp(false);
        nothing();
        status(5, 5);
        expect(6);
    }

    @Test
    void aGuestWithoutTheCapabilityIsNotAsked() {
        agree(0);
        provider.target(100);
        nothing();
        provider.target(STARTUP + ALIGNMENT);
        nothing();
    }

    @Test
    void pagesThatAreNotTheGuestsCountForNothing() {
        agree(ALL);
        provider.target(STARTUP - 100);
        expect(6);
        giveUp(false, range(10, 50), range(10, 50), range(STARTUP - 1, 2), range((1L << 40) - 1, 1), range(0, 0));
        assertThat(memory.pages()).isEqualTo(STARTUP - 50);
        assertThat(expect(6).getInt(8)).isEqualTo(50);
    }

    @Test
    void nonsenseEndsItUntilTheChannelIsOpenedAgain() {
        agree(ALL);
        giveUp(false, range(0, 100));
        assertThat(provider.connected()).as("nobody asked").isFalse();
        assertThat(memory.pages()).isEqualTo(STARTUP);
        status(1, 1);
        assertThat(reports).isZero();
        channel.close();
        assertThat(memory.settled).isTrue();
    }

    @Test
    void itGoesOnWhereItWasSaved() {
        agree(ALL);
        status(7, 8);
        provider.target(STARTUP - 10);
        expect(6);
        var out = new SectionWriter();
        provider.save(out);
        var other = new DynamicMemory(memory, 1 << 20);
        other.restore(new SectionReader(out.toBytes()));
        assertThat(other.target()).isEqualTo(STARTUP - 10);
        assertThat(other.report()).isEqualTo(new MemoryReport(7, 8));
        assertThat(other.connected()).isTrue();
        var again = new SectionWriter();
        other.save(again);
        assertThat(again.toBytes()).isEqualTo(out.toBytes());
    }
}
