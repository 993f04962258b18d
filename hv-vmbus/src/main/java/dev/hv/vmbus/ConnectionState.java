package dev.hv.vmbus;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** What the guest and the host have agreed on: nothing, a version, and whether the guest wants to hear of offers. */
final class ConnectionState {

    private boolean connected;
    private boolean offersRequested;
    private int version;

    boolean connected() {
        return connected;
    }

    /** The guest has asked for the offers: it is told of new ones too. */
    boolean offersRequested() {
        return connected && offersRequested;
    }

    /** The version that the guest speaks; 0 when none is connected. */
    int version() {
        return connected ? version : 0;
    }

    void connect(int newVersion) {
        connected = true;
        version = newVersion;
    }

    void requestOffers() {
        offersRequested = true;
    }

    void disconnect() {
        connected = false;
        offersRequested = false;
    }

    void save(StateWriter out) {
        out.put(connected);
        out.put(offersRequested);
        out.put(version);
    }

    void restore(StateReader in) {
        connected = in.takeBoolean();
        offersRequested = in.takeBoolean();
        version = (int) in.take();
    }
}
