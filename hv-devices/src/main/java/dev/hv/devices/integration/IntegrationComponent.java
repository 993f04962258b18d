package dev.hv.devices.integration;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.integration.IcFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pipe.GuestMessages;
import dev.hv.devices.pipe.PipeHeader;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.Arrays;

/**
 * What all integration components share: the host agrees on versions with the guest when the channel opens, and then has at most one
 * message under way. A guest that answers nonsense is not asked any more until it opens the channel again; one that does not answer
 * is asked again when its late answer has come.
 */
public abstract class IntegrationComponent implements ChannelHandler, Saveable {

    private static final int STATE_VERSION = 3;
    /** Framework versions 1.0 and 3.0. */
    private static final int[] FRAMEWORKS = {1 << 16, 3 << 16};
    /** Guests give up on their own daemons after 5 s and tell; one that says nothing for this long has other troubles. */
    private static final long ANSWER_NANOS = 15_000_000_000L;

    /** How far a guest has come. */
    private enum State {
        CLOSED,
        NEGOTIATING,
        READY,
        /** A message is under way. */
        WAITING,
        /** A message is under way and its answer is overdue. */
        OVERDUE,
        /** The guest supports none of the versions, or answers nonsense. */
        UNUSABLE
    }

    private final Guid interfaceId;
    private final Guid instanceId;
    private final String name;
    private final int type;
    private final int[] versions;
    private final Clock clock;
    private final Clock.Timer overdue;
    private final GuestMessages messages = new GuestMessages(this::listened, this::taken, this::giveUp);
    private Channel channel;
    private State state = State.CLOSED;
    private int framework;
    private int version;
    private int transaction;
    /** The offer was taken back. */
    private boolean away;

    /**
     * A component.
     *
     * @param type message type
     * @param versions message versions offered, oldest first: major in bits 31:16, minor in 15:0
     */
    IntegrationComponent(Clock clock, Guid interfaceId, Guid instanceId, String name, int type, int... versions) {
        this.clock = clock;
        this.interfaceId = interfaceId;
        this.instanceId = instanceId;
        this.name = name;
        this.type = type;
        this.versions = versions;
        overdue = clock.timer(name + " answer", this::answerOverdue);
    }

    /** Its name on the bus and on command lines. */
    public final String name() {
        return name;
    }

    /** The offer for the bus. */
    public final ChannelOffer offer() {
        return ChannelOffer.of(interfaceId, instanceId, name, true);
    }

    /** The channel that the bus made of {@link #offer}; told before the guest hears of it. */
    public final void offered(Channel made) {
        channel = made;
    }

    /** Takes the offer back; false when it is. */
    public final boolean rescind() {
        boolean there = !away;
        if (there) {
            away = true;
            channel.rescind();
        }
        return there;
    }

    /** Offers it again after {@link #rescind}; false when it was not taken back. */
    public final boolean offerAgain(Offers bus) {
        boolean gone = away;
        if (gone) {
            away = false;
            offered(bus.offer(offer(), this));
        }
        return gone;
    }

    /** Whether the guest's driver has agreed on versions, and answers. */
    public final boolean connected() {
        return state == State.READY || state == State.WAITING;
    }

    /** Whether the guest has the channel open, and answers or may yet. */
    final boolean listening() {
        return connected() || state == State.NEGOTIATING;
    }

    /** Whether the guest has the channel open and has answered sense so far, be it late. */
    final boolean usable() {
        return state != State.CLOSED && state != State.UNUSABLE;
    }

    /** Whether a message can be sent now. */
    final boolean idle() {
        return state == State.READY;
    }

    /** Message version agreed: major in bits 31:16. */
    final int version() {
        return version;
    }

    // ---- what components do ----------------------------------------------------------------------------------------------

    /** Versions are agreed on with a guest that has opened the channel; {@link #ready} follows. */
    void agreed() {}

    /** Nothing is under way and a message can be sent: versions are agreed on, or an overdue answer has come. */
    abstract void ready();

    /**
     * The guest answered.
     *
     * @param status HRESULT
     * @param message the whole message; the payload is at {@link IcFormat#PAYLOAD}
     * @param length bytes of it
     */
    abstract void answered(int status, byte[] message, int length);

    /** The answer to what is under way will not be handed on: it is overdue. {@link #ready} follows when the guest answers after all. */
    abstract void lost();

    /** The channel was closed, or the guest answered nonsense; what was under way is lost. */
    abstract void gone();

    /** Sends a message; the answer comes to {@link #answered}. False when there is no room or something is under way. */
    final boolean request(byte[] payload) {
        return request(payload, ANSWER_NANOS);
    }

    /** As above, the answer being overdue after so many nanoseconds: guests that wait for programs of theirs give these more time than drivers need. */
    final boolean request(byte[] payload, long answerNanos) {
        if (state != State.READY || !send(type, payload)) {
            return false;
        }
        state = State.WAITING;
        overdue.arm(clock.nanos() + answerNanos);
        return true;
    }

