package dev.hv.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.Offering;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.ChannelOffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keyboard and mouse as guests' drivers meet them, with layouts of the public headers written anew. */
class InputTest {

    private final TestGuest guest = new TestGuest();
    private final SyntheticKeyboard keyboard = new SyntheticKeyboard();
    private final SyntheticMouse mouse = new SyntheticMouse();
    private Offering offering;
    private GuestChannel channel;

    private void open(ChannelOffer offer, ChannelHandler handler) {
        offering = new Offering(guest.bus(), offer, handler);
        channel = guest.open(guest.connect().getFirst(), 1);
    }

    private ByteBuffer receive() {
        return ByteBuffer.wrap(channel.receive().payload()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void keyboardAgrees() {
        channel.send(bytes(8).putInt(1).putInt(1 << 16).array(), 1, false);
        assertThat(receive().getLong(0)).as("accepted").isEqualTo(1L << 32 | 2);
    }

    /** Scan codes as {@code e0 1d} and {@code up 1e}. */
    private List<String> events() {
        List<String> all = new ArrayList<>();
        channel.receiveAll().forEach(p -> {
            ByteBuffer m = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(m.getInt(0)).isEqualTo(3);
            int flags = m.getInt(8);
            all.add(((flags & 2) != 0 ? "up " : "") + ((flags & 4) != 0 ? "e0 " : "") + ((flags & 8) != 0 ? "e1 " : "") + "%02x".formatted(m.getShort(4)));
        });
        return all;
    }

    private void play(List<InputEvent> events) {
        InputEvent.read(InputEvent.write(events)).forEach(e -> {
            if (e instanceof InputEvent.Key(int key, boolean down)) {
                assertThat(keyboard.key(key, down)).isTrue();
            }
        });
    }

    @Test
    void keysGoDownAndUp() {
        open(keyboard.offer(), keyboard);
        assertThat(keyboard.key(Keys.ENTER, true)).as("nobody listens").isFalse();
        keyboardAgrees();
        play(InputEvent.typing("aB\n"));
        assertThat(events()).containsExactly("1e", "up 1e", "2a", "30", "up 30", "up 2a", "1c", "up 1c");
        play(InputEvent.held(Keys.chord("ctrl+alt+delete")));
        assertThat(events()).containsExactly("1d", "38", "e0 53", "up e0 53", "up 38", "up 1d");
        play(InputEvent.held(Keys.chord("pause")));
        assertThat(events()).containsExactly("e1 1d", "45", "up e1 1d", "up 45");
        play(InputEvent.held(Keys.chord("Plus")));
        assertThat(events()).containsExactly("2a", "0d", "up 0d", "up 2a");
    }

    /** Every character of ASCII that can be printed has a key, and no key types two of them. */
    @Test
    void theUsLayoutHasAllOfAscii() {
        List<Integer> keys = new ArrayList<>();
        for (char c = ' '; c <= '~'; c++) {
            keys.add(Keys.typing(c));
        }
        assertThat(keys).doesNotHaveDuplicates().allMatch(k -> k > 0);
        assertThat(InputEvent.typing("é")).isNull();
        assertThat(Keys.chord("ctrl+nothing")).isNull();
        assertThat(Keys.all()).allMatch(n -> Keys.chord(n) != null);
    }

    @Test
    void anotherMajorVersionIsRefused() {
        open(keyboard.offer(), keyboard);
        channel.send(bytes(8).putInt(1).putInt(2 << 16).array(), 1, false);
        assertThat(receive().getInt(4)).isZero();
        assertThat(keyboard.connected()).isFalse();
        keyboardAgrees();
        channel.send(bytes(8).putInt(4).putShort((short) 6).array(), 1, false);
        assertThat(keyboard.leds()).as("num and caps lock").isEqualTo(6);
        channel.send(bytes(4).putInt(1).array(), 1, false);
        assertThat(keyboard.connected()).as("a request without a version").isFalse();
    }

    /** A guest that does not read keeps so much, and gets all of it in order when it reads. */
    @Test
    void whatThereIsNoRoomForWaitsUpToABound() {
        open(keyboard.offer(), keyboard);
        keyboardAgrees();
        int taken = 0;
        while (keyboard.key(taken % 0x50 + 2, true)) {
            taken++;
        }
        assertThat(taken).isGreaterThan(SyntheticKeyboard.MOST_WAITING).isLessThan(SyntheticKeyboard.MOST_WAITING + 4096 / 24);
        List<String> all = new ArrayList<>();
        for (List<String> some = events(); !some.isEmpty(); some = events()) {
            all.addAll(some);
        }
        assertThat(all).hasSize(taken);
        for (int i = 0; i < taken; i++) {
            assertThat(all.get(i)).isEqualTo("%02x".formatted(i % 0x50 + 2));
        }
    }

    private static ByteBuffer mouseMessage(int type, int body) {
        return bytes(16 + body).putInt(0, 1).putInt(4, 8 + body).putInt(8, type).putInt(12, body);
    }

    private void mouseAgrees() {
        channel.send(mouseMessage(0, 4).putInt(16, 2 << 16).array(), 1, false);
        ByteBuffer response = receive();
        assertThat(response.getInt(8)).isEqualTo(1);
        assertThat(response.getInt(16)).isEqualTo(2 << 16);
        assertThat(response.get(20)).as("approved").isEqualTo((byte) 1);
        ByteBuffer info = receive();
        assertThat(info.getInt(8)).isEqualTo(2);
        assertThat(info.getInt(16)).as("size of the information").isEqualTo(32);
        assertThat(info.getShort(20)).isEqualTo((short) 0x045E);
        int descriptor = 48;
        assertThat(info.get(descriptor)).isEqualTo((byte) 9);
        assertThat(info.get(descriptor + 1)).isEqualTo((byte) 0x21);
        int report = info.getShort(descriptor + 7);
        assertThat(info.getInt(12)).isEqualTo(32 + 9 + report);
        assertThat(bits(info, descriptor + 9, report)).as("bits of a report").isEqualTo(56);
        assertThat(mouse.connected()).isFalse();
        channel.send(mouseMessage(3, 1).array(), 1, false);
        assertThat(mouse.connected()).isTrue();
    }

    /** How long input reports are by their descriptor: the sum of sizes times counts at its input items. */
    private static int bits(ByteBuffer m, int at, int length) {
        int size = 0;
        int count = 0;
        int bits = 0;
        int depth = 0;
        for (int i = at; i < at + length; ) {
            int item = m.get(i) & 0xFF;
            int bytes = (item & 3) == 3 ? 4 : item & 3;
            int value = bytes == 0 ? 0 : bytes == 1 ? m.get(i + 1) : m.getShort(i + 1);
            switch (item & 0xFC) {
                case 0x74 -> size = value;
                case 0x94 -> count = value;
                case 0x80 -> bits += size * count;
                case 0xA0 -> depth++;
                case 0xC0 -> depth--;
                default -> { }
            }
            i += 1 + bytes;
        }
        assertThat(depth).as("collections left open").isZero();
        return bits;
    }

    @Test
    void theMouseSaysWhereItIs() {
        open(mouse.offer(), mouse);
        assertThat(mouse.report(1, 1, 0, 0)).as("nobody listens").isFalse();
        mouseAgrees();
        assertThat(mouse.report(100, 40_000, 5, -2)).isTrue();
        ByteBuffer m = receive();
        assertThat(m.getInt(8)).isEqualTo(4);
        assertThat(m.getInt(12)).isEqualTo(7);
        assertThat(m.get(16)).isEqualTo((byte) 5);
        assertThat(m.getShort(17)).isEqualTo((short) 100);
        assertThat(m.getShort(19)).isEqualTo((short) 32767);
        assertThat(m.getShort(21)).isEqualTo((short) -2);
    }

    /** Of moves that a guest has no room for the last is enough; buttons and the wheel are all kept. */
    @Test
    void movesThatWaitAreOne() {
        open(mouse.offer(), mouse);
        mouseAgrees();
        for (int i = 0; i < 10_000; i++) {
            assertThat(mouse.report(i, 0, 0, 0)).isTrue();
        }
        mouse.report(1, 1, 1, 0);
        mouse.report(2, 2, 0, 0);
        var reports = channel.receiveAll();
        ByteBuffer last = ByteBuffer.wrap(reports.getLast().payload()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer click = ByteBuffer.wrap(reports.get(reports.size() - 2).payload()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer move = ByteBuffer.wrap(reports.get(reports.size() - 3).payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(last.getShort(17)).isEqualTo((short) 2);
        assertThat(click.get(16)).isEqualTo((byte) 1);
        assertThat(move.getShort(17)).isEqualTo((short) 9999);
        int taken = 0;
        while (mouse.report(0, 0, taken & 1, 1)) {
            taken++;
        }
        assertThat(taken).isBetween(SyntheticMouse.MOST_WAITING, SyntheticMouse.MOST_WAITING + 4096 / 32);
    }

    @Test
    void twentyTimesClosedTakenBackAndOffered() {
        open(keyboard.offer(), keyboard);
        for (int i = 0; i < 20; i++) {
            keyboardAgrees();
            while (keyboard.key(Keys.ENTER, true)) {
                // a full ring, and events that wait
            }
            if (i % 2 == 0) {
                channel.close();
                channel = guest.open(channel.offer(), 1);
            } else {
                offering.offer(false);
                assertThat(keyboard.connected()).isFalse();
                guest.expectRescind(channel.offer().channel());
                offering.offer(true);
                channel = guest.open(guest.expectOffer(), 1);
            }
        }
    }

    @Test
    void whatWaitsIsRestored() {
        open(keyboard.offer(), keyboard);
        keyboardAgrees();
        while (keyboard.key(Keys.PAUSE, true)) {
            // until it is full
        }
        var out = new SectionWriter();
        keyboard.save(out);
        mouse.save(out);
        byte[] state = out.toBytes();
        var k = new SyntheticKeyboard();
        var m = new SyntheticMouse();
        var in = new SectionReader(state);
        k.restore(in);
        m.restore(in);
        var again = new SectionWriter();
        k.save(again);
        m.save(again);
        assertThat(again.toBytes()).isEqualTo(state);
        assertThat(k.connected()).isTrue();
    }
}
