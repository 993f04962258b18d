package dev.hv.devices.input;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.input.MouseFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pipe.GuestMessages;
import dev.hv.devices.pipe.PipeHeader;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.ArrayDeque;

/**
 * The host's side of the synthetic mouse (the guest's is Linux' hid_hyperv): a HID device with five buttons, a wheel, and a place on the screen. Reports that a guest has no room for yet
 * wait, up to a bound; of several that only move the pointer the last is enough.
 */
public final class SyntheticMouse implements ChannelHandler, Saveable {

    /** Kind of device. */
    public static final Guid INTERFACE = Guid.of("cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a");
    /** Largest coordinate; the smallest is 0. */
    public static final int MOST = MouseFormat.MOST;
    /** Most reports that wait. */
    public static final int MOST_WAITING = 1024;

    private static final int STATE_VERSION = 1;
    private static final int OK = 0;
    private static final int ALL_BUTTONS = 31;

    /** How far a guest has come. */
    private enum State {
        CLOSED,
        OPEN,
        /** It was told what the device is. */
        TOLD,
        READY,
        /** It sent nonsense: it is left alone until it opens the channel again. */
        UNUSABLE
    }

    /** What is told of the mouse at once. */
    private record Report(int x, int y, int buttons, int wheel) {}

    private final GuestMessages messages = new GuestMessages(this::usable, this::taken, this::giveUp);
    private Channel channel;
    private State state = State.CLOSED;
    private final ArrayDeque<Report> waiting = new ArrayDeque<>();

    /** A mouse without a guest. */
    public SyntheticMouse() {}

    /** The offer for the bus. */
    public ChannelOffer offer() {
        return ChannelOffer.of(INTERFACE, Guid.of("58f75a6d-d949-4320-99e1-a2a2576d581c"), "mouse", true);
    }

    /** Whether a guest's driver listens. */
    public boolean connected() {
        return state == State.READY;
    }

    /**
     * The mouse is somewhere.
     *
     * @param x from 0 (left) to {@link #MOST}
     * @param y from 0 (top) to {@link #MOST}
     * @param buttons that are down: left in bit 0, right 1, middle 2, and two more
     * @param wheel notches that it was turned away from the hand, or (below 0) to it
     * @return false when no driver listens, or so much waits already
     */
    public boolean report(int x, int y, int buttons, int wheel) {
        if (state != State.READY || waiting.size() >= MOST_WAITING) {
            return false;
        }
        var r = new Report(Math.clamp(x, 0, MOST), Math.clamp(y, 0, MOST), buttons & ALL_BUTTONS, Math.clamp(wheel, -MOST, MOST));
        Report last = waiting.peekLast();
        if (last != null && last.buttons == r.buttons && last.wheel == 0 && r.wheel == 0) {
            waiting.removeLast();
        }
        waiting.add(r);
        send();
        return true;
    }

    private void send() {
        while (!waiting.isEmpty()) {
            Report r = waiting.peek();
            byte[] m = new byte[BODY + INPUT_REPORT_SIZE];
            m[BUTTONS] = (byte) r.buttons;
            put16(m, X, r.x);
            put16(m, Y, r.y);
            put16(m, WHEEL, r.wheel);
            if (!send(INPUT_REPORT, m)) {
                return;
            }
            waiting.remove();
        }
    }

    @Override
    public int opened(Channel opened) {
        channel = opened;
        state = State.OPEN;
        return OK;
    }

    @Override
    public void closed(Channel closed) {
        state = State.CLOSED;
        waiting.clear();
    }

    @Override
    public void packetsAvailable(Channel from) {
        messages.take(from);
    }

    private boolean usable() {
        return state != State.UNUSABLE;
    }

    private boolean taken(byte[] m, int length) {
        return PipeHeader.data(m, length, BODY) && message(u32(m, TYPE), m, length - BODY);
    }

    private void giveUp() {
        state = State.UNUSABLE;
        waiting.clear();
    }

    @Override
    public void spaceAvailable(Channel free) {
        send();
    }

    private boolean message(int type, byte[] m, int body) {
        return switch (type) {
            case PROTOCOL_REQUEST -> body >= PROTOCOL_REQUEST_SIZE && agree(u32(m, VERSION));
            case DEVICE_INFO_ACK -> {
                boolean told = state == State.TOLD || state == State.READY;
                state = told ? State.READY : state;
                yield told;
            }
            default -> state == State.READY;
        };
    }

    private boolean agree(int version) {
        boolean known = version == VERSION_2_0;
        byte[] m = new byte[BODY + PROTOCOL_RESPONSE_SIZE];
        put32(m, VERSION, version);
        m[APPROVED] = (byte) (known ? 1 : 0);
        state = known ? State.TOLD : State.OPEN;
        waiting.clear();
        return send(PROTOCOL_RESPONSE, m) && (!known || send(DEVICE_INFO, deviceInfo()));
    }

    private boolean send(int type, byte[] m) {
        PipeHeader.fill(m);
        put32(m, TYPE, type);
        put32(m, SIZE, m.length - BODY);
        return channel.send(m, 0, m.length, 0, false);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("mouse", STATE_VERSION);
        out.put("state", state.ordinal());
        out.put("waiting-count", waiting.size());
        for (Report r : waiting) {
            out.put("x", r.x);
            out.put("y", r.y);
            out.put("buttons", r.buttons);
            out.put("wheel", r.wheel);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("mouse", STATE_VERSION);
        state = State.values()[(int) in.take()];
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(new Report((int) in.take(), (int) in.take(), (int) in.take(), (int) in.take()));
        }
        in.end();
    }
}
