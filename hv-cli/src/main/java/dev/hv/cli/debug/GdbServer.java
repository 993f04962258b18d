package dev.hv.cli.debug;

import dev.hv.cli.debug.GdbSession.Answer;
import dev.hv.cli.debug.GdbSession.Next;
import dev.hv.cli.debug.ReverseControl.Arrival;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.HostDebug.Stop;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Serves one debugger of a machine after the other. Its own thread only takes packets from the connection; what they ask for is done by the thread that has
 * the computer stand still ({@link Standstill}). A debugger that vanishes has detached: its stops are gone, and the guest goes on.
 */
public final class GdbServer implements AutoCloseable {

    private static final int WAITING = 64;

    /** A connection, and what has come through it. */
    private final class Client {
        private final SocketChannel channel;
        private final OutputStream out;
        private final BlockingQueue<PacketReader.Item> items = new ArrayBlockingQueue<>(WAITING);
        private final GdbSession session;
        /** The machine has stood still for it. */
        private boolean greeted;

        Client(SocketChannel channel) {
            this.channel = channel;
            out = Channels.newOutputStream(channel);
            session = new GdbSession(target, debugs, reverse, monitor);
        }

        /** On the connection's thread, until it ends. */
        void read() throws InterruptedException {
            var reader = new PacketReader(new BufferedInputStream(Channels.newInputStream(channel)));
            PacketReader.Item item;
            do {
                item = reader.next();
                items.put(item);
                still.came();
                if (item instanceof PacketReader.Interrupt || item instanceof PacketReader.End) {
                    machine.post(() -> look(this));
                }
            } while (!(item instanceof PacketReader.End));
        }

        void send(String text) {
            int sum = 0;
            var framed = new StringBuilder("$");
            for (char ch : text.toCharArray()) {
                boolean special = ch == '$' || ch == '#' || ch == '}' || ch == '*';
                if (special) {
                    framed.append('}');
                    sum += '}';
                }
                char sent = special ? (char) (ch ^ 0x20) : ch;
                framed.append(sent);
                sum += sent;
            }
            raw(framed + "#%02x".formatted(sum & 0xFF));
        }

        void raw(String text) {
            try {
                out.write(text.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
            } catch (IOException e) {
                // its thread sees the end, too
                close();
            }
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                // gone either way
            }
        }
    }

    private final ServerSocketChannel listener;
    private final ReverseControl reverse;
    private final MonitorCommands monitor;
    private volatile Machine machine;
    private volatile Standstill still;
    private DebugTarget target;
    private List<HostDebug> debugs;
    private volatile Client client;
    /** The computer stands still for the debugger, or waits for the first. */
    private boolean standing = true;
    private boolean killed;

    /**
     * A server that listens, with nothing stopped; {@link Standstill#hold} waits for its first debugger.
     *
     * @param reverse null where the run cannot go back
     * @param monitor what {@code monitor} can do beside what concerns memory and registers
     */
    public GdbServer(GdbListener listener, Machine machine, Standstill still, DebugTarget target, ReverseControl reverse, MonitorCommands monitor) {
        this.listener = listener.channel();
        this.reverse = reverse;
        this.monitor = monitor;
        attach(machine, still, target);
        Thread.ofPlatform().daemon().name("gdb").start(this::accept);
    }

    /** From now on this machine is what the debugger sees, with the stops that were set in the one before. */
    public void attach(Machine to, Standstill stands, DebugTarget as) {
        machine = to;
        still = stands;
        target = as;
        debugs = as.debugs(this::stopped);
        if (reverse != null) {
            reverse.attached(debugs);
        }
        Client c = client;
        if (c != null) {
            c.session.attach(as, debugs);
        }
        stands.add(this);
    }

    private void stopped(int processor, Stop why, long address) {
        Arrival a = reverse == null ? Arrival.of(processor, why, address) : reverse.met(processor, why, address);
        if (a != null) {
            stand(a);
        }
    }

    /** Tells the debugger, if there is one, and stays until it lets the computer run. */
    private void stand(Arrival told) {
        Client c = client;
        if (c != null) {
            standing = true;
            c.greeted = true;
            c.send(c.session.arrived(told));
            still.hold();
        }
    }

    /**
     * The machine has come to the end of what is recorded: stays until the debugger lets go of it. On the machine's thread, when that runs no more.
     *
     * @param arrival what the debugger is told at first; null: that it is the end
     */
    public void standAtEnd(Arrival arrival) {
        if (arrival != null) {
            stand(arrival);
        }
        while (client != null && !killed && !still.over()) {
            stand(new Arrival(-1, Stop.INSTANT, 0, ReverseControl.Edge.END, null));
        }
    }

    /** Whether the debugger has ended the run. */
    public boolean killed() {
        return killed;
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                var next = new Client(channel);
                client = next;
                still.came();
                machine.post(() -> look(next));
                next.read();
                next.close();
            }
        } catch (IOException e) {
            // closed: the run has ended
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Something has come between stops. On the machine's thread, between turns. */
    private void look(Client c) {
        if (c == client && !standing && (reverse == null || !reverse.travels())) {
            still.hold();
        }
    }

    boolean standing() {
        return standing;
    }

    /** Does what has been asked for. While the computer stands. */
    void attend() {
        Client c = client;
        if (c == null) {
            return;
        }
        // who connects finds the machine standing
        standing |= !c.greeted;
        c.greeted = true;
        while (c == client && (standing || c.items.peek() instanceof PacketReader.Interrupt || c.items.peek() instanceof PacketReader.End)) {
            PacketReader.Item item = c.items.poll();
            switch (item) {
                case null -> {
                    return;
                }
                case PacketReader.End _ -> leave(c);
                case PacketReader.Refused _ -> {
                    if (c.session.acknowledges()) {
                        c.raw("-");
                    }
                }
                case PacketReader.Interrupt _ -> {
                    if (!standing) {
                        standing = true;
                        c.send(c.session.interrupted());
                    }
                }
                case PacketReader.Packet(var data) -> answer(c, data);
            }
        }
    }

    private void answer(Client c, String data) {
        if (c.session.acknowledges()) {
            c.raw("+");
        }
        // whoever goes to another instant does not come back here
        standing = false;
        Answer a = c.session.answer(data);
        if (a.text() != null) {
            c.send(a.text());
        }
        standing = a.next() == Next.STAY;
        if (a.next() == Next.KILL) {
            killed = true;
            target.kill();
        }
        if (a.next() == Next.KILL || a.next() == Next.DETACH) {
            leave(c);
        }
    }

    private void leave(Client c) {
        c.session.end();
        client = null;
        standing = false;
        c.close();
    }

    /** The run has ended. */
    @Override
    public void close() {
        Client c = client;
        if (c != null) {
            c.send("W00");
            c.close();
        }
    }
}
