package dev.hv.devices.video;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.vmbus.channel.Offering;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestGuest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The protocol as a guest's driver meets it, with layouts of the public headers written anew. */
class SyntheticVideoTest {

    private static final int V3_5 = 5 << 16 | 3;
    private static final int V3_2 = 2 << 16 | 3;
    private static final int MIB = 1 << 20;
    private static final long PLACE = 0xF800_0000L;

    private final TestGuest guest = new TestGuest();
    private final FakeVideoMemory memory = new FakeVideoMemory(8 * MIB);
    private final SyntheticVideo video = new SyntheticVideo(memory, 1024, 768);
    private final List<String> heard = new ArrayList<>();
    private final Offering offering = new Offering(guest.bus(), video.offer(), video);
    private GuestChannel channel = guest.open(guest.connect().getFirst(), 16);

    {
        video.observe(new ScreenListener() {
            @Override
            public void mode() {
                heard.add("mode " + (video.mode() == null ? "none" : video.mode().width() + "x" + video.mode().height()));
            }

            @Override
            public void drawn(Area area) {
                heard.add(area.left() + "," + area.top() + "-" + area.right() + "," + area.bottom());
            }

            @Override
            public void pointer() {
                heard.add("pointer");
            }
        });
    }

    private static ByteBuffer message(int type, int body) {
        return ByteBuffer.allocate(16 + body).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 1).putInt(4, 8 + body).putInt(8, type).putInt(12, 8 + body);
    }

    private void send(ByteBuffer m) {
        channel.send(m.array(), 1, false);
    }

    private ByteBuffer expect(int type, int body) {
        GuestPacket p = channel.receive();
        assertThat(p).as("a message of type " + type).isNotNull();
        ByteBuffer m = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(m.getInt(0)).as("pipe type").isEqualTo(1);
        assertThat(m.getInt(4)).as("pipe length").isEqualTo(8 + body);
        assertThat(m.getInt(8)).as("type").isEqualTo(type);
        assertThat(m.getInt(12)).as("size").isEqualTo(8 + body);
        return m;
    }

    private void agree(int version) {
        send(message(1, 4).putInt(16, version));
        ByteBuffer m = expect(2, 6);
        assertThat(m.getInt(16)).isEqualTo(version);
        assertThat(m.get(20)).as("accepted").isEqualTo((byte) 1);
        assertThat(m.get(21)).as("outputs").isEqualTo((byte) 1);
    }

    private void locate(long address) {
        send(message(3, 17).putLong(16, 77).put(24, (byte) 1).putLong(25, address));
    }

    private void situation(int offset, int depth, int width, int height, int pitch) {
        send(message(5, 27).putLong(16, 78).put(24, (byte) 1).put(25, (byte) 1).putInt(26, offset).put(30, (byte) depth).putInt(31, width).putInt(35, height).putInt(39, pitch));
    }

    private void shown() {
        agree(V3_5);
        locate(PLACE);
        assertThat(expect(4, 8).getLong(16)).isEqualTo(77);
        situation(0, 32, 1024, 768, 4096);
        assertThat(expect(6, 8).getLong(16)).isEqualTo(78);
        assertThat(expect(9, 4).getInt(16)).as("everything is wanted").isEqualTo(0x01010101);
    }

    private void position(int visible, int x, int y) {
        send(message(7, 10).put(16, (byte) visible).putInt(18, x).putInt(22, y));
    }

    private static ByteBuffer shape(int part, boolean colours, int width, int height, byte[] data) {
        ByteBuffer m = message(8, 18 + data.length).put(16, (byte) part).put(17, (byte) (colours ? 1 : 0)).putInt(18, width).putInt(22, height).putInt(26, 1).putInt(30, 2);
        return m.put(34, data);
    }

    @Test
    void theOfferHasTheMemoryItWants() {
        assertThat(video.offer().mmioMegabytes()).isEqualTo(8);
        assertThat(SyntheticVideo.memory(1024, 768)).isEqualTo(8 * MIB);
        assertThat(SyntheticVideo.memory(1920, 1200)).isEqualTo(9 * MIB);
    }

    @Test
    void unknownVersionsAreRefusedAndAnotherOneIsTried() {
        send(message(1, 4).putInt(16, 9));
        assertThat(expect(2, 6).get(20)).isZero();
        agree(V3_2);
        assertThat(video.version()).isEqualTo(V3_2);
    }

    @Test
    void resolutionsEndWithTheScreensOwnAndTheMonitorSaysTheSame() {
        agree(V3_5);
        send(message(13, 1).put(16, (byte) 64));
        ByteBuffer m = expect(14, 128 + 3 + 256);
        int sum = 0;
        for (int i = 0; i < 128; i++) {
            sum += m.get(16 + i);
        }
        assertThat(sum & 0xFF).as("check sum of the EDID").isZero();
        assertThat(m.getLong(16)).as("header of the EDID").isEqualTo(0x00FF_FFFF_FFFF_FF00L);
        int detailed = 16 + 54;
        assertThat((m.get(detailed + 4) & 0xF0) << 4 | m.get(detailed + 2) & 0xFF).as("columns").isEqualTo(1024);
        assertThat((m.get(detailed + 7) & 0xF0) << 4 | m.get(detailed + 5) & 0xFF).as("lines").isEqualTo(768);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < m.get(144); i++) {
            all.add(m.getShort(147 + 4 * i) + "x" + m.getShort(149 + 4 * i));
        }
        assertThat(all).containsExactly("640x480", "800x600", "1024x768");
        assertThat(m.get(145)).as("the one to begin with").isEqualTo((byte) 2);
        send(message(13, 1).put(16, (byte) 1));
        assertThat(expect(14, 387).get(144)).as("one is wanted").isEqualTo((byte) 1);
    }

    @Test
    void aScreenIsShownAndWhatIsDrawnIsSaid() {
        shown();
        assertThat(memory.address).isEqualTo(PLACE);
        ByteBuffer.wrap(memory.bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(2 * 4096 + 3 * 4, 0xFF112233);
        int[] pixels = new int[4];
        assertThat(video.read(new Area(2, 2, 4, 4), pixels)).isTrue();
        assertThat(pixels).containsExactly(0, 0x112233, 0, 0);
        assertThat(video.read(new Area(1023, 0, 1025, 1), pixels)).as("outside").isFalse();
        send(message(10, 2 + 32).put(17, (byte) 2).putInt(18, -5).putInt(22, 4).putInt(26, 2000).putInt(30, 20).putInt(34, 9).putInt(38, 9).putInt(42, 9).putInt(46, 10));
        assertThat(heard).containsExactly("mode 1024x768", "0,4-1024,20");
    }

    @Test
    void sixteenBitsAPixelAreAllColours() {
        shown();
        situation(4, 16, 640, 480, 2000);
        ByteBuffer.wrap(memory.bytes).order(ByteOrder.LITTLE_ENDIAN).putShort(4 + 2000 + 2, (short) 0xF800).putShort(4 + 2000 + 4, (short) 0xFFFF);
        int[] pixels = new int[2];
        assertThat(video.read(new Area(1, 1, 3, 2), pixels)).isTrue();
        assertThat(pixels).containsExactly(0xFF0000, 0xFFFFFF);
    }

    /** Modes that do not fit into memory show nothing, and the driver hears that they were set all the same. */
    @ParameterizedTest
    @CsvSource({"0,32,1024,8192,4096", "-1,32,1024,768,4096", "0,24,1024,768,4096", "0,32,1024,768,4095", "0,32,0,768,4096", "0,32,1024,-1,4096", "8388600,32,1,1,4096000", "0,32,9000,1,36000"})
    void modesThatCannotBeShowNothing(int offset, int depth, int width, int height, int pitch) {
        shown();
        situation(offset, depth, width, height, pitch);
        expect(6, 8);
        boolean last = offset == 8388600;
        assertThat(video.mode() == null).isEqualTo(!last);
        assertThat(video.read(new Area(0, 0, 1, 1), new int[1])).isEqualTo(last);
    }

    @Test
    void aPointerIsSeenWhereTheGuestPutsIt() {
        shown();
        byte[] pixels = {1, 2, 3, (byte) 255, 4, 5, 6, 0};
        send(shape(0xFF, true, 2, 1, pixels));
        assertThat(video.pointer()).as("hidden until it has a place").isNull();
        position(1, 40, 50);
        assertThat(video.pointer().pixels()).containsExactly(0xFF030201, 0x00060504);
        assertThat(video.pointer().hotX()).isEqualTo(1);
        assertThat(video.pointer().hotY()).as("within it").isZero();
        assertThat(video.pointerX()).isEqualTo(40);
        position(0, 40, 50);
        assertThat(video.pointer()).isNull();
    }

    @Test
    void aLargeShapeComesInParts() {
        shown();
        byte[] part = new byte[64 * 4 * 16];
        java.util.Arrays.fill(part, (byte) 0x55);
        for (int i = 0; i < 3; i++) {
            send(shape(i, true, 64, 64, part));
        }
        send(shape(0xFF, true, 64, 64, part));
        position(1, 0, 0);
        assertThat(video.pointer().pixels()).hasSize(4096).containsOnly(0x55555555);
    }

    @Test
    void aShapeOfTwoColoursIsTwoMasks() {
        shown();
        // keep: 1010…, draw: 0110…: black is keep 0 and draw 0
        byte[] masks = {(byte) 0b1010_0000, 0, (byte) 0b0110_0000, 0};
        send(shape(0xFF, false, 4, 1, masks));
        position(1, 0, 0);
        assertThat(video.pointer().pixels()).containsExactly(0, 0xFFFFFFFF, 0xFF000000, 0xFF000000);
    }

    /** Nonsense is not answered, and the next driver begins anew. */
    @Test
    void nonsenseEndsTheConversationUntilTheChannelOpensAgain() {
        shown();
        send(shape(0xFF, true, 4096, 4096, new byte[8]));
        assertThat(video.mode()).isNull();
        send(message(1, 4).putInt(16, V3_5));
        assertThat(channel.receive()).isNull();
        channel.close();
        channel = guest.open(channel.offer(), 16);
        shown();
        assertThat(video.mode()).isNotNull();
    }

    @Test
    void aPlaceThatCannotBeIsNotAnswered() {
        agree(V3_5);
        memory.refuses = true;
        locate(0x1000);
        assertThat(channel.receive()).isNull();
        memory.refuses = false;
        locate(PLACE);
        expect(4, 8);
    }

    @Test
    void twentyTimesClosedTakenBackAndOffered() {
        for (int i = 0; i < 20; i++) {
            shown();
            if (i % 2 == 0) {
                channel.close();
                assertThat(video.mode()).isNull();
                channel = guest.open(channel.offer(), 16);
            } else {
                assertThat(offering.offer(false)).isTrue();
                assertThat(offering.offer(false)).isFalse();
                assertThat(video.mode()).isNull();
                guest.expectRescind(channel.offer().channel());
                assertThat(offering.offer(true)).isTrue();
                channel = guest.open(guest.expectOffer(), 16);
            }
        }
    }

    @Test
    void allOfItIsRestored() {
        shown();
        send(shape(0xFF, true, 1, 1, new byte[] {1, 2, 3, 4}));
        position(1, 7, 8);
        send(shape(0, true, 2, 2, new byte[8]));
        var out = new SectionWriter();
        video.save(out);
        byte[] state = out.toBytes();
        var other = new SyntheticVideo(memory, 1024, 768);
        other.restore(new SectionReader(state));
        assertThat(other.mode()).isEqualTo(video.mode());
        assertThat(other.pointer().pixels()).containsExactly(0x04030201);
        var again = new SectionWriter();
        other.save(again);
        assertThat(again.toBytes()).isEqualTo(state);
    }

    @Test
    void aResetTakesTheMemoryAway() {
        shown();
        guest.bus().reset();
        video.reset();
        assertThat(memory.address).isEqualTo(-1);
        assertThat(video.mode()).isNull();
    }
}
