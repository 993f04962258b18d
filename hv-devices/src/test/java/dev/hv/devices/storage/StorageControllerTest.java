package dev.hv.devices.storage;

import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.storage.StorvscGuest.NONE;
import static dev.hv.devices.storage.StorvscGuest.READ;
import static dev.hv.devices.storage.StorvscGuest.WRITE;
import static dev.hv.devices.storage.StorvscGuest.srb;
import static dev.hv.devices.storage.StorvscGuest.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.storage.StorvscGuest.Response;
import dev.hv.vmbus.protocol.Guid;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageControllerTest {

    private static final int SUCCESS = 1;
    private static final int INVALID_REQUEST = 6;
    private static final int INVALID_LUN = 0x20;
    private static final int OVERRUN = 0x12;
    private static final int[] TEST_UNIT_READY = {0, 0, 0, 0, 0, 0};
    private static final int[] INQUIRY_36 = {0x12, 0, 0, 0, 36, 0};

    private final StorageController controller = new StorageController(4, new AtOnce());

    private static DiskUnit disk() {
        return new DiskUnit(new MemoryDisk(new byte[64 * 512], 512, false), new Guid(11, 12));
    }

    private StorvscGuest ready() {
        controller.attach(new ScsiAddress(0, 0), disk());
        return StorvscGuest.ready(controller);
    }

    // ---- negotiation ---------------------------------------------------------------------------------------------------

    @Test
    void initialisesAsLinuxDoes() {
        var g = new StorvscGuest(controller);
        byte[] begun = g.operation(7, 0);
        assertThat(begun).hasSize(64);
        assertThat(u32(begun, 0)).isEqualTo(1);
        assertThat(status(begun)).isZero();
        assertThat(status(g.operation(9, 0x0600))).isZero();
        byte[] properties = g.operation(10, 0);
        assertThat(status(properties)).isZero();
        assertThat(properties[16]).as("sub-channels").isEqualTo((byte) 4);
        assertThat(u32(properties, 20)).as("multi-channel").isEqualTo(1);
        assertThat(u32(properties, 24)).as("most bytes of a transfer").isEqualTo(1 << 20);
        assertThat(status(g.operation(8, 0))).isZero();
        assertThat(status(g.operation(13, 3))).isZero();
        assertThat(g.channel.offeredSubChannels).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0200, 0x0402, 0x0501, 0x0600, 0x0602})
    void speaksAllVersions(int version) {
        var g = new StorvscGuest(controller);
        g.operation(7, 0);
        assertThat(status(g.operation(9, version))).isZero();
    }

    @Test
    void refusesAnUnknownVersionAndWaitsForAnother() {
        var g = new StorvscGuest(controller);
        g.operation(7, 0);
        assertThat(status(g.operation(9, 0x0700))).isEqualTo(0xC0000059);
        assertThat(status(g.operation(9, 0x0600))).isZero();
    }

    @Test
    void offersNoSubChannelsToOldVersions() {
        var g = new StorvscGuest(controller);
        g.operation(7, 0);
        g.operation(9, 0x0402);
        byte[] properties = g.operation(10, 0);
        assertThat(u32(properties, 16)).isZero();
        assertThat(u32(properties, 20)).isZero();
        g.operation(8, 0);
        assertThat(status(g.operation(13, 1))).isNotZero();
    }

    @Test
    void refusesWhatIsOutOfOrder() {
        var g = new StorvscGuest(controller);
        assertThat(status(g.operation(9, 0x0600))).isEqualTo(0xC0000184);
        assertThat(status(g.operation(10, 0))).isEqualTo(0xC0000184);
        assertThat(status(g.operation(8, 0))).isEqualTo(0xC0000184);
        assertThat(status(g.operation(13, 1))).isEqualTo(0xC0000184);
        assertThat(status(g.operation(3, 0))).isEqualTo(0xC0000184);
    }

    @Test
    void refusesUnknownOperations() {
        StorvscGuest g = ready();
        assertThat(status(g.operation(14, 0))).isEqualTo(0xC0000010);
        assertThat(status(g.operation(-1, 0))).isEqualTo(0xC0000010);
    }

    @Test
    void refusesMoreSubChannelsThanThereCanBe() {
        StorvscGuest g = ready();
        assertThat(status(g.operation(13, 5))).isEqualTo(0xC000000D);
        assertThat(status(g.operation(13, 4))).isZero();
        assertThat(status(g.operation(13, 1))).isEqualTo(0xC000000D);
        assertThat(g.channel.offeredSubChannels).isEqualTo(4);
    }

    @Test
    void takesRequestsOnSubChannelsAndAnswersThere() {
        StorvscGuest g = ready();
        var sub = new FakeChannel(8, 1);
        assertThat(controller.opened(sub)).isZero();
        byte[] r = g.exchange(sub, srb(0, 0, NONE, 0, TEST_UNIT_READY));
        assertThat(r[14]).isEqualTo((byte) SUCCESS);
        assertThat(g.channel.sent).hasSize(4);
        byte[] begin = new byte[64];
        begin[0] = 7;
        assertThat(status(g.exchange(sub, begin))).as("initialisation is for the primary channel").isNotZero();
    }

    @Test
    void refusesSubChannelsBeforeInitialisation() {
        new StorvscGuest(controller);
        assertThat(controller.opened(new FakeChannel(8, 1))).isNotZero();
    }

    @Test
    void startsAnewWhenTheChannelIsOpenedAgain() {
        StorvscGuest g = ready();
        controller.closed(g.channel);
        StorvscGuest again = new StorvscGuest(controller);
        assertThat(status(again.operation(10, 0))).isEqualTo(0xC0000184);
        assertThat(StorvscGuest.ready(controller).command(TEST_UNIT_READY).srbStatus()).isEqualTo(SUCCESS);
    }

    // ---- answers ----------------------------------------------------------------------------------------------------------

    @Test
    void answersOldGuestsWithOldPackets() {
        StorvscGuest g = ready();
        byte[] old = Arrays.copyOf(srb(0, 0, READ, 36, INQUIRY_36), 48);
        var buffer = new FakeBuffer(36);
        byte[] r = g.exchange(g.channel, old, buffer);
        assertThat(r).hasSize(48);
        assertThat(u32(r, 24)).isEqualTo(36);
    }

    @Test
    void keepsAnAnswerUntilThereIsRoomAndTakesNothingMeanwhile() {
        StorvscGuest g = ready();
        g.channel.room = 1;
        for (int i = 0; i < 3; i++) {
            g.channel.guestSends(i, srb(0, 0, NONE, 0, TEST_UNIT_READY));
        }
        controller.packetsAvailable(g.channel);
        assertThat(g.channel.waiting()).isEqualTo(1);
        controller.packetsAvailable(g.channel);
        assertThat(g.channel.waiting()).isEqualTo(1);
        g.channel.room = 5;
        controller.spaceAvailable(g.channel);
        assertThat(g.channel.sent.subList(4, 7)).extracting(FakeChannel.Sent::transaction).containsExactly(0L, 1L, 2L);
    }

    @Test
    void answersNobodyWhoDoesNotAsk() {
        StorvscGuest g = ready();
        g.channel.guestSendsWithoutCompletion(5, srb(0, 0, NONE, 0, TEST_UNIT_READY));
        controller.packetsAvailable(g.channel);
        assertThat(g.channel.sent).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11, 12, 47})
    void answersPacketsThatAreTooShortWithAnError(int length) {
        StorvscGuest g = ready();
        byte[] r = g.exchange(g.channel, Arrays.copyOf(srb(0, 0, NONE, 0, TEST_UNIT_READY), length));
        assertThat(r).hasSize(64);
        assertThat(status(r)).isEqualTo(0xC000000D);
    }

    // ---- requests -----------------------------------------------------------------------------------------------------------

    @Test
    void saysThatNothingIsAtEmptyPlaces() {
        StorvscGuest g = ready();
        for (int[] place : new int[][] {{0, 1}, {1, 0}, {1, 63}, {0, 200}, {9, 0}}) {
            var buffer = new FakeBuffer(36);
            Response r = g.execute(srb(place[0], place[1], READ, 36, INQUIRY_36), buffer);
            assertThat(r.srbStatus()).isEqualTo(SUCCESS);
            assertThat(r.transferred()).isEqualTo(36);
            assertThat(buffer.bytes[0]).isEqualTo((byte) 0x7F);
            assertThat(g.execute(srb(place[0], place[1], NONE, 0, TEST_UNIT_READY)).srbStatus()).isEqualTo(INVALID_LUN);
        }
    }

    @Test
    void otherPathsAreEmpty() {
        StorvscGuest g = ready();
        byte[] p = srb(0, 0, READ, 36, INQUIRY_36);
        p[17] = 1;
        var buffer = new FakeBuffer(36);
        g.execute(p, buffer);
        assertThat(buffer.bytes[0]).isEqualTo((byte) 0x7F);
    }

    @Test
    void reportsTheUnitsOfATarget() {
        StorvscGuest g = ready();
        controller.attach(new ScsiAddress(0, 5), disk());
        controller.attach(new ScsiAddress(1, 2), disk());
        assertThat(g.read(64, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0)).isEqualTo(
                new byte[] {0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0});
        var buffer = new FakeBuffer(64);
        assertThat(g.execute(srb(1, 0, READ, 64, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0), buffer).transferred()).isEqualTo(16);
        assertThat(buffer.bytes[9]).isEqualTo((byte) 2);
        assertThat(g.read(16, 0xA0, 0, 1, 0, 0, 0, 0, 0, 0, 16, 0, 0)).as("well-known units").isEqualTo(new byte[8]);
        assertThat(g.command(0xA0, 0, 3, 0, 0, 0, 0, 0, 0, 64, 0, 0).senseCode()).isEqualTo(0x52400);
        assertThat(g.command(0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0, 0).senseCode()).isEqualTo(0x52400);
    }

    @Test
    void countsWhatWasTransferredWhenTheGuestAsksForMoreOrLess() {
        StorvscGuest g = ready();
        assertThat(g.read(255, 0x12, 0, 0, 0, 255, 0)).hasSize(36);
        assertThat(g.read(5, 0x12, 0, 0, 0, 255, 0)).hasSize(5);
        assertThat(g.read(64, 0x12, 0, 0, 0, 8, 0)).hasSize(8);
    }

    @Test
    void refusesMoreDataThanTheRequestHasRoomFor() {
        StorvscGuest g = ready();
        Response r = g.execute(srb(0, 0, READ, 512, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0), new FakeBuffer(512));
        assertThat(r.srbStatus()).isEqualTo(OVERRUN);
        assertThat(r.transferred()).isZero();
        assertThat(g.write(new byte[512], 0x2A, 0, 0, 0, 0, 0, 0, 0, 2, 0).srbStatus()).isEqualTo(OVERRUN);
        assertThat(g.execute(srb(0, 0, WRITE, 512, 0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0), new FakeBuffer(512)).srbStatus())
                .as("a read whose data goes the wrong way").isEqualTo(OVERRUN);
    }

    @Test
    void refusesRequestsThatMakeNoSense() {
        StorvscGuest g = ready();
        byte[] noCdb = srb(0, 0, NONE, 0, TEST_UNIT_READY);
        noCdb[20] = 0;
        assertThat(g.execute(noCdb).srbStatus()).isEqualTo(INVALID_REQUEST);
        byte[] longCdb = srb(0, 0, NONE, 0, TEST_UNIT_READY);
        longCdb[20] = 17;
        assertThat(g.execute(longCdb).srbStatus()).isEqualTo(INVALID_REQUEST);
        byte[] shortCdb = srb(0, 0, NONE, 0, 0x28, 0, 0, 0, 0, 0);
        assertThat(g.execute(shortCdb).srbStatus()).isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, 3, 0, TEST_UNIT_READY)).srbStatus()).as("direction").isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, READ, 36, INQUIRY_36)).srbStatus()).as("no buffer").isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, READ, 37, INQUIRY_36), new FakeBuffer(36)).srbStatus()).as("buffer too small").isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, READ, -1, INQUIRY_36), new FakeBuffer(36)).srbStatus()).as("negative length").isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, READ, 36, INQUIRY_36), new FakeBuffer(36), new FakeBuffer(36)).srbStatus()).as("two ranges").isEqualTo(INVALID_REQUEST);
    }

    @Test
    void survivesBuffersInPagesThatAreNotTheGuests() {
        StorvscGuest g = ready();
        assertThat(g.execute(srb(0, 0, READ, 36, INQUIRY_36), new FakeBuffer(new byte[36], 0)).srbStatus()).isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, READ, 8192, 0x28, 0, 0, 0, 0, 0, 0, 0, 16, 0), new FakeBuffer(new byte[8192], 4096)).srbStatus())
                .isEqualTo(INVALID_REQUEST);
        assertThat(g.execute(srb(0, 0, WRITE, 8192, 0x2A, 0, 0, 0, 0, 0, 0, 0, 16, 0), new FakeBuffer(new byte[8192], 4096)).srbStatus())
                .isEqualTo(INVALID_REQUEST);
    }

    @Test
    void cutsSenseDataToTheRoomThereIs() {
        StorvscGuest g = ready();
        byte[] p = srb(0, 0, NONE, 0, 0xFF, 0, 0, 0, 0, 0);
        p[21] = 8;
        Response r = g.execute(p);
        assertThat(r.senseLength()).isEqualTo(8);
        assertThat(r.sense()[2]).isEqualTo((byte) 5);
        p[21] = 0;
        assertThat(g.execute(p).srbStatus()).as("no sense data, so none is valid").isEqualTo(4);
    }

    @Test
    void resetsBringAnAttention() {
        StorvscGuest g = ready();
        assertThat(status(g.operation(6, 0))).isZero();
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x62902);
        assertThat(g.command(TEST_UNIT_READY).srbStatus()).isEqualTo(SUCCESS);
        byte[] lun = new byte[64];
        put32(lun, 0, 4);
        assertThat(status(g.exchange(g.channel, lun))).isZero();
        assertThat(g.command(TEST_UNIT_READY).senseCode()).isEqualTo(0x62902);
        lun[19] = 9;
        assertThat(status(g.exchange(g.channel, lun))).as("no such unit").isEqualTo(0xC000000D);
    }

    // ---- units come and go --------------------------------------------------------------------------------------------------------

    @Test
    void tellsTheGuestOfUnitsThatComeAndGo() {
        StorvscGuest g = ready();
        DiskUnit added = disk();
        controller.attach(new ScsiAddress(0, 1), added);
        FakeChannel.Sent notice = g.channel.sent.getLast();
        assertThat(notice.completion()).isFalse();
        assertThat(notice.transaction()).isZero();
        assertThat(notice.bytes()).hasSize(64);
        assertThat(u32(notice.bytes(), 0)).isEqualTo(11);
        assertThat(g.command(TEST_UNIT_READY).senseCode()).as("the other unit of the target").isEqualTo(0x63F0E);
        assertThat(g.execute(srb(0, 1, NONE, 0, TEST_UNIT_READY)).srbStatus()).isEqualTo(SUCCESS);

        assertThat(controller.detach(new ScsiAddress(0, 1))).isSameAs(added);
        assertThat(u32(g.channel.sent.getLast().bytes(), 0)).isEqualTo(11);
        assertThat(g.execute(srb(0, 1, NONE, 0, TEST_UNIT_READY)).srbStatus()).isEqualTo(INVALID_LUN);
        assertThat(controller.detach(new ScsiAddress(0, 1))).isNull();
    }

    @Test
    void reportingTheUnitsClearsTheAttention() {
        StorvscGuest g = ready();
        controller.attach(new ScsiAddress(0, 1), disk());
        g.read(64, 0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0);
        assertThat(g.command(TEST_UNIT_READY).srbStatus()).isEqualTo(SUCCESS);
    }

    @Test
    void saysNothingBeforeTheGuestIsReady() {
        var g = new StorvscGuest(controller);
        controller.attach(new ScsiAddress(0, 0), disk());
        assertThat(g.channel.sent).isEmpty();
    }

    @Test
    void tellsLaterWhenTheRingIsFull() {
        StorvscGuest g = ready();
        g.channel.room = 0;
        controller.attach(new ScsiAddress(0, 1), disk());
        assertThat(g.channel.sent).hasSize(4);
        g.channel.room = 1;
        controller.spaceAvailable(g.channel);
        assertThat(u32(g.channel.sent.getLast().bytes(), 0)).isEqualTo(11);
    }

    @Test
    void aPlaceHoldsOneUnit() {
        controller.attach(new ScsiAddress(0, 0), disk());
        assertThatThrownBy(() -> controller.attach(new ScsiAddress(0, 0), disk())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ScsiAddress(2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ScsiAddress(0, 64)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- state ----------------------------------------------------------------------------------------------------------------------

    @Test
    void restoresWhatWasNegotiatedAndWhatWaits() {
        StorvscGuest g = ready();
        g.command(TEST_UNIT_READY);
        byte[] modeSelect = {0, 0, 0, 0, 8, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThat(g.write(modeSelect, 0x15, 0x10, 0, 0, 24, 0).srbStatus()).isEqualTo(SUCCESS);
        g.operation(5, 0);
        assertThat(g.write(modeSelect, 0x15, 0x10, 0, 0, 24, 0).senseCode()).isEqualTo(0x62902);
        assertThat(g.write(modeSelect, 0x15, 0x10, 0, 0, 24, 0).srbStatus()).isEqualTo(SUCCESS);
        g.channel.room = 0;
        g.channel.guestSends(77, srb(0, 0, NONE, 0, TEST_UNIT_READY));
        controller.packetsAvailable(g.channel);

        var copy = new StorageController(4, new AtOnce());
        copy.attach(new ScsiAddress(0, 0), disk());
        RecordedState.copy(controller, copy);
        var other = new FakeChannel(7, 0);
        copy.offeredOn(other);
        copy.spaceAvailable(other);
        assertThat(other.sent).extracting(FakeChannel.Sent::transaction).containsExactly(77L);
        other.guestSends(78, srb(0, 0, READ, 64, 0x1A, 8, 8, 0, 64, 0), new FakeBuffer(64));
        copy.packetsAvailable(other);
        assertThat(other.sent.getLast().bytes()[14]).isEqualTo((byte) SUCCESS);
    }
}
