package dev.hv.devices.network.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.VirtualSwitch;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An uplink to a Unix socket that may go away and come back: it tells of both, and tries to connect until it succeeds. */
public final class ReconnectingUplink implements AutoCloseable {

    /** Receives the state of the link. */
    @FunctionalInterface
    public interface LinkListener {
        /** The link went up or down; on the machine's thread. */
        void link(boolean up);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReconnectingUplink.class);
    private static final long RETRY_MILLIS = 500;

    private final Path path;
    private final VirtualSwitch network;
    private final Outside machine;
    private final Outside.Inlet found;
    /** The socket that was found last, until the machine takes it. */
    private final AtomicReference<SocketChannel> socket = new AtomicReference<>();
    private final LinkListener listener;
    private final CountDownLatch over = new CountDownLatch(1);
    private SocketUplink uplink;

    private ReconnectingUplink(Path path, VirtualSwitch network, Outside machine, LinkListener listener) {
        this.path = path;
        this.network = network;
        this.machine = machine;
        this.listener = listener;
        found = machine.inlet("uplink found again", nothing -> again(socket.getAndSet(null)));
    }

    /**
     * Connects for the first time.
     *
     * @param machine where frames enter
     * @param listener told when the link is lost and when it is back, not of this first time
     * @throws IOException when nobody listens there
     */
    public static ReconnectingUplink connect(Path path, VirtualSwitch network, Outside machine, LinkListener listener)
            throws IOException {
        var r = new ReconnectingUplink(path, network, machine, listener);
        r.uplink = SocketUplink.connect(path, network, machine, r::lost);
        return r;
    }

    private synchronized void lost() {
        uplink = null;
        if (over.getCount() > 0) {
            listener.link(false);
            if (machine.replays()) {
                return;
            }
            Thread.ofPlatform().daemon().name("hv uplink").start(this::retry);
        }
    }

    private void retry() {
        try {
            while (!over.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
                SocketChannel connected = connected();
                if (connected != null) {
                    socket.set(connected);
                    found.give();
                    return;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("network {}: its uplink is not tried again", network.name());
        }
    }

    private SocketChannel connected() {
        try {
            return SocketUplink.open(path);
        } catch (IOException e) {
            return null;
        }
    }

    /** On the machine's thread: the switch belongs to it. */
    private synchronized void again(SocketChannel connected) {
        uplink = SocketUplink.on(connected, network, machine, this::lost);
        if (over.getCount() == 0) {
            uplink.close();
        } else {
            listener.link(true);
        }
    }

    @Override
    public synchronized void close() {
        over.countDown();
        if (uplink != null) {
            uplink.close();
        }
    }
}
