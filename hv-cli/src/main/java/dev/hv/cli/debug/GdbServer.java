package dev.hv.cli.debug;

import dev.hv.cli.debug.GdbSession.Answer;
import dev.hv.cli.debug.GdbSession.Next;
import dev.hv.cli.debug.ReverseControl.Arrival;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.HostDebug.Stop;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Serves one debugger after the other. Its own thread only takes packets from the connection; what they ask for is done by the machine's thread, which stays
 * here while the machine stands still. A debugger that vanishes has detached: its stops are gone, and the guest goes on.
 */
public final class GdbServer implements AutoCloseable {

    private static final int WAITING = 64;
    private static final long LOOK_MILLIS = 50;

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
            session = new GdbSession(target, debugs, reverse);
        }

        /** On the connection's thread, until it ends. */
        void read() throws InterruptedException {
            var reader = new PacketReader(new BufferedInputStream(Channels.newInputStream(channel)));
            PacketReader.Item item;
            do {
                item = reader.next();
                items.put(item);
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
    private volatile Machine machine;
    private DebugTarget target;
    private BooleanSupplier over;
    private List<HostDebug> debugs;
    private volatile Client client;
    /** The first that connected, until the machine knows. */
    private final BlockingQueue<Client> arrived = new ArrayBlockingQueue<>(1);
    /** The machine stands still for the debugger. */
    private boolean standing;
    private boolean killed;

    /**
     * A server that listens, with nothing stopped.
     *
     * @param over whether the run is to end, whatever the debugger wants
     * @param reverse null where the run cannot go back
     */
    public GdbServer(GdbListener listener, Machine machine, DebugTarget target, BooleanSupplier over, ReverseControl reverse) {
        this.listener = listener.channel();
        this.reverse = reverse;
        attach(machine, target, over);
        Thread.ofPlatform().daemon().name("gdb").start(this::accept);
    }

    /** From now on this machine is what the debugger sees, with the stops that were set in the one before. */
    public void attach(Machine to, DebugTarget as, BooleanSupplier ends) {
        machine = to;
        target = as;
        over = ends;
        List<HostDebug> all = new ArrayList<>();
        for (int i = 0; i < as.processors(); i++) {
            int n = i;
            Cpu c = as.processor(i);
            c.debug = new HostDebug(c, (cpu, why, address) -> stopped(n, why, address));
            all.add(c.debug);
        }
        debugs = all;
        if (reverse != null) {
            reverse.attached(all);
        }
        Client c = client;
        if (c != null) {
            c.session.attach(as, all);
        }
    }

    private void stopped(int processor, Stop why, long address) {
        Arrival a = reverse == null ? Arrival.of(processor, why, address) : reverse.met(processor, why, address);
        Client c = client;
        if (a != null && c != null) {
            stand(c, c.session.arrived(a));
        }
    }

    /**
     * The machine has come to the end of what is recorded: stays until the debugger lets go of it. On the machine's thread, when that runs no more.
     *
     * @param arrival what the debugger is told at first; null: that it is the end
     */
    public void standAtEnd(Arrival arrival) {
        if (client != null && arrival != null) {
            stand(client, client.session.arrived(arrival));
        }
        for (Client c = client; c != null && !killed && !over.getAsBoolean(); c = client) {
            stand(c, c.session.arrived(new Arrival(-1, Stop.INSTANT, 0, ReverseControl.Edge.END, null)));
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
                arrived.offer(next);
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

    /** Waits for a debugger, and stays until it lets the machine run. On the machine's thread, before the first instruction. */
    public void waitForDebugger() {
        try {
            Client first = null;
            while (first == null && !over.getAsBoolean()) {
                first = arrived.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            if (first != null) {
                stand(first, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Something has come between stops. On the machine's thread, between turns. */
    private void look(Client c) {
        // who connects finds the machine standing
        if (c == client && !standing && (reverse == null || !reverse.travels()) && (!c.greeted || !c.items.isEmpty())) {
            boolean interrupt = c.items.peek() instanceof PacketReader.Interrupt;
            if (interrupt) {
                c.items.remove();
            }
            stand(c, interrupt ? c.session.interrupted() : null);
        }
    }

    /** Stays until the debugger lets the machine run; its time stands still. */
    private void stand(Client c, String told) {
        standing = true;
        c.greeted = true;
        try {
            machine.clock().standStill(() -> {
                if (told != null) {
                    c.send(told);
                }
                serve(c);
            });
        } finally {
            standing = false;
        }
    }

    private void serve(Client c) {
        try {
            while (!over.getAsBoolean()) {
                PacketReader.Item item = c.items.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (item instanceof PacketReader.End) {
                    leave(c);
                    return;
                }
                if (item instanceof PacketReader.Refused && c.session.acknowledges()) {
                    c.raw("-");
                }
                if (item instanceof PacketReader.Packet(var data) && !answered(c, data)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers a packet; false when the machine is to go on. */
    private boolean answered(Client c, String data) {
        if (c.session.acknowledges()) {
            c.raw("+");
        }
        Answer a = c.session.answer(data);
        if (a.text() != null) {
            c.send(a.text());
        }
        if (a.next() == Next.KILL) {
            killed = true;
            target.kill();
        }
        if (a.next() == Next.KILL || a.next() == Next.DETACH) {
            leave(c);
        }
        return a.next() == Next.STAY;
    }

    private void leave(Client c) {
        c.session.end();
        client = null;
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
