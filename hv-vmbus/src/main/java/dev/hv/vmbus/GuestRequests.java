package dev.hv.vmbus;

import static dev.hv.vmbus.protocol.VmbusMessages.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.channel.ChannelLife;
import dev.hv.vmbus.channel.GpadlRequests;
import dev.hv.vmbus.channel.SocketRequests;
import dev.hv.vmbus.protocol.ConnectionState;
import dev.hv.vmbus.protocol.GuestWarnings;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.protocol.HostMessages;
import dev.hv.vmbus.protocol.NtStatus;
import dev.hv.vmbus.protocol.Outbox;
import dev.hv.vmbus.protocol.VmbusPorts;
import dev.hv.vmbus.protocol.VmbusVersion;
import java.util.function.Supplier;

/** The control messages that the guest sends: checked for their size and their channel, and handed on. None raises an exception. */
final class GuestRequests {

    private static final int UNKNOWN_SIZE = -1;

    private final ConnectionState connection;
    private final ChannelLife life;
    private final GpadlRequests gpadls;
    private final Outbox outbox;
    private final HostMessages messages;
    private final GuestWarnings warnings;
    private final Runnable connected;
    private final Supplier<SocketRequests> sockets;

    GuestRequests(ConnectionState connection, ChannelLife life, GpadlRequests gpadls, Outbox outbox, HostMessages messages,
            GuestWarnings warnings, Runnable connected, Supplier<SocketRequests> sockets) {
        this.connection = connection;
        this.life = life;
        this.gpadls = gpadls;
        this.outbox = outbox;
        this.messages = messages;
        this.warnings = warnings;
        this.connected = connected;
        this.sockets = sockets;
    }

    void handle(byte[] m) {
        if (m.length < HEADER) {
            warnings.say("a message of {} bytes is no message", m.length);
            return;
        }
        int type = LittleEndian.u32(m, TYPE);
        int size = sizeOf(type);
        if (!connection.connected() && type != INITIATE_CONTACT) {
            // Linux lets go of its channels after it has unloaded the bus
            if (type != RELEASED) {
                warnings.say("message {} before a connection", type);
            }
        } else if (size == UNKNOWN_SIZE) {
            warnings.say("message {} is not known", type);
        } else if (m.length < size) {
            warnings.say("message {} has only {} bytes", type, m.length);
        } else {
            dispatch(type, m);
        }
    }

    /** Least size of a message that a guest may send. */
    private static int sizeOf(int type) {
        return switch (type) {
            case INITIATE_CONTACT -> CONTACT_SIZE;
            case REQUEST_OFFERS, UNLOAD -> HEADER;
            case OPEN -> OPEN_SIZE;
            case CLOSE, RELEASED -> CHANNEL_SIZE;
            case GPADL_HEADER -> GPADL_DATA;
            case GPADL_BODY -> GPADL_BODY_DATA;
            case GPADL_TEARDOWN -> GPADL_TEARDOWN_SIZE;
            case MODIFY_CHANNEL -> MODIFY_SIZE;
            case TL_CONNECT -> TL_CONNECT_SIZE;
            default -> UNKNOWN_SIZE;
        };
    }

    private void dispatch(int type, byte[] m) {
        switch (type) {
            case INITIATE_CONTACT -> initiateContact(m);
            case REQUEST_OFFERS -> requestOffers();
            case GPADL_HEADER -> gpadls.header(m);
            case GPADL_BODY -> gpadls.body(m);
            case GPADL_TEARDOWN -> gpadls.tearDown(m);
            case UNLOAD -> unload();
            case TL_CONNECT -> connectSocket(m);
            default -> life.request(type, m);
        }
    }

    private void initiateContact(byte[] m) {
        if (connection.connected()) {
            disconnect();
        }
        int version = LittleEndian.u32(m, CONTACT_VERSION);
        boolean five = version >= VmbusVersion.V5_0;
        // from 5.0 on the guest names the interrupt source, and its trust level
        boolean ok = VmbusVersion.supported(version) && (!five || m[CONTACT_SINT] == VmbusPorts.SINT && m[CONTACT_SINT + 1] == 0);
        outbox.target(LittleEndian.u32(m, CONTACT_TARGET), VmbusPorts.SINT);
        if (ok) {
            connection.connect(version);
            connected.run();
        }
        messages.versionResponse(version, ok, five ? VmbusPorts.MESSAGES_5 : version);
    }

    private void requestOffers() {
        if (connection.offersRequested()) {
            warnings.say("offers were requested already");
            return;
        }
        connection.requestOffers();
        life.tellAll();
        messages.allOffersDelivered();
    }

    private void unload() {
        disconnect();
        messages.unloadResponse();
    }

    /** The guest is gone. */
    void disconnect() {
        life.guestGone();
        outbox.clear();
        connection.disconnect();
    }

    private void connectSocket(byte[] m) {
        boolean served = connection.offersRequested() && sockets.get().connect(Guid.at(m, TL_ENDPOINT), Guid.at(m, TL_SERVICE));
        // older guests do not wait for a refusal
        if (!served && connection.version() >= VmbusVersion.V4_1) {
            messages.socketResult(m, NtStatus.CONNECTION_REFUSED);
        }
    }
}
