package dev.hv.cli.agent;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.socket.SocketConnection;
import dev.hv.devices.socket.SocketListener;
import dev.hv.devices.socket.SocketPeer;
import dev.hv.devices.socket.SocketProvider;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The agent in a guest over what that guest has: Hyper-V sockets, or the second serial port ({@link AgentProtocol}). The agent itself says which, when it begins to listen; until then requests wait. What is saved of it is whether it
 * listens and where, so that a restored guest can be asked at once: requests that were under way are over there.
 */
public final class HostAgent implements GuestAgent, Saveable {

    /** Largest file that is fetched, in bytes. */
    public static final int MOST_FILE = 1 << 30;

    private static final int STATE_VERSION = 2;
    private static final Request NONE = () -> { };

    private enum Way { NONE, SOCKETS, LINE }

    private record Waiting(Runnable ready, Consumer<String> failed) {}

    private final Clock clock;
    /** Null for a guest without sockets. */
    private final SocketProvider sockets;
    private final SerialLine line;
    private Way way = Way.NONE;
    /** Why nothing can be asked any more; null while something can. */
    private String gone;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Set<Exchange> running = new LinkedHashSet<>();
    /** Connections of agents that begin to listen. */
    private int bells;
    /** A request of a saved run goes on here, over a stream that is restored with the guest. */
    private boolean resuming;
    private SocketStream resumed;
    /** What the next request goes on as; null for one that begins. */
    private StateReader saved;

    /**
     * An agent that is not heard of yet.
     *
     * @param sockets the guest's sockets; null when it has none
     * @param port takes bytes for the guest's second serial port, however many
     */
    public HostAgent(Clock clock, SocketProvider sockets, Consumer<byte[]> port) {
        this.clock = clock;
        this.sockets = sockets;
        line = new SerialLine(port, version -> hello(version, Way.LINE));
        if (sockets != null) {
            sockets.listen(AgentProtocol.PORT, new SocketListener() {
                @Override
                public SocketPeer accept(SocketConnection connection, int number) {
                    return new Bell(connection);
                }

                @Override
                public SocketPeer restored(SocketConnection connection, int number, SocketPeer.Passing passing) {
                    if (!resuming) {
                        return null;
                    }
                    resumed = SocketStream.restored(connection);
                    return resumed;
                }
            });
        }
    }

    /** A byte that the guest sent over its second serial port. */
    public void received(int value) {
        line.take(value);
    }

    /** The guest begins anew. */
    public void reset() {
        way = Way.NONE;
        failAll("the guest was reset");
        line.reset();
    }

    /** The guest has ended: what waits fails, and so does what is asked from now on. */
    public void end(String why) {
        gone = why;
        way = Way.NONE;
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(w -> w.failed.accept(why));
        failAll(why);
    }

    /** Whether it listens. */
    public boolean ready() {
        return way != Way.NONE;
    }

    private void failAll(String why) {
        List.copyOf(running).forEach(e -> e.fail(why));
    }

    private void hello(int version, Way by) {
        if (gone != null) {
            return;
        }
        if (version != AgentProtocol.VERSION) {
            List<Waiting> all = List.copyOf(waiting);
            waiting.clear();
            all.forEach(w -> w.failed.accept("the agent speaks version " + Integer.toUnsignedString(version) + " of the protocol, and hv version " + AgentProtocol.VERSION));
            return;
        }
        way = by;
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(w -> w.ready.run());
    }

    // ---- requests ----------------------------------------------------------------------------------------------------------

    @Override
    public void whenReady(Runnable ready, Consumer<String> failed) {
        if (gone != null) {
            failed.accept(gone);
        } else if (way != Way.NONE) {
            ready.run();
        } else {
            waiting.add(new Waiting(ready, failed));
        }
    }

    @Override
    public Request run(GuestCommand command, CommandListener listener) {
        String unfit = RunExchange.unfit(command);
        if (unfit != null) {
            listener.failed(unfit);
            return NONE;
        }
        return begin(new RunExchange(clock, command, listener));
    }

    @Override
    public Request put(byte[] content, String path, int mode, Consumer<AgentResult<Void>> done) {
        return fit(path, done) ? begin(FileExchange.put(clock, content, path, mode, done)) : NONE;
    }

