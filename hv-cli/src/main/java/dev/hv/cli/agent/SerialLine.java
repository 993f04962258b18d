package dev.hv.cli.agent;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The host's end of streams that share the second serial port ({@link LineFrames}). */
final class SerialLine {

    /** Streams at a time: what may be under way of all of them together fits the buffers of a guest's port. */
    static final int MOST_STREAMS = 8;
    private static final int OFFSET = 4;
    private static final byte[] NOTHING = new byte[0];

    private final Consumer<byte[]> port;
    private final IntConsumer hello;
    private final LineFrames frames = new LineFrames(this::received);
    private final Map<Integer, Stream> streams = new HashMap<>();
    private int numbers;
    /** The agent may have streams of a run that this one was restored from. */
    private boolean stale;

    /**
     * The line to an agent.
     *
     * @param port takes bytes for the guest
     * @param hello told of an agent that listens, with its version
     */
    SerialLine(Consumer<byte[]> port, IntConsumer hello) {
        this.port = port;
        this.hello = hello;
    }

    /** A byte from the guest. */
    void take(int value) {
        frames.take(value);
    }

    /** The guest has begun anew. */
    void reset() {
        frames.reset();
        stale = false;
        closeAll("the agent is gone");
    }

    /** Streams that were opened, modulo 65536. */
    int opened() {
        return numbers;
    }

    /** The guest goes on from where another run left it, which had opened so many streams: what the agent still says of those is about none of this one. */
    void restored(int before) {
        frames.reset();
        numbers = before & 0xFFFF;
        stale = true;
    }

    /** Opens a stream; null when there are as many as there may be. */
    AgentStream open(AgentStream.Peer peer) {
        if (streams.size() == MOST_STREAMS) {
            return null;
        }
        if (stale) {
            stale = false;
            send(LineFrames.RESET, 0, NOTHING, 0, 0);
        }
        do {
            numbers = numbers + 1 & 0xFFFF;
        } while (streams.containsKey(numbers));
        var stream = new Stream(numbers, peer);
        streams.put(numbers, stream);
        send(LineFrames.OPEN, numbers, NOTHING, 0, 0);
        peer.opened();
        return stream;
    }

    /** Saves it with its streams. */
    void save(StateWriter out) {
        frames.save(out);
        out.put("numbers", numbers);
        out.put("stale", stale);
        out.put("streams-count", streams.size());
        streams.values().stream().sorted(Comparator.comparingInt(s -> s.number)).forEach(s -> {
            out.put("number", s.number);
            out.put("sent", s.sent);
            out.put("taken", s.taken);
            out.put("received", s.received);
        });
    }

    /** Restores it; {@link #restoredStream} gives its streams to those who have them. */
    void restore(StateReader in) {
        frames.restore(in);
        numbers = (int) in.take();
        stale = in.takeBoolean();
        streams.clear();
        for (long n = in.take(); n > 0; n--) {
            if (streams.size() == MOST_STREAMS) {
                throw new StateFormatException("more streams than " + MOST_STREAMS);
            }
            var s = new Stream((int) in.take(), null);
            s.sent = (int) in.take();
            s.taken = (int) in.take();
            s.received = (int) in.take();
            streams.put(s.number, s);
        }
    }

    /** The stream that was restored, which is this peer's from now on; null when there is none, or not one alone. */
    AgentStream restoredStream(AgentStream.Peer peer) {
        if (streams.size() != 1) {
            return null;
        }
        Stream s = streams.values().iterator().next();
        s.peer = peer;
        return s;
    }

    private void send(int kind, int stream, byte[] payload, int offset, int length) {
        port.accept(LineFrames.frame(kind, stream, payload, offset, length));
    }

    private void closeAll(String why) {
        List<Stream> all = new ArrayList<>(streams.values());
        streams.clear();
        all.forEach(s -> s.peer.closed(why));
    }

    private void received(int kind, int number, byte[] payload, int offset, int length) {
        if (kind == LineFrames.HELLO && length == 4) {
            closeAll("the agent has begun anew");
            send(LineFrames.ACKNOWLEDGE, 0, NOTHING, 0, 0);
            hello.accept(LittleEndian.u32(payload, offset));
            return;
        }
        Stream stream = streams.get(number);
        if (stream == null) {
            return;
        }
        switch (kind) {
            case LineFrames.DATA -> stream.received(payload, offset, length);
            case LineFrames.WINDOW_OPENS -> stream.opened(length == OFFSET ? LittleEndian.u32(payload, offset) : -1);
            case LineFrames.CLOSE -> stream.lost("the agent closed the connection");
            default -> { }
        }
    }

    private final class Stream implements AgentStream {
        private final int number;
        private Peer peer;
        /** Counts of bytes: they go round. */
        private int sent;
        private int taken;
        private int received;

        Stream(int number, Peer peer) {
            this.number = number;
            this.peer = peer;
        }

        @Override
        public int write(byte[] bytes, int offset, int length) {
            int all = streams.get(number) == this ? Math.min(length, LineFrames.WINDOW - (sent - taken)) : 0;
            for (int done = 0; done < all;) {
                int n = Math.min(all - done, LineFrames.MOST_PAYLOAD - OFFSET);
                byte[] payload = new byte[OFFSET + n];
                LittleEndian.put32(payload, 0, sent);
                System.arraycopy(bytes, offset + done, payload, OFFSET, n);
                send(LineFrames.DATA, number, payload, 0, payload.length);
                sent += n;
                done += n;
            }
            return all;
        }

        @Override
        public void close() {
            if (streams.remove(number, this)) {
                send(LineFrames.CLOSE, number, NOTHING, 0, 0);
            }
        }

        void received(byte[] payload, int offset, int length) {
            if (length < OFFSET || LittleEndian.u32(payload, offset) != received) {
                close();
                peer.closed("the serial line lost some of what the agent sent");
                return;
            }
            received += length - OFFSET;
            peer.data(payload, offset + OFFSET, length - OFFSET);
        }

        void opened(int count) {
            int more = count - taken;
            if (more < 0 || more > sent - taken) {
                close();
                peer.closed("the agent took more than it was sent");
            } else if (more > 0) {
                taken = count;
                peer.writable();
            }
        }

        void lost(String why) {
            streams.remove(number, this);
            peer.closed(why);
        }
    }
}
