package dev.hv.cli.worker;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.integration.Heartbeat;
import dev.hv.devices.integration.HostRecords;
import dev.hv.devices.integration.IntegrationComponent;
import dev.hv.devices.integration.KeyValuePairs;
import dev.hv.devices.integration.KeyValuePairs.Answer;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import dev.hv.devices.integration.Shutdown;
import dev.hv.devices.integration.TimeSync;
import dev.hv.vmbus.Vmbus;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The integration components of one virtual machine: all that Linux' hv_utils knows. */
public final class IntegrationServices implements Saveable {

    private static final int STATE_VERSION = 2;
    private static final List<Pool> POOLS = List.of(Pool.EXTERNAL, Pool.GUEST, Pool.AUTO);
    /** Pairs of a pool that are looked at. */
    private static final int MOST_PAIRS = 1024;
    /** ERROR_NOT_FOUND as an HRESULT. */
    private static final int NOT_FOUND = 0x8007_0490;

    private final Heartbeat heartbeat;
    private final Shutdown shutdown;
    private final TimeSync timeSync;
    private final KeyValuePairs keyValuePairs;
    private final HostRecords hostRecords;
    private final List<IntegrationComponent> all;

    /** Offers all components; the guest's pool for them gets {@code host}. */
    IntegrationServices(Vmbus bus, Clock clock, LongSupplier referenceTime, List<HostRecords.Parameter> host) {
        heartbeat = new Heartbeat(clock);
        shutdown = new Shutdown(clock);
        timeSync = new TimeSync(clock, referenceTime);
        keyValuePairs = new KeyValuePairs(clock);
        hostRecords = new HostRecords(clock, keyValuePairs, host);
        all = List.of(shutdown, timeSync, heartbeat, keyValuePairs);
        for (IntegrationComponent c : all) {
            c.offered(bus.offer(c.offer(), c));
        }
    }

    /** The heartbeat. */
    public Heartbeat heartbeat() {
        return heartbeat;
    }

    /** Shutdown requests. */
    public Shutdown shutdown() {
        return shutdown;
    }

    /** Time synchronisation. */
    public TimeSync timeSync() {
        return timeSync;
    }

    /** Key-value pairs. */
    public KeyValuePairs keyValuePairs() {
        return keyValuePairs;
    }

    /**
     * Looks a key up where a guest may have it: among what the host wrote, what its programs wrote, and what its daemon knows. The pools
     * are enumerated: Linux answers a direct question with an empty value.
     *
     * @param result as for {@link KeyValuePairs#get}
     * @return false when no guest listens
     */
    public boolean lookUp(String key, Consumer<Answer> result) {
        return search(key, 0, 0, result);
    }

    private boolean search(String key, int pool, int index, Consumer<Answer> result) {
        return keyValuePairs.enumerate(POOLS.get(pool), index, a -> {
            boolean more = a.ok() && index < MOST_PAIRS;
            boolean found = a.ok() && a.key().equals(key);
            boolean over = !more && pool + 1 == POOLS.size();
            if (found || over || !search(key, more ? pool : pool + 1, more ? index + 1 : 0, result)) {
                result.accept(found || !a.ok() ? a : new Answer(NOT_FOUND, "", ""));
            }
        });
    }

    @Override
    public void save(StateWriter out) {
        out.begin("integration", STATE_VERSION);
        all.forEach(c -> c.save(out));
        hostRecords.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("integration");
        all.forEach(c -> c.restore(in));
        hostRecords.restore(in);
        in.end();
    }
}