    @Override
    public Request get(String path, Consumer<AgentResult<byte[]>> done) {
        return fit(path, done) ? begin(FileExchange.get(clock, path, MOST_FILE, done)) : NONE;
    }

    @Override
    public Request await(String path, long timeout, Consumer<AgentResult<Void>> done) {
        return fit(path, done) ? begin(FileExchange.await(clock, path, timeout, done)) : NONE;
    }

    /** Asks for lines about the agent and its guest ({@link AgentProtocol}, REPORT). */
    public Request report(Consumer<AgentResult<String>> done) {
        return begin(FileExchange.report(clock, done));
    }

    /** Asks the agent to end: the init of {@code hv guest} then powers off. */
    public Request quit(Consumer<AgentResult<Void>> done) {
        return begin(FileExchange.quit(clock, done));
    }

    private static <T> boolean fit(String path, Consumer<AgentResult<T>> done) {
        String unfit = FileExchange.unfit(path);
        if (unfit != null) {
            done.accept(new AgentResult<>(null, unfit));
        }
        return unfit == null;
    }

    private Request begin(Exchange exchange) {
        running.add(exchange);
        exchange.onEnd(running::remove);
        if (saved != null) {
            StateReader in = saved;
            saved = null;
            AgentStream stream = way == Way.LINE ? line.restoredStream(exchange) : resumed;
            if (stream == null) {
                throw new StateFormatException("a request whose connection was not saved");
            }
            if (resumed != null) {
                resumed.giveTo(exchange);
            }
            exchange.resume(in, stream);
            return exchange;
        }
        whenReady(() -> exchange.begin(this::open), exchange::fail);
        return exchange;
    }

    private AgentStream open(AgentStream.Peer peer) {
        return switch (way) {
            case SOCKETS -> SocketStream.open(sockets, peer);
            case LINE -> line.open(peer);
            case NONE -> null;
        };
    }

    /** A connection of the guest to the host's port: an agent that begins to listen. */
    private final class Bell implements SocketPeer {
        private final SocketConnection connection;
        private final MessageReader reader = new MessageReader(this::message);

        Bell(SocketConnection connection) {
            this.connection = connection;
            bells++;
        }

        private boolean message(int type, byte[] payload, int offset, int length) {
            connection.close();
            if (type == AgentProtocol.HELLO && length == 4) {
                hello(LittleEndian.u32(payload, offset), Way.SOCKETS);
            }
            return false;
        }

        @Override
        public void opened() {}

        @Override
        public void data(byte[] bytes, int offset, int length) {
            if (reader.take(bytes, offset, length) != null) {
                connection.close();
            }
        }

        @Override
        public void closed() {
            bells--;
        }
    }

    // ---- requests under way ------------------------------------------------------------------------------------------------

    /** Whether {@link #saveRequest} can: one request is under way at most, and no agent is about to say that it listens. */
    public boolean requestSaved() {
        return running.size() <= 1 && bells == 0;
    }

    /** Saves the request that is under way, with its stream, for a run that goes on in all from this state. */
    public void saveRequest(StateWriter out) {
        line.save(out);
        out.put("busy", !running.isEmpty());
        running.forEach(e -> e.save(out));
    }

    /** Before its guest is restored: the request that was under way there goes on. */
    public void expectRequest() {
        resuming = true;
    }

    /**
     * Restores what {@link #saveRequest} saved, when the guest is restored.
     *
     * @return whether a request was under way: the next one that is made, which is the same, goes on where that was
     */
    public boolean restoreRequest(StateReader in) {
        line.restore(in);
        resuming = false;
        boolean busy = in.takeBoolean();
        saved = busy ? in : null;
        return busy;
    }

    // ---- state -------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("agent", STATE_VERSION);
        out.put("way", way.ordinal());
        out.put("streams-opened", line.opened());
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("agent", STATE_VERSION);
        long saved = in.take();
        if (saved < 0 || saved >= Way.values().length || saved == Way.SOCKETS.ordinal() && sockets == null) {
            throw new StateFormatException("an agent that listens nowhere that is known: " + saved);
        }
        way = Way.values()[(int) saved];
        line.restored((int) in.take());
        in.end();
    }
}
