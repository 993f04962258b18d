package dev.hv.devices.input;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.input.KeyboardFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pipe.GuestMessages;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.ArrayDeque;

/** The host's side of the synthetic keyboard (the guest's is Linux' hyperv_keyboard): scan codes of set 1, a message each. What a guest has no room for yet waits, up to a bound. */
public final class SyntheticKeyboard implements ChannelHandler, Saveable {

    /** Kind of device. */
    public static final Guid INTERFACE = Guid.of("f912ad6d-2b17-48ea-bd65-f927a61c7684");
    /** Most events that wait. */
    public static final int MOST_WAITING = 1 << 14;

    private static final int STATE_VERSION = 1;
    private static final int OK = 0;

    private final GuestMessages messages = new GuestMessages(this::usable, this::message, this::giveUp);
    private Channel channel;
    private boolean agreed;
    /** The guest sent nonsense: it is left alone until it opens the channel again. */
    private boolean unusable;
    private int leds;
    /** Scan codes in bits 15:0, flags in 31:16, that the ring had no room for. */
    private final ArrayDeque<Integer> waiting = new ArrayDeque<>();

    /** A keyboard without a guest. */
    public SyntheticKeyboard() {}

    /** The offer for the bus. */
    public ChannelOffer offer() {
        return ChannelOffer.of(INTERFACE, Guid.of("d34b2567-b9b6-42b9-8778-0a4ec0b955bf"), "keyboard", false);
    }

    /** Whether a guest's driver listens. */
    public boolean connected() {
        return agreed;
    }

    /** The lamps that the guest has lit: scroll lock in bit 0, num lock 1, caps lock 2. */
    public int leds() {
        return leds;
    }

    /**
     * Has a key go down, or up.
     *
     * @param key of {@link Keys}
     * @return false when no driver listens, or so much waits already
     */
    public boolean key(int key, boolean down) {
        if (!agreed || waiting.size() >= MOST_WAITING) {
            return false;
        }
        for (int code : Keys.codes(key)) {
            int flags = (down ? 0 : BREAK) | ((code & Keys.E0) != 0 ? E0 : 0) | ((code & Keys.E1) != 0 ? E1 : 0);
            waiting.add(code & 0xFF | flags << 16);
        }
        send();
        return true;
    }

    private void send() {
        while (!waiting.isEmpty()) {
            int event = waiting.peek();
            byte[] m = new byte[EVENT_SIZE];
            put32(m, TYPE, EVENT);
            put16(m, SCAN_CODE, event & 0xFFFF);
            put32(m, FLAGS, event >>> 16);
            if (!channel.send(m, 0, m.length, 0, false)) {
                return;
            }
            waiting.remove();
        }
    }

    @Override
    public int opened(Channel opened) {
        channel = opened;
        return OK;
    }

    @Override
    public void closed(Channel closed) {
        agreed = false;
        unusable = false;
        leds = 0;
        waiting.clear();
    }

    @Override
    public void packetsAvailable(Channel from) {
        messages.take(from);
    }

    private boolean usable() {
        return !unusable;
    }

    private void giveUp() {
        agreed = false;
        unusable = true;
        waiting.clear();
    }

    @Override
    public void spaceAvailable(Channel free) {
        send();
    }

    private boolean message(byte[] m, int length) {
        return length >= HEADER && switch (u32(m, TYPE)) {
            case PROTOCOL_REQUEST -> length >= PROTOCOL_REQUEST_SIZE && agree(u32(m, VERSION));
            case LEDS -> {
                leds = length >= LEDS_SIZE ? u16(m, LED_FLAGS) & 7 : leds;
                yield agreed && length >= LEDS_SIZE;
            }
            default -> agreed;
        };
    }

    /** Versions with the same major number are understood. */
    private boolean agree(int version) {
        agreed = version >>> 16 == VERSION_1_0 >>> 16;
        byte[] m = new byte[PROTOCOL_RESPONSE_SIZE];
        put32(m, TYPE, PROTOCOL_RESPONSE);
        put32(m, ACCEPTED, agreed ? 1 : 0);
        return channel.send(m, 0, m.length, 0, false);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("keyboard", STATE_VERSION);
        out.put("agreed", agreed);
        out.put("unusable", unusable);
        out.put("leds", leds);
        out.put("waiting-count", waiting.size());
        waiting.forEach(e -> out.put("event", e));
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("keyboard", STATE_VERSION);
        agreed = in.takeBoolean();
        unusable = in.takeBoolean();
        leds = (int) in.take();
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            waiting.add((int) in.take());
        }
        in.end();
    }
}
