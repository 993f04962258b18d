package dev.hv.vmbus.protocol;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** What the guest and the host have agreed on: nothing, a version, and whether the guest wants to hear of offers. */
public final class ConnectionState {

    private boolean connected;
    private boolean offersRequested;
    private int version;

    /** Whether a guest is connected. */
    public boolean connected() {
        return connected;
    }

    /** The guest has asked for the offers: it is told of new ones too. */
    public boolean offersRequested() {
        return connected && offersRequested;
    }

    /** The version that the guest speaks; 0 when none is connected. */
    public int version() {
        return connected ? version : 0;
    }

    /** The guest and the host have agreed on a version. */
    public void connect(int newVersion) {
        connected = true;
        version = newVersion;
    }

    /** The guest asks for the offers. */
    public void requestOffers() {
        offersRequested = true;
    }

    /** The guest is gone. */
    public void disconnect() {
        connected = false;
        offersRequested = false;
    }

    /** Saves it. */
    public void save(StateWriter out) {
        out.put("connected", connected);
        out.put("offers-requested", offersRequested);
        out.put("version", version);
    }

    /** Restores it. */
    public void restore(StateReader in) {
        connected = in.takeBoolean();
        offersRequested = in.takeBoolean();
        version = (int) in.take();
    }
}
