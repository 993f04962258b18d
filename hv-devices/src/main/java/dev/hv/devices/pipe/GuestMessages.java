package dev.hv.devices.pipe;

import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.ring.Packet;
import java.util.function.BooleanSupplier;

/** Takes the messages of a guest's driver from its channel. After one that makes no sense the others are passed over, until the service can be used again: its channel is opened anew. */
public final class GuestMessages {

    /** Takes a message. */
    @FunctionalInterface
    public interface Taker {
        /**
         * A message; its bytes are valid during the call.
         *
         * @return false when it makes no sense
         */
        boolean message(byte[] m, int length);
    }

    private final Packet packet = new Packet();
    private final BooleanSupplier usable;
    private final Taker taker;
    private final Runnable nonsense;

    /**
     * For a service.
     *
     * @param usable whether messages are looked at
     * @param nonsense run when one made no sense; the service is not usable then
     */
    public GuestMessages(BooleanSupplier usable, Taker taker, Runnable nonsense) {
        this.usable = usable;
        this.taker = taker;
        this.nonsense = nonsense;
    }

    /** Takes all that there is. */
    public void take(Channel from) {
        while (from.receive(packet)) {
            if (usable.getAsBoolean() && (packet.type() != Packet.Type.IN_BAND || !taker.message(packet.payload(), packet.length()))) {
                nonsense.run();
            }
        }
    }
}
