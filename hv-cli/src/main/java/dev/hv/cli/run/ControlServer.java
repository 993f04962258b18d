package dev.hv.cli.run;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.ControlProtocol;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
    private final Machine machine;
    private final ControlProtocol.Source source;
    private final Semaphore room = new Semaphore(MOST_CONNECTIONS);
    private volatile boolean over;

    private ControlServer(ServerSocketChannel channel, Path file, Machine machine, ControlProtocol.Source source) {
        this.channel = channel;
        this.file = file;
        this.machine = machine;
        this.source = source;
    }

    /**
     * Listens.
     *
     * @param where unix:PATH; null for nowhere
     * @param source called on the machine's thread, at rest
     * @return null for nowhere
     * @throws UsageException when the place is taken, or none
     */
    static ControlServer of(String where, Machine machine, ControlProtocol.Source source) {
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
            var server = new ControlServer(channel, file, machine, source);
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
                        ControlProtocol.serve(client, asked);
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

    /** What is asked for, done by the machine's thread. */
    private final ControlProtocol.Source asked = new ControlProtocol.Source() {
        @Override
        public InspectTree tree() throws IOException {
            return atRest(source::tree);
        }

        @Override
        public String dump(String name, Path to) throws IOException {
            return atRest(() -> source.dump(name, to));
        }
    };

    private <T> T atRest(Callable<T> look) throws IOException {
        var taken = new CompletableFuture<T>();
        machine.post(() -> machine.look(() -> {
            try {
                taken.complete(look.call());
            } catch (Exception e) {
                taken.completeExceptionally(e);
            }
        }));
        try {
            return taken.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException told) {
                throw told;
            }
            throw new IOException("the machine could not be looked at: " + e.getCause(), e);
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
