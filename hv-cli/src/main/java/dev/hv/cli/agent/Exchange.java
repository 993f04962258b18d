package dev.hv.cli.agent;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * One request and its answer. Whatever the agent sends, or does not, it ends once: {@link #failed} is called with one line, or the subclass calls {@link #end} and tells of its success. Nothing is heard of it then.
 */
abstract class Exchange implements AgentStream.Peer, GuestAgent.Request {

    /** Guest time without a word of the agent that owes one. */
    static final long SILENCE = 60 * Clock.SECOND;
    /** Longest reason of the agent that is passed on. */
    private static final int MOST_REASON = 200;

    private final MessageReader reader = new MessageReader(this::received);
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private final Clock clock;
    private final Clock.Timer silence;
    private Consumer<Exchange> onEnd = e -> { };
    private byte[] request;
    /** Null before it has begun. */
    private AgentStream stream;
    private boolean opened;
    private byte[] current;
    private int sent;
    private boolean over;

    Exchange(Clock clock, byte[] request) {
        this.clock = clock;
        this.request = request;
        silence = clock.timer("agent-silence", () -> fail("the agent said nothing for " + SILENCE / Clock.SECOND + " s of the guest's time"));
    }

    /** Sets who is told that it is over, before anybody else. */
    final void onEnd(Consumer<Exchange> told) {
        onEnd = told;
    }

    /** Begins, over a stream of its own. */
    final void begin(AgentStream.Source source) {
        if (over) {
            return;
        }
        expect(SILENCE);
        stream = source.open(this);
        if (stream == null) {
            fail("no more requests can be made of the agent at a time, or its guest has no way to it");
        } else if (opened) {
            flush();
        }
    }

    /** Saves it as it is, under way; {@link #resume} reads it. */
    final void save(StateWriter out) {
        silence.save(out);
        reader.save(out);
        out.put("opened", opened);
        put(out, "request", request);
        put(out, "current", current);
        out.put("sent", sent);
        out.put("waiting-count", waiting.size());
        waiting.forEach(m -> out.put("waiting", m, 0, m.length));
        saveMore(out);
    }

    private static void put(StateWriter out, String name, byte[] bytes) {
        out.put(name + "-present", bytes != null);
        if (bytes != null) {
            out.put(name, bytes, 0, bytes.length);
        }
    }

    /** Goes on, not begun yet, as one that was saved, over the stream that it had. */
    final void resume(StateReader in, AgentStream had) {
        silence.restore(in);
        reader.restore(in);
        opened = in.takeBoolean();
        request = in.takeBoolean() ? in.takeBytes() : null;
        current = in.takeBoolean() ? in.takeBytes() : null;
        sent = (int) in.take();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(in.takeBytes());
        }
        restoreMore(in);
        stream = had;
    }

    /** Saves what a kind of request has of its own. */
    abstract void saveMore(StateWriter out);

    abstract void restoreMore(StateReader in);

    /** Its answer, or the next piece of it, is to come within this time of the guest's. */
    final void expect(long nanos) {
        long now = clock.nanos();
        if (nanos > Long.MAX_VALUE - now) {
            silence.cancel();
        } else {
            silence.arm(now + nanos);
        }
    }

    /** It may be silent for as long as it likes. */
    final void expectNothing() {
        silence.cancel();
    }

    /** Sends a message behind those that wait already. */
    final void send(byte[] message) {
        waiting.add(message);
        if (opened) {
            flush();
        }
    }

    /** Messages that wait for room. */
    final int backlog() {
        return waiting.size();
    }

    private void flush() {
        while (!over) {
            if (current == null) {
                current = waiting.poll();
                sent = 0;
                if (current == null) {
                    current = next();
                }
                if (current == null) {
                    return;
                }
            }
            int n = stream.write(current, sent, current.length - sent);
            sent += n;
            if (n > 0) {
                progress();
            }
            if (sent < current.length) {
                return;
            }
            current = null;
        }
    }

    /** The next of many messages, asked for when there is room; null for none. */
    byte[] next() {
        return null;
    }

    /** The agent has taken bytes. */
    void progress() {}

    /**
     * A message of the agent.
     *
     * @return what is wrong with it, in words that go on from "the agent sent "; null when nothing is
     */
    abstract String message(int type, byte[] payload, int offset, int length);

    /** It has failed. */
    abstract void failed(String reason);

    private boolean received(int type, byte[] payload, int offset, int length) {
        if (type == AgentProtocol.FAILED) {
            fail(reason(payload, offset, length));
        } else {
            String wrong = message(type, payload, offset, length);
            if (wrong != null) {
                nonsense(wrong);
            }
        }
        return !over;
    }

    private void nonsense(String what) {
        fail("the agent sent " + what);
    }

    /** What the guest says is a line of plain characters, whatever it was. */
    private static String reason(byte[] payload, int offset, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < Math.min(length, MOST_REASON); i++) {
            int c = payload[offset + i] & 0xFF;
            text.append(c >= ' ' && c < 0x7F ? (char) c : '?');
        }
        return text.isEmpty() ? "the agent gave no reason" : text.toString();
    }

    /** Ends it without success. */
    final void fail(String reason) {
        if (!over) {
            end();
            failed(reason);
        }
    }

    /** It is over. */
    final void end() {
        if (!over) {
            over = true;
            silence.cancel();
            waiting.clear();
            current = null;
            request = null;
            if (stream != null) {
                stream.close();
            }
            onEnd.accept(this);
        }
    }

    final boolean over() {
        return over;
    }

    @Override
    public final void cancel() {
        end();
    }

    @Override
    public final void opened() {
        if (!over) {
            opened = true;
            waiting.addFirst(request);
            request = null;
            if (stream != null) {
                flush();
            }
        }
    }

    @Override
    public final void data(byte[] bytes, int offset, int length) {
        if (!over) {
            String wrong = reader.take(bytes, offset, length);
            if (wrong != null && !over) {
                nonsense(wrong);
            }
        }
    }

    @Override
    public final void writable() {
        if (opened) {
            flush();
        }
    }

    @Override
    public final void closed(String why) {
        fail(why);
    }
}
