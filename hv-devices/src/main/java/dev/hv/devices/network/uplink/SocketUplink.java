package dev.hv.devices.network.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.VirtualSwitch;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects a virtual switch to whoever listens on a Unix socket: {@code passt}, QEMU, another switch. */
public final class SocketUplink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SocketUplink.class);

    private final StreamLink link;

    private SocketUplink(StreamLink link) {
        this.link = link;
    }

    /**
     * Connects.
     *
     * @param machine where frames enter
     * @param lost run on the machine's thread when the other side goes away
     * @throws IOException when nobody listens there
     */
    public static SocketUplink connect(Path path, VirtualSwitch network, Outside machine, Runnable lost) throws IOException {
        return on(machine.replays() ? null : open(path), network, machine, lost);
    }

    /** Takes a connected socket; null in a replay. */
    static SocketUplink on(SocketChannel socket, VirtualSwitch network, Outside machine, Runnable lost) {
        return new SocketUplink(attach(socket, network, "uplink", machine, lost));
    }

    /** Connects a socket, without waiting: who listens and does not accept for so long that its queue is full is not there. */
    static SocketChannel open(Path path) throws IOException {
        SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            socket.configureBlocking(false);
            if (!socket.connect(UnixDomainSocketAddress.of(path))) {
                throw new IOException("who listens there does not answer");
            }
            socket.configureBlocking(true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Makes a connected socket, or null in a replay, a port of a switch. On the machine's thread, or before it runs. */
    static StreamLink attach(SocketChannel socket, VirtualSwitch network, String station, Outside machine, Runnable lost) {
        var ends = new Object() {
            StreamLink link;
            VirtualSwitch.Port port;
        };
        ends.port = network.connectUplink(station, (bytes, offset, length) -> ends.link.send(bytes, offset, Padding.without(bytes, offset, length)));
        ends.link = new StreamLink(socket, machine, ends.port::send, () -> {
            LOG.warn("network {}: the other end of {} has gone", network.name(), station);
            ends.port.disconnect();
            lost.run();
        });
        ends.link.start();
        return ends.link;
    }

    @Override
    public void close() {
        link.close();
    }
}
