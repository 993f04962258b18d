package dev.hv.cli.run;

import dev.hv.cli.config.InputActions;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.cli.root.worker.Seat;
import dev.hv.cli.screen.InputGate;
import dev.hv.cli.screen.Png;
import dev.hv.core.machine.Machine;
import dev.hv.devices.input.InputEvent;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Answers who asks a run about itself over a Unix socket, as {@link ControlProtocol} says: connections side by side, each a thread of its own. Looking changes nothing of the run. */
final class ControlServer implements AutoCloseable {

    private static final String UNIX = "unix:";
    private static final int MOST_CONNECTIONS = 16;
    /** A machine that does not come to the end of a turn in this time is stuck, or stands at a debugger. */
    private static final long PATIENCE_SECONDS = 30;

    private final ServerSocketChannel channel;
    private final Path file;
    private final LabMachine computer;
    private final Semaphore room = new Semaphore(MOST_CONNECTIONS);
    private volatile boolean over;

    private ControlServer(ServerSocketChannel channel, Path file, LabMachine computer) {
        this.channel = channel;
        this.file = file;
        this.computer = computer;
    }

    /**
     * Listens.
     *
     * @param where unix:PATH; null for nowhere
     * @param computer what is looked at: on the machine's thread, between turns
     * @return null for nowhere
     * @throws UsageException when the place is taken, or none
     */
    static ControlServer of(String where, LabMachine computer) {
        if (where == null) {
            return null;
        }
        if (!where.startsWith(UNIX) || where.length() == UNIX.length()) {
            throw new UsageException("--control " + where + ": unix:PATH is needed");
        }
        try {
            Path file = Path.of(where.substring(UNIX.length()));
            var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.bind(UnixDomainSocketAddress.of(file));
            } catch (IOException | IllegalArgumentException e) {
                channel.close();
                throw e;
            }
            var server = new ControlServer(channel, file, computer);
            Thread.ofPlatform().name("control").daemon().start(server::accept);
            return server;
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--control " + where + ": " + e.getMessage());
        }
    }

    private void accept() {
        while (!over) {
            try {
                SocketChannel client = channel.accept();
                if (!room.tryAcquire()) {
                    client.close();
                    continue;
                }
                Thread.ofVirtual().name("control-client").start(() -> {
                    try (client) {
                        ControlProtocol.serve(client, answers);
                    } catch (IOException e) {
                        // who asked has gone
                    } finally {
                        room.release();
                    }
                });
            } catch (IOException e) {
                return;
            }
        }
    }

    /** What is answered, on the threads of those who ask. */
    private final ControlProtocol.Source answers = new ControlProtocol.Source() {
        @Override
        public InspectTree tree() throws IOException {
            return seen(computer::inspect, true);
        }

        @Override
        public String dump(String name, Path to) throws IOException {
            return seen(() -> CoreFiles.write(computer, name, to), true);
        }

        @Override
        public byte[] screenshot(String name) throws IOException {
            return Png.of(seen(() -> Screens.image(computer.vm(name)), false));
        }

        @Override
        public void input(String name, String action) throws IOException {
            List<InputEvent> events;
            try {
                events = InputActions.parse("do", action);
            } catch (UsageException e) {
                throw new IOException(e.getMessage(), e);
            }
            InputGate gate = seen(() -> gate(name, events), false);
            try {
                gate.give(events);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    };

    private InputGate gate(String name, List<InputEvent> events) throws IOException {
        RunningVm vm = computer.vm(name);
        Seat seat = Screens.seat(vm);
        if (seat == null) {
            throw new IOException("machine " + name + " has no screen; say --video");
        }
        boolean keys = events.getFirst() instanceof InputEvent.Key;
        if (keys ? !seat.keyboard().connected() : !seat.mouse().connected()) {
            throw new IOException("the guest's driver of the " + (keys ? "keyboard" : "mouse") + " does not listen (not loaded, or not yet)");
        }
        return vm.input;
    }

    /** Something that is to be seen. */
    private interface Look<T> {
        T at() throws IOException;
    }

    /**
     * What the machine's thread sees between two turns.
     *
     * @param whole whether all of its state is looked at, which is to be up to date then
     */
    private <T> T seen(Look<T> look, boolean whole) throws IOException {
        var taken = new CompletableFuture<T>();
        Machine machine = computer.machine();
        Runnable action = () -> {
            try {
                taken.complete(look.at());
            } catch (IOException | RuntimeException e) {
                taken.completeExceptionally(e);
            }
        };
        machine.post(whole ? () -> machine.look(action) : action);
        try {
            return taken.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException said ? said : new IOException("the machine could not be looked at: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("the machine did not come to the end of a turn in " + PATIENCE_SECONDS + " s: it has ended, or stands at a debugger", e);
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            channel.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // the socket's file stays behind; the next run says that it is in the way
        }
    }
}