    private boolean send(int messageType, byte[] payload) {
        byte[] m = new byte[PAYLOAD + payload.length];
        PipeHeader.fill(m);
        if (messageType != NEGOTIATE) {
            put32(m, FRAMEWORK, swap(framework));
            put32(m, VERSION, swap(version));
        }
        put16(m, TYPE, messageType);
        put16(m, SIZE, payload.length);
        transaction = transaction + 1 & 0xFF;
        m[TRANSACTION] = (byte) transaction;
        m[FLAGS] = FLAG_TRANSACTION | FLAG_REQUEST;
        System.arraycopy(payload, 0, m, PAYLOAD, payload.length);
        return channel.send(m, 0, m.length, transaction, false);
    }

    /** Versions have their major number first in memory. */
    private static int swap(int v) {
        return v >>> 16 | v << 16;
    }

    private void answerOverdue() {
        if (state == State.WAITING) {
            state = State.OVERDUE;
            lost();
        }
    }

    // ---- channel ---------------------------------------------------------------------------------------------------------

    @Override
    public final int opened(Channel opened) {
        channel = opened;
        state = State.NEGOTIATING;
        byte[] p = new byte[VERSIONS - PAYLOAD + 4 * (FRAMEWORKS.length + versions.length)];
        put16(p, FRAMEWORK_COUNT - PAYLOAD, FRAMEWORKS.length);
        put16(p, MESSAGE_COUNT - PAYLOAD, versions.length);
        int at = VERSIONS - PAYLOAD;
        for (int v : FRAMEWORKS) {
            put32(p, at, swap(v));
            at += 4;
        }
        for (int v : versions) {
            put32(p, at, swap(v));
            at += 4;
        }
        return send(NEGOTIATE, p) ? 0 : FAIL;
    }

    @Override
    public final void closed(Channel closed) {
        end(State.CLOSED);
    }

    private void end(State how) {
        state = how;
        overdue.cancel();
        gone();
    }

    @Override
    public final void packetsAvailable(Channel from) {
        messages.take(from);
    }

    private boolean listened() {
        return state != State.UNUSABLE;
    }

    private boolean taken(byte[] m, int length) {
        if (!PipeHeader.data(m, length, PAYLOAD) || u16(m, SIZE) > length - PAYLOAD) {
            return false;
        }
        if (state == State.NEGOTIATING) {
            negotiated(m, length);
        } else if (u16(m, TYPE) == type && (m[TRANSACTION] & 0xFF) == transaction && (m[FLAGS] & FLAG_RESPONSE) != 0) {
            answer(m, length);
        }
        return true;
    }

    private void giveUp() {
        end(State.UNUSABLE);
    }

    private void answer(byte[] m, int length) {
        State before = state;
        if (before == State.WAITING || before == State.OVERDUE) {
            state = State.READY;
            overdue.cancel();
        }
        if (before == State.WAITING) {
            answered(u32(m, STATUS), Arrays.copyOf(m, length), length);
        } else if (before == State.OVERDUE) {
            ready();
        }
    }

    private void negotiated(byte[] m, int length) {
        if (u16(m, TYPE) != NEGOTIATE) {
            return;
        }
        boolean one = length >= VERSIONS + 8 && u16(m, FRAMEWORK_COUNT) == 1 && u16(m, MESSAGE_COUNT) == 1;
        framework = one ? swap(u32(m, VERSIONS)) : 0;
        version = one ? swap(u32(m, VERSIONS + 4)) : 0;
        if (has(FRAMEWORKS, framework) && has(versions, version)) {
            state = State.READY;
            agreed();
            ready();
        } else {
            end(State.UNUSABLE);
        }
    }

    private static boolean has(int[] list, int v) {
        return Arrays.stream(list).anyMatch(x -> x == v);
    }

    // ---- state -----------------------------------------------------------------------------------------------------------

    /** What a component has beside this. */
    void saveMore(StateWriter out) {}

    /** The counterpart of {@link #saveMore}. */
    void restoreMore(StateReader in) {}

    @Override
    public final void save(StateWriter out) {
        out.begin(name, STATE_VERSION);
        out.put("state", state.ordinal());
        out.put("framework", framework);
        out.put("version", version);
        out.put("transaction", transaction);
        out.put("taken-back", away);
        overdue.save(out);
        saveMore(out);
        out.end();
    }

    /** Who waited for an answer when this was saved does not wait any more: the answer counts, and nobody is told. */
    @Override
    public final void restore(StateReader in) {
        in.begin(name, STATE_VERSION);
        state = State.values()[(int) in.take()];
        framework = (int) in.take();
        version = (int) in.take();
        transaction = (int) in.take();
        away = in.takeBoolean();
        overdue.restore(in);
        restoreMore(in);
        in.end();
    }
}
