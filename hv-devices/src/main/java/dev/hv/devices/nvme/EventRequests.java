package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;

/** Requests for asynchronous events (5.2): each waits until there is an event, which is its answer. */
final class EventRequests implements Saveable {

    private final NvmeController controller;
    private final NvmeLogs logs;
    private final ArrayDeque<NvmeCommand> waiting = new ArrayDeque<>();

    EventRequests(NvmeController controller, NvmeLogs logs) {
        this.controller = controller;
        this.logs = logs;
    }

    /** A request waits until there is an event. */
    void await(NvmeCommand c) {
        if (waiting.size() == NvmeIdentity.EVENTS) {
            controller.complete(c, TOO_MANY_EVENTS | DO_NOT_RETRY, 0);
            return;
        }
        waiting.add(c);
        tell();
    }

    /** Something has happened. */
    void add(int event) {
        logs.event(event);
        tell();
    }

    private void tell() {
        while (!waiting.isEmpty()) {
            int event = logs.nextEvent();
            if (event < 0) {
                return;
            }
            controller.complete(waiting.remove(), OK, event);
        }
    }

    /** Gives a request up; false when there is none with this number. */
    boolean abort(int id) {
        for (NvmeCommand c : waiting) {
            if (c.id() == id) {
                waiting.remove(c);
                controller.complete(c, ABORT_REQUESTED, 0);
                return true;
            }
        }
        return false;
    }

    /** Forgets the requests. */
    void clear() {
        waiting.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.put("awaiting-count", waiting.size());
        int i = 0;
        for (NvmeCommand c : waiting) {
            out.item("awaiting", i++);
            out.put("command", c.bytes(), 0, COMMAND);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(NvmeCommand.restored(0, in));
        }
    }
}
